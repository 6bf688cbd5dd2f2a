"""Ages, generalised to bands.

The bands follow the ages that French schooling, juvenile justice and integration policies set apart: 11,
13 (criminal responsibility), 16, 18, 21 and 26.
"""

import re

from anonymize.french.folding import fold
from anonymize.french.numbers import number

BANDS = ((0, 5), (6, 10), (11, 12), (13, 15), (16, 17), (18, 20), (21, 25), (26, 39), (40, 59), (60, 79))


def band(text: str) -> str | None:
    """Return the band of an age as people say it ("seize ans" gives "16-17 ans"), None if unreadable."""
    folded = re.sub(r"\s+et demie?$", "", fold(text).strip())
    if folded.endswith(" mois"):
        return "0-5 ans"
    value = number(re.sub(r"\s+ans$", "", folded))
    if value is None:
        return None
    for least, most in BANDS:
        if least <= value <= most:
            return f"{least}-{most} ans"
    return "80 ans ou plus"
