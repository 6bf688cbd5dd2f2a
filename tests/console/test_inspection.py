"""``inspection``: a folder that an authority can check, and in which nobody is named."""

import hashlib
import json
import subprocess
import sys
from datetime import date

import pytest
from answer_schemas import schema
from jsonschema import Draft202012Validator

from flows.steps import sessions
from flows.steps.retention import events, holds
from flows.steps.rights import requests
from flows.steps.rights.inspection import software
from tests import factory
from vocabulary.choices import Ground, RequestKind, SessionState, Suspends, Trigger
from vocabulary.text import IdentifiedText

NAMES = ("Quastelbach", "Solveig", "Zorbekian", "Mirontaine", "Zzyvorak", "Camille", "Dominique")


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A home with a received session that was discarded since, a request, and people who acted."""
    folder = tmp_path_factory.mktemp("inspected")
    built = factory.copied(folder / "home", SessionState.RECEIVED)
    with built.open() as services:
        who = IdentifiedText("Zzyvorak")
        requests.open_request(services, RequestKind.ERASURE, None, who, "Dominique", speaks=False)
        reason = IdentifiedText("Zzyvorak conteste")
        holds.place(services, Suspends.USE, factory.CODE, Ground.REQUEST, date(2999, 1, 1), "Camille", reason)
        events.note(services, Trigger.WORKSHOP_CLOSED, factory.CODE, services.now().date(), "Camille")
        for person in ("Camille", "Dominique"):
            sessions.discard(services, factory.SESSION, person)
    return built.path


@pytest.fixture
def inspected(home, run, tmp_path, monkeypatch):
    """The folder, written without a passphrase, and the answer."""
    monkeypatch.setenv("HUISCLOS_HOME", str(home))
    done = run("inspection", tmp_path / "controle", "--json")
    assert done.code == 0, done.err
    return tmp_path / "controle", done.value


def test_every_file_has_its_digest_and_the_log_checks_alone(inspected):
    """SHA256SUMS names every other file; the checker in the folder finds the log whole."""
    folder, _ = inspected
    sums = dict(line.split("  ")[::-1] for line in (folder / "SHA256SUMS").read_text().splitlines())
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert files - set(sums) == {"SHA256SUMS"}
    for name, digest in sums.items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest
    journal = folder / "journal"
    checked = subprocess.run(
        [sys.executable, journal / "check_log.py", "--key", journal / "key.pub", journal],
        capture_output=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stderr


def test_the_answer_and_the_file_are_one_and_keep_their_schema(inspected):
    """Counted from the log: the session, what was destroyed of it, the request, the policy in force."""
    folder, answer = inspected
    Draft202012Validator(schema("inspection")).validate(answer)
    assert json.loads((folder / "inspection.json").read_text(encoding="utf-8")) == answer
    assert {one["record_class"] for one in answer["destructions"]} >= {"recording", "dossier", "consent"}
    assert [one["request_kind"] for one in answer["requests"]] == ["erasure"]
    assert [one["workshop"] for one in answer["policy_changes"]] == [factory.CODE]
    assert "discarded" in {one["kind"] for one in answer["noted"]}
    assert answer["log"]["kinds"]["request-opened"] == 1


def test_orders_and_events_stand_in_it_by_id_and_day(inspected):
    """Restriction and event of the workshop, without the reason that was typed."""
    folder, answer = inspected
    [order], [event] = answer["orders"]["holds"], answer["orders"]["events"]
    assert (order["suspends"], order["place"], order["ground"]) == ("use", factory.CODE, "request")
    assert (event["event"], event["place"]) == ("workshop_closed", factory.CODE)
    page = (folder / "10-gels-et-annonces.md").read_text(encoding="utf-8")
    assert order["id"] in page
    assert "2999-01-01" in page


def test_nobody_is_named_in_any_file_of_it(inspected):
    """No participant, nobody spoken of, nobody who asked, no user."""
    folder, _ = inspected
    texts = [path.read_bytes().lower() for path in folder.rglob("*") if path.suffix != ".py" and path.is_file()]
    assert len(texts) > 12
    assert not [name for name in NAMES for text in texts if name.lower().encode() in text]


def test_the_pages_say_what_the_law_names_in_french(inspected):
    """The controller of the policy, its purpose and its schedule."""
    folder, _ = inspected
    register = (folder / "1-registre.md").read_text(encoding="utf-8")
    assert "Responsable" in register
    assert "Finalité" in register
    assert "Analyse d'impact (RGPD 35)" in (folder / "2-textes.md").read_text(encoding="utf-8")
    assert "| enregistrement |" in (folder / "3-tableau-de-gestion.md").read_text(encoding="utf-8")
    assert "effacement" in (folder / "5-demandes.md").read_text(encoding="utf-8")


def test_nothing_is_written_over(inspected, run):
    """A folder that is there is refused, and nothing beside it is left."""
    folder, _ = inspected
    assert run("inspection", folder).code == 2
    assert [path.name for path in folder.parent.iterdir() if "controle" in path.name] == ["controle"]


def test_the_digest_of_the_software_follows_its_files():
    """The same files give the same digest, and they are listed with what is installed."""
    found = software()
    assert found == software()
    assert len(found.digest) == 64
    assert dict(found.distributions)["huisclos"] == found.version
