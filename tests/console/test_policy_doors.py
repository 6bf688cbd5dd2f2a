"""``policy new``, ``explain``, ``simulate``, ``diff``, ``apply`` and ``schema`` at the command line."""

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from answer_schemas import REFERENCE, schema
from jsonschema import Draft202012Validator

from console.messages import _
from policies.policy_file import parse_policy
from policies.policy_schema import policy_schema
from vocabulary.choices import Audience

SAMPLES = Path(__file__).parents[2] / "policies" / "samples"
DEMO = SAMPLES / "demo.yaml"
ANSWERS = """\
essai-2026
Université Exemple
Ville Exemple; Association Exemple
Comprendre comment les professionnels font face


j
aucun avis n'est requis : recherche publique
oui
décret d'exemple
AIPD-7
hier
2026-02-01
affiche au local, page du site

3
"""


def edited(folder: Path, name: str, *edits: tuple[str, str]) -> Path:
    text = DEMO.read_text(encoding="utf-8")
    for old, new in edits:
        assert old in text
        text = text.replace(old, new, 1)
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


@pytest.fixture
def workshop(at_home, run):
    """A home with the workshop ``essai`` under the demo's policy."""
    made = run("workshop", "add", "essai", "--policy", DEMO)
    assert made.code == 0, made.err
    return at_home


def test_the_questions_write_a_policy_that_is_complete(run, tmp_path, typed):
    """Answers a line each; one that cannot be a date is asked again; the comments of the sample are kept."""
    typed(*ANSWERS.splitlines())
    file = tmp_path / "politique.yaml"
    ran = run("policy", "new", file)
    assert ran.code == 0, ran.err
    assert "Quel organisme" in ran.err and "encore une fois" in ran.err
    policy = parse_policy(file.read_bytes(), file.name)
    assert policy.placeholders == ()
    assert (policy.name, policy.processing.joint_controllers) == (
        "essai-2026", ("Ville Exemple", "Association Exemple"),
    )  # fmt: skip
    assert (policy.processing.article_6, str(policy.processing.dpia_date)) == ("e", "2026-02-01")
    assert policy.clearance[Audience.GROUP].people == 3
    assert "# le retour au groupe" in file.read_text(encoding="utf-8")
    assert run("policy", "check", file).code == 0


def test_what_is_not_answered_is_left_to_complete_with_its_line(run, tmp_path, typed):
    """Nobody at the keyboard: the file is the sample, and every line to fill in is told."""
    typed()
    file = tmp_path / "politique.yaml"
    ran = run("policy", "new", file, "--strict")
    policy = parse_policy(file.read_bytes(), file.name)
    lines = file.read_text(encoding="utf-8").split("\n")
    assert ran.code == 0 and len(policy.placeholders) == 7
    for told in [line for line in ran.out.split("\n") if line.startswith("  - ")]:
        assert "à compléter" in lines[int("".join(filter(str.isdigit, told.split(":")[0].replace("\u00a0", "")))) - 1]
    assert run("policy", "new", file).code == 2


def test_where_no_offence_is_spoken_of_no_text_is_asked_for(run, tmp_path, typed):
    """The question is left out, and nothing is left to complete for it."""
    typed(*[""] * 7, "non", "AIPD-7")
    file = tmp_path / "politique.yaml"
    assert run("policy", "new", file).code == 0
    policy = parse_policy(file.read_bytes(), file.name)
    assert not policy.processing.offence_data and policy.processing.dpia_reference == "AIPD-7"
    assert "processing.offence_data.authorisation" not in policy.placeholders


def test_a_policy_is_explained_in_french_sentences(run):
    """Periods, events and ends in words; nothing of the file's own keys."""
    ran = run("policy", "explain", DEMO)
    told = " ".join(ran.out.split()).replace("\u00a0", " ")
    assert "Enregistrement : destruction dès la validation de la séance, et au plus tard 45 jours après" in told
    assert "same_as" not in told and "return_closed" not in told
    answer = run("policy", "explain", DEMO, "--json").value
    Draft202012Validator(schema("policy-explanation")).validate(answer)


