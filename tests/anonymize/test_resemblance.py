"""Names are compared only where they may be alike: what is left out never matters."""

from hypothesis import given, settings
from hypothesis import strategies as st

from anonymize.linking.link import link
from anonymize.linking.resemblance import by_sound, compatible, in_part, onsets, sounds_alike, spelt_as_one
from anonymize.vault import KnownReferent, Vault
from vocabulary.choices import EntityType
from vocabulary.span import Span

SYLLABLES = tuple("a e i o u ya ha he jo john mo mou ka qa kha ke ca ce que ssi si ine eil phi fi gue ze se".split())  # noqa: SIM905
WORDS = st.lists(st.sampled_from(SYLLABLES), min_size=1, max_size=4).map("".join)
NAMES = st.lists(WORDS, min_size=1, max_size=3).map(tuple)


@settings(max_examples=400)
@given(NAMES, NAMES, st.integers(0, 5))
def test_a_quick_look_leaves_out_no_two_names_that_are_alike(
    one: tuple[str, ...], two: tuple[str, ...], case: int
) -> None:
    """By parts, by sound, by letters: what the quick look answers is what comparing everything would."""
    if case == 0:
        two = one[::-1]
    elif case == 1:
        two = (one[0].replace("k", "c").replace("qa", "ka"), *one[1:])
    elif case == 2 and len(one) > 1:
        two = (one[0][:1], *one[1:])
    assert in_part(one, two) == compatible(list(one), list(two), False)
    if len(one) > 1:
        assert by_sound(one, two) == (len(two) > 1 and sounds_alike(list(one), list(two)))
    else:
        alike = sounds_alike(list(one), list(two))
        assert alike == (alike and not onsets(one).isdisjoint(onsets(two)))
    assert spelt_as_one(one, two) == ("".join(one) == "".join(two) or sorted(one) == sorted(two))


def test_a_form_without_letters_in_a_dossier_is_nobodys_name() -> None:
    """Somebody left a "?" where the nickname was to go."""
    known = [KnownReferent(None, EntityType.YOUTH, ("Sofia Ben", "?"))]
    turns = ["Karim Benali est venu avec Sofia."]
    spans = [Span(0, 0, 12, EntityType.YOUTH), Span(0, 27, 32, EntityType.YOUTH)]
    linked, vault = link(turns, spans, known, Vault.empty())
    assert {span.cluster for span in linked} == {referent.id for referent in vault.referents}
    assert linked[0].cluster != linked[1].cluster
