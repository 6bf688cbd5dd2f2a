"""How far apart two sounds are: what a recogniser takes for what, with its cost.

Rules of the module:
- A cost of 1 is one phoneme wholly missed. What is mostly taken for one another costs less: voiced and unvoiced
  consonants, neighbouring vowels, a nasal vowel and the vowel with its *n*, a glide and its vowel, the silent *e*.
- A vowel and a consonant are never taken for one another; one is left out and the other put in.
- At the edges, what liaison and elision leave there (z, t, n, l, d) costs little, and so does a last consonant.
- Distance is symmetric but for the edges, which are those of what was heard.
"""

from anonymize.hearing.phonemes import GLIDES, NASALS, VOWELS

_OTHER_VOWEL, _OTHER_CONSONANT, _UNLIKE = 0.75, 0.9, 1.6
_LEFT_OUT = {"@": 0.12, "j": 0.4, "w": 0.45, "H": 0.4, "R": 0.55, "l": 0.6}
_LEFT_OUT_VOWEL, _LEFT_OUT_CONSONANT = 0.8, 0.85
_EDGE = {"z": 0.2, "t": 0.25, "n": 0.25, "l": 0.3, "d": 0.35}
_LAST = 0.4
"""What a last consonant more or less costs: French leaves many unsaid."""

_PAIRS: dict[frozenset[str], float] = {
    frozenset(pair): cost
    for cost, pairs in (
        (0.08, "eE 2@"),
        (0.15, "ij yH uw wo ji"),
        (0.25, "@e @E 2E ãõ"),
        (0.3, "pb td kg fv sz SZ mn nN aã oõ"),
        (0.35, "ei yi yu 2o 2y uo ẽã ẽE ẽe aE bv lR"),
        (0.45, "ea sS zZ jZ yw Hw kR Nj iE wv õu oa 2a @a @o @i @y"),
        (0.55, "pt tk kp bd dg gb fs vz sf nl mb nd dl gR dn"),
    )
    for pair in pairs.split()
}
_FUSED: dict[str, tuple[str, ...]] = {
    "ã": ("an", "am", "En", "Em"),
    "ẽ": ("in", "im", "En", "yn", "aj"),
    "õ": ("on", "om", "un"),
}
_FUSED_COST = 0.25
_TWO_AS_ONE = {
    ("ks", "s"): 0.3, ("gz", "z"): 0.3, ("dZ", "Z"): 0.2, ("tS", "S"): 0.2, ("nj", "N"): 0.1, ("lj", "j"): 0.3,
    ("ij", "i"): 0.1, ("aj", "E"): 0.3, ("Ej", "E"): 0.15, ("wa", "oj"): 0.3, ("kw", "k"): 0.3, ("Hi", "wi"): 0.1,
    ("au", "o"): 0.3, ("ai", "aj"): 0.05, ("ai", "E"): 0.35,
}  # fmt: skip
"""Two phonemes that are heard as one, or as two others."""


def weight(phonemes: str) -> float:
    """Return how much there is to hear: phonemes, the silent *e* hardly."""
    return sum(0.3 if one == "@" else 1.0 for one in phonemes)


def substitution(one: str, other: str) -> float:
    """Return what it costs to take one phoneme for another."""
    if one == other:
        return 0.0
    found = _PAIRS.get(frozenset((one, other)))
    if found is not None:
        return found
    vowels = sum(phoneme in VOWELS or phoneme in NASALS for phoneme in (one, other))
    if vowels == 2:
        return _OTHER_VOWEL
    if vowels == 1 or one in GLIDES or other in GLIDES:
        return _UNLIKE
    return _OTHER_CONSONANT


def _left_out(phoneme: str) -> float:
    found = _LEFT_OUT.get(phoneme)
    if found is not None:
        return found
    return _LEFT_OUT_VOWEL if phoneme in VOWELS or phoneme in NASALS else _LEFT_OUT_CONSONANT


_PHONEMES = sorted(VOWELS | NASALS | GLIDES | set("pbtdkgfvszSZmnNlR"))
_SUBSTITUTIONS = {one: {other: substitution(one, other) for other in _PHONEMES} for one in _PHONEMES}
_VOICED = VOWELS | NASALS
_INDELS = {one: _left_out(one) for one in _PHONEMES}
_GROUPS: dict[tuple[str, str], float] = {}
for _nasal, _open in _FUSED.items():
    for _pair in _open:
        _GROUPS[_nasal, _pair] = _GROUPS[_pair, _nasal] = _FUSED_COST
for (_long, _short), _cost in _TWO_AS_ONE.items():
    _GROUPS[_long, _short] = _GROUPS[_short, _long] = _cost
_FIRSTS = frozenset(pair[-1] for group in _GROUPS for pair in group)


def distance(heard: str, meant: str, most: float = 99.0) -> float:
    """Return the least cost of hearing ``meant`` as ``heard``; anything above ``most`` may be told as more than it is.

    An alignment in the manner of Needleman and Wunsch (1970), two phonemes against one or two included.
    """
    if heard == meant:
        return 0.0
    columns = [(phoneme, _taken_out(phoneme, index == len(meant) - 1)) for index, phoneme in enumerate(meant)]
    before_last: list[float] = []
    last = [0.0]
    for _, cost in columns:
        last.append(last[-1] + cost)
    for row, sound in enumerate(heard):
        put_in = _put_in(sound, row == 0, row == len(heard) - 1)
        substitutions, groups = _SUBSTITUTIONS[sound], sound in _FIRSTS
        now = [last[0] + put_in]
        for column, (phoneme, taken_out) in enumerate(columns):
            best = last[column] + substitutions[phoneme]
            other = last[column + 1] + put_in
            if other < best:
                best = other
            other = now[column] + taken_out
            if other < best:
                best = other
            if groups and best > 0.1 and phoneme in _FIRSTS:
                best = min(best, _grouped(heard, meant, row, column + 1, last, before_last))
            now.append(best)
        if min(now) > most and min(last) > most:
            return most + 1.0
        before_last, last = last, now
    return last[-1]


def _taken_out(phoneme: str, is_last: bool) -> float:
    return min(_INDELS[phoneme], _LAST) if is_last and phoneme not in _VOICED else _INDELS[phoneme]


def _put_in(phoneme: str, is_first: bool, is_last: bool) -> float:
    cost = _taken_out(phoneme, is_last)
    return min(cost, _EDGE.get(phoneme, cost)) if is_first or is_last else cost


def _grouped(heard: str, meant: str, row: int, column: int, last: list[float], before_last: list[float]) -> float:
    """Return the least cost of two phonemes ending here taken for one or two, or one for two."""
    two_heard, two_meant = heard[row - 1 : row + 1] if row else "", meant[column - 2 : column] if column > 1 else ""
    best = 99.0
    if two_heard and before_last:
        best = min(best, before_last[column - 1] + _GROUPS.get((two_heard, meant[column - 1]), 99.0))
        if two_meant:
            best = min(best, before_last[column - 2] + _GROUPS.get((two_heard, two_meant), 99.0))
    if two_meant:
        best = min(best, last[column - 2] + _GROUPS.get((heard[row], two_meant), 99.0))
    return best
