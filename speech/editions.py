"""How a recording becomes samples and what was heard becomes utterances: the editions of all that decides it.

A finished block (speech/blocks.py) is of use only where they are the same: the program may have been updated between
an interruption and what follows it. What the recogniser depends on is in its own version.
"""

from speech import decoding, mixing, tracks, turns


def editions() -> str:
    """Decoding with its library, tracks, mixing, utterances."""
    return "; ".join((decoding.EDITION, tracks.EDITION, mixing.EDITION, turns.EDITION))