def test_a_policy_without_a_home_is_simulated_on_an_imagined_workshop(run, tmp_path):
    """Every class ends somewhere, the ends in their order; with --until only what ends by then."""
    answer = run("policy", "simulate", DEMO, "--sessions", "3", "--json").value
    Draft202012Validator(schema("policy-simulation")).validate(answer)
    assert sum(one["class"] == "recording" for one in answer["endings"]) == 3
    dated = [one["on"] for one in answer["endings"] if one["on"]]
    assert dated == sorted(dated) and answer["workshop"] is None
    recording = next(one["on"] for one in answer["endings"] if one["class"] == "recording")
    until = run("policy", "simulate", DEMO, "--sessions", "3", "--until", recording, "--json").value
    assert [one["class"] for one in until["endings"]] == ["recording"]
    assert until["later"] + 1 == sum(one["count"] for one in answer["endings"])
    assert run("policy", "simulate", DEMO, "--until", "demain").code == 2


def test_the_drawing_stands_alone_and_says_what_the_list_says(run, tmp_path):
    """One row for each line of the list; an SVG that parses, without a script, a link or a font from elsewhere."""
    picture = tmp_path / "politique.svg"
    ran = run("policy", "simulate", DEMO, "--sessions", "2", "--svg", picture)
    root = ElementTree.fromstring(picture.read_text(encoding="utf-8"))
    titles = [group.find("{http://www.w3.org/2000/svg}title").text for group in root.iter() if group.tag.endswith("}g")]
    bars = [line for line in ran.out.split("\n") if line.startswith(("séance", "l'atelier")) and line[-1] in "x?=>"]
    assert len(titles) == len(bars) == 21
    assert "href" not in picture.read_text(encoding="utf-8") and "<script" not in picture.read_text(encoding="utf-8")
    assert run("policy", "simulate", DEMO, "--svg", picture).code == 2


def test_two_policies_are_compared_value_by_value(run, tmp_path):
    """What changes, from what to what, which way; the schedule in sentences."""
    file = edited(tmp_path, "b.yaml", ("version: 1\n", "version: 2\n"), ("keep: 45 days", "keep: 60 days"),
                  ("group:    {people: 2", "group:    {people: 3"))  # fmt: skip
    ran = run("policy", "diff", DEMO, file)
    told = " ".join(ran.out.split()).replace("\u00a0", " ")
    assert "clearance.group.people : 2 → 3" in told
    assert "Avant : enregistrement : destruction" in told and "60 jours après" in told
    assert "Deux référents données" in told
    answer = run("policy", "diff", DEMO, file, "--json").value
    Draft202012Validator(schema("policy-diff")).validate(answer)
    assert answer["needs_second_steward"] and answer["records"] == []
    assert {one["key"]: one["shifts"] for one in answer["changes"]}["clearance.group.people"] == ["stricter"]
    assert run("policy", "diff", DEMO, DEMO, "--json").value["changes"] == []


def test_the_published_schema_is_the_one_the_program_writes(run):
    """docs/reference/schemas/policy.json, in French, as ``policy schema`` writes it."""
    ran = run("policy", "schema")
    published = json.loads((REFERENCE / "schemas" / "policy.json").read_text(encoding="utf-8"))
    assert json.loads(ran.out) == published == policy_schema(_)


def test_a_policy_is_applied_and_what_loosens_is_asked_for_twice(workshop, run, tmp_path):
    """The wish is told, then done in another name; the answers keep their schema."""
    file = edited(tmp_path, "b.yaml", ("version: 1\n", "version: 2\n"), ("outbox: 7 days", "outbox: 9 days"))
    first = run("policy", "apply", "essai", file, "--as", "Dominique")
    assert first.code == 0, first.err
    assert "copies.outbox" in first.out and "un autre référent données" in first.out.replace("\n", " ")
    second = run("policy", "apply", "essai", file, "--as", "Camille", "--json").value
    Draft202012Validator(schema("policy-applied")).validate(second)
    assert second["done"] and second["policy"]["version"] == 2
    assert "déjà" in run("policy", "apply", "essai", file, "--as", "Camille").out
    third = edited(tmp_path, "c.yaml", ("version: 1\n", "version: 3\n"))
    assert "copies.outbox" in run("policy", "apply", "essai", third, "--as", "Camille").out


def test_a_policy_to_be_completed_is_refused_with_its_lines(at_home, run):
    """Exit 5, the file, each line and key; nothing is added."""
    plain = run("workshop", "add", "essai", "--policy", at_home / "politique.yaml")
    assert plain.code == 5
    assert "processing.controller (ligne" in plain.err.replace("\u00a0", " ")
    assert run("workshop", "list", "--json").value["workshops"] == []
