"""The endings of French adjectives, for words that the tagger may take for either."""

import re

ADJECTIVE = re.compile(
    r"(?:ifs?|ives?|al|ale|aux|ales|els?|elles?|iques?|aires?|eux|euses?|ables?|ibles?|ants?|antes?)$"
)
