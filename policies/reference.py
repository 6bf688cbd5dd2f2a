"""The reference of a paper that is kept elsewhere: a visa, a receipt.

It is stored in clear and stands in certificates, so it names nobody: a number has a digit, and a name has none.
"""

import re

_FORM = re.compile(r"(?=.*[0-9])[A-Za-z0-9][A-Za-z0-9 ./_-]{0,39}")


def is_reference(text: str) -> bool:
    """Whether ``text`` passes for a reference: "BE 2026-12", and neither "Karim Benali" nor a sentence."""
    return _FORM.fullmatch(text) is not None
