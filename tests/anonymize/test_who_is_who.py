"""Who is one person and who is not, and who is a youth: one property of linking each."""

import json

from anonymize.detect import Detector
from anonymize.detect_file import detect_documents
from anonymize.linking.resemblance import compatible, initials


def told(detector: Detector, *turns: str) -> dict[str, tuple[str, str]]:
    """Return the cluster and label of each surface (its last mention) in talk of ``turns``."""
    text = "\n".join(turns)
    row = json.loads(next(iter(detect_documents([json.dumps({"id": "a", "text": text})], detector))))
    return {text[e["start"] : e["end"]]: (e["cluster"], e["label"]) for e in row["entities"]}


def test_a_name_said_in_two_halves_is_the_speakers(detector: Detector) -> None:
    """ "Bouchet, Mireille, éducatrice" is one adult."""
    found = told(detector, "S1: Bouchet, Mireille, éducatrice à la PJJ.", "S2: Merci Mireille.")
    assert found["Bouchet"] == found["Mireille"]
    assert found["Mireille"][1] == "PERSON"


def test_an_answer_names_the_one_asked_for(detector: Detector) -> None:
    """ "Il a un vrai nom, ce Gecko ?" is answered by the name of Gecko."""
    found = told(detector, "S1: C'est Gecko. Il a un vrai nom, Gecko ?", "S2: Moi j'ai entendu Rachid.")
    assert found["Gecko"][0] == found["Rachid"][0]


def test_one_who_is_denied_is_not_named(detector: Detector) -> None:
    """ "Pas Gecko, un jeune. Ils l'appellent Pirouz" speaks of two people."""
    found = told(detector, "S1: Je connais Gecko.", "S2: Pas Gecko, un jeune. Ils l'appellent Pirouz.")
    assert found["Gecko"][0] != found["Pirouz"][0]


def test_a_father_is_not_his_son(detector: Detector) -> None:
    """ "Le père de Samy, c'est Hakim" does not make one of the two."""
    found = told(detector, "S1: On a vu Samy hier.", "S2: Le père de Samy, c'est Hakim, il est mécanicien.")
    assert found["Samy"][0] != found["Hakim"][0]


def test_a_maiden_name_is_its_bearers(detector: Detector) -> None:
    """ "Nadine Sorel, née Bertin" is one woman, whoever else is called Bertin."""
    found = told(detector, "S1: C'est Lucas Bertin, quatorze ans.", "S2: Sa tante, Nadine Sorel, née Bertin, est là.")
    assert found["Bertin"][0] == found["Nadine Sorel"][0] != found["Lucas Bertin"][0]


def test_what_was_said_to_a_youth_makes_no_participant(detector: Detector) -> None:
    """A youth called "tu" in speech that is reported stays a youth."""
    found = told(detector, "S1: C'est Donovan.", "S2: Je lui dis « Donovan, tu vas où ? ». Il répond pas.")
    assert found["Donovan"][1] == "YOUTH"


def test_initials_stand_for_names() -> None:
    """JP is Jean-Paul, "Marine D." Marine Delorme and not Marine Blanc."""
    assert initials("jp", ["jean", "paul"])
    assert compatible(["marine", "d"], ["marine", "delorme"], False)
    assert not compatible(["marine", "d"], ["marine", "blanc"], False)
