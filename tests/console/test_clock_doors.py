"""The doors of retention: events, holds, restrictions, why; what they say, and that their JSON keeps its schema."""

import gc
import json
from datetime import UTC, datetime, timedelta

import pytest
from answer_schemas import schema
from jsonschema import Draft202012Validator

from vocabulary.choices import Exit, SessionState


@pytest.fixture
def door(run, named, typed):
    """The command line over a home with one session received today."""
    home = named(SessionState.RECEIVED)

    def ask(*words, lines=()):
        typed(*lines)
        ran = run(*words)
        return ran.code, ran.out, ran.err

    ask.home = home
    return ask


def answer(door, name, *words):
    code, out, _err = door(*words, "--json")
    assert code == Exit.DONE
    value = json.loads(out)
    Draft202012Validator(schema(name)).validate(value)
    return value


def test_an_event_is_noted_listed_and_corrected(door):
    """What is noted is shown with its id, and a correction leaves the first entry to be read."""
    today = datetime.now(UTC).date().isoformat()
    code, out, _err = door("event", "add", "return-closed", "essai/1", "--on", today, "--as", "Dominique")
    assert code == Exit.DONE and "essai/1" in out
    (first,) = answer(door, "events", "event", "list")["events"]
    assert (first["event"], first["of"], first["day"], first["stands"]) == ("return_closed", "essai/1", today, True)
    code, _out, _err = door("event", "correct", first["id"], "--not-happened", "--as", "Dominique")
    assert code == Exit.DONE
    found = answer(door, "events", "event", "list")["events"]
    assert {one["stands"] for one in found} == {True, False}
    assert "pas eu lieu" in door("event", "list")[1]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("event", "add", "lunch", "essai/1", "--on", "2026-03-14", "--as", "Dominique"), Exit.USAGE),
        (("event", "add", "return-closed", "essai/1", "--on", "14/03/2026", "--as", "Dominique"), Exit.USAGE),
        (("event", "add", "return-closed", "essai/1", "--on", "2020-03-14", "--as", "Dominique"), Exit.STATE),
        (("event", "add", "return-closed", "essai/9", "--on", "2026-03-14", "--as", "Dominique"), Exit.UNKNOWN),
        (("event", "correct", "n-0", "--as", "Dominique"), Exit.USAGE),
        (("hold", "add", "essai", "--ground", "mood", "--review", "2099-01-01", "--as", "Dominique"), Exit.USAGE),
        (("hold", "add", "essai", "--ground", "danger", "--review", "2020-01-01", "--as", "Dominique"), Exit.STATE),
        (("hold", "lift", "g-0", "--as", "Dominique"), Exit.UNKNOWN),
        (("retention", "why", "nowhere"), Exit.UNKNOWN),
        (("retention", "visa", "essai", "--until", "2099-01-01", "--reference", "BE 1", "--as", "D"), Exit.STATE),
    ],
    ids=lambda value: " ".join(value[:3]) if isinstance(value, tuple) else str(value),
)
def test_what_cannot_be_is_refused_with_its_exit_code(door, words, code):
    """Each wrong command says what was found and what is expected, and notes nothing."""
    found, _out, err = door(*words)
    assert found == code and err
    assert answer(door, "events", "event", "list") == {"schema": "huisclos-events/1", "events": []}


@pytest.mark.parametrize(("noun", "name"), [("hold", "holds"), ("restriction", "restrictions")])
def test_an_order_is_placed_kept_and_lifted(door, noun, name):
    """Placed with a reason in words that no file holds, shown in why, moved to another day of review, and lifted."""
    review = (datetime.now(UTC).date() + timedelta(days=30)).isoformat()
    later = (datetime.now(UTC).date() + timedelta(days=60)).isoformat()
    order = (noun, "add", "essai/1", "--ground", "danger", "--review", review, "--with-reason", "--as", "Dominique")
    assert door(*order, lines=["Zéphyrine a appelé"])[0] == Exit.DONE
    (placed,) = answer(door, name, noun, "list")["orders"]
    assert (placed["on"], placed["ground"], placed["reason_sealed"]) == ("essai/1", "danger", True)
    gc.collect()  # the catalogue's log of writes goes with its last connection
    files = [path for path in door.home.rglob("*") if path.is_file()]
    assert [path for path in files if "Zéphyrine".encode() in path.read_bytes()] == []
    records = answer(door, "retention-why", "retention", "why", "essai/1")["records"]
    assert records and all(one["orders"] == [placed["id"]] for one in records)
    assert door(noun, "keep", placed["id"], "--review", later, "--as", "Dominique")[0] == Exit.DONE
    assert answer(door, name, noun, "list")["orders"][0]["review_on"] == later
    code, _out, err = door(noun, "lift", placed["id"], "--as", "Dominique")
    assert code == Exit.PERSON and "ni la personne qui l'a posé" in err
    code, out, _err = door(noun, "lift", placed["id"], "--as", "Camille")
    assert code == Exit.DONE and "Zéphyrine a appelé" in out
    assert answer(door, name, noun, "list")["orders"] == []
    assert len(answer(door, name, noun, "list", "--all")["orders"]) == 1


def test_a_recording_is_extended_once_for_a_reason(door):
    """The reason is asked for; without one nothing is changed, and a second time is refused."""
    assert door("retention", "extend", "essai/1", "--as", "Dominique")[0] == Exit.USAGE
    assert door("retention", "extend", "essai/1", "--as", "Dominique", lines=["vacances"])[0] == Exit.DONE
    assert door("retention", "extend", "essai/1", "--as", "Dominique", lines=["encore"])[0] == Exit.STATE


def test_plan_and_status_keep_their_schemas_and_say_what_lies_in_clear(door):
    """With --all every record is planned; a file nobody can take is named with its age."""
    (door.home / "drop" / "essai" / "memo.m4a").write_bytes(b"voice")
    assert answer(door, "retention-plan", "retention", "plan")["items"] == []
    assert answer(door, "retention-plan", "retention", "plan", "--all")["items"]
    found = answer(door, "status", "status")["retention"]
    assert [one["file"] for one in found["drop"]] == ["essai/memo.m4a"]
    assert (found["stopped"], found["awaited"], found["announced"]) == (None, [], 0)
    assert door("retention", "confirm", "--as", "Dominique")[0] == Exit.DONE
    assert "retention plan --all" in door("retention", "plan")[1]
