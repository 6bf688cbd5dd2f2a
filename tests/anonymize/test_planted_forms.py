"""Outputs with a planted name: the draws of benchmarks/guard.py, 300 of them, and its own honesty."""

import random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from anonymize.forms import Forms
from anonymize.guard import search
from anonymize.vault import Vault
from benchmarks.guard import DISGUISES, PROFILE, TALK, clean, passes, plant, vault_of
from vocabulary.choices import EntityType


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
@given(st.integers(0, 2**32).map(random.Random).map(plant).filter(clean))
def test_no_output_with_a_planted_form_passes(planted) -> None:  # type: ignore[no-untyped-def]
    """Rendered in one of the formats and read back, in any disguise, the form is found."""
    assert passes(planted), (planted.disguise, planted.format)


def test_every_disguise_is_drawn_and_talk_without_a_plant_passes() -> None:
    """The draws cover all disguises and formats; what the guard finds is the plant, not the talk."""
    chance = random.Random(3)
    drawn = [plant(chance) for _ in range(2000)]
    assert {one.disguise for one in drawn} == set(DISGUISES)
    assert {one.format for one in drawn} == {"docx", "vtt", "txt"}
    texts = {str(number): text for number, text in enumerate(TALK)}
    assert search(texts, vault_of(random.Random(5), 12), PROFILE, None) == []


def test_a_draw_follows_from_its_seed() -> None:
    """The same seed plants the same form in the same talk."""
    one, other = (plant(random.Random(11)) for _ in range(2))
    assert (one.written, one.treated, one.vault) == (other.written, other.treated, other.vault)


def test_a_form_of_several_words_is_known_by_sound_word_by_word() -> None:
    """Sarah-Miriam is Sarah-Myriam; ordinary words beside each other are not "Lise Ami"."""
    forms = Forms([("Sarah-Myriam", "v-1", EntityType.YOUTH), ("Lise Ami", "v-2", EntityType.YOUTH)])
    assert [one.how for one in forms.find("avec SARAHE-MIRIAM hier")] == ["sound"]
    assert forms.find("elle lise amis") == []


def test_thousands_of_forms_cost_no_more_than_building_them() -> None:
    """The search itself does not grow with the vault: ten forms and five thousand take the same order of time."""
    import time

    texts = {str(number): TALK[number % len(TALK)] for number in range(500)}

    def seconds(vault: Vault) -> float:
        began = time.process_time()
        search({}, vault, PROFILE, None)
        built = time.process_time()
        search(texts, vault, PROFILE, None)
        return (time.process_time() - built) - (built - began)

    small, large = (min(seconds(vault_of(random.Random(1), size)) for _ in range(3)) for size in (10, 5_000))
    assert large < 6 * small + 0.5
