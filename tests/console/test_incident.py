"""``incident report``: from the folder alone, on another machine, without home or passphrase."""

import os
import shutil
import tempfile
from pathlib import Path

import pytest
from answer_schemas import schema
from jsonschema import Draft202012Validator

from flows import plain
from tests import factory
from tests.canary.scan import needles, scan
from vocabulary.choices import Audience, SessionState

WANTED = needles([*factory.CANARIES, "Amaury", "Solveig", "Camille", "Dominique"], factory.RECORDING.read_bytes())
LAST = "2031-01-01"


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """What one home left elsewhere as it stood in each state, walked once: state -> folder."""
    base = tmp_path_factory.mktemp("kept")
    built = factory.build(base / "home")
    folders = {}
    for state, act in _ACTS.items():
        folder = base / str(state)
        folder.mkdir()
        os.environ["HUISCLOS_COPIES__INVENTORY"] = str(folder)
        try:
            with built.open() as services:
                act(services, base)
                plain.run(services)
        finally:
            del os.environ["HUISCLOS_COPIES__INVENTORY"]
        folders[state] = folder
    shutil.rmtree(built.path)
    return folders


def _receive(services, base):
    from flows.steps.arrival import receive

    dossier = base / "seance1.toml"
    dossier.write_text(factory.DOSSIER.replace('agrees = ["recording", "return", "research"]', "agrees = []"), "utf-8")
    receive.submit(services, [factory.RECORDING], factory.SESSION, dossier)
    dossier.unlink()


def _review(services, base):
    from flows.steps.arrival import receive

    dossier = base / "seance1.toml"
    dossier.write_text(factory.DOSSIER, "utf-8")
    receive.submit(services, [], factory.SESSION, dossier)
    dossier.unlink()
    (services.home / "drop" / factory.CODE / "Quastelbach.m4a").write_bytes(b"12345")


def _clear(services, _base):
    from flows.steps.reviewing import clear, review

    review.accept(services, factory.SESSION, "Camille")
    for person in ("Camille", "Dominique"):
        clear.clear(services, factory.SESSION, Audience.GROUP, person)


def _release(services, _base):
    from flows.steps.leaving import release

    release.release(services, factory.SESSION, Audience.GROUP, ["docx", "vtt", "txt"], "Camille")


_ACTS = {
    None: lambda _services, _base: None,
    SessionState.RECEIVED: _receive,
    SessionState.IN_REVIEW: _review,
    SessionState.CLEARED: _clear,
    SessionState.RELEASED: _release,
}


@pytest.fixture(autouse=True)
def _another_machine(monkeypatch):
    """The source strings; no home is named, and temporary files are not those of the home that was lost."""
    monkeypatch.setenv("HUISCLOS_LANG", "en")
    monkeypatch.delenv("TMPDIR", raising=False)
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.delenv("HUISCLOS_HOME", raising=False)


@pytest.fixture
def folder(kept, tmp_path):
    """A copy of what the released home left."""
    return Path(shutil.copytree(kept[SessionState.RELEASED], tmp_path / "folder"))


def report(run, folder, *words):
    ran = run("incident", "report", "--inventory", folder, *words, "--json")
    Draft202012Validator(schema("incident" if ran.value["schema"] == "huisclos-incident/1" else "error")).validate(
        ran.value
    )
    return ran


@pytest.mark.parametrize("state", list(_ACTS), ids=str)
def test_a_report_of_a_home_in_each_state(run, kept, state):
    """The state, what is kept of the session, how many people, what lay readable; the log is whole and agrees."""
    found = report(run, kept[state]).value
    assert found["log"]["sound"] and found["log"]["agrees"]
    (shop,) = found["workshops"]
    assert (shop["code"], shop["controller"], found["offence_data"]) == (factory.CODE, "Laboratoire Exemple", True)
    assert [one["state"] for one in shop["sessions"]] == ([] if state is None else [str(state)])
    people = found["people"]
    assert people["participants_least"] == people["participants_most"] == (0 if state is None else 1)
    drafted = state not in (None, SessionState.RECEIVED)
    assert people["youths"] == (1 if drafted else None)
    assert people["workshops_uncounted"] == (0 if drafted else 1)
    assert found["readable"]["drop"] == ({"files": 1, "bytes": 5} if drafted else {"files": 0, "bytes": 0})
    assert found["readable"]["outbox"]["files"] == (3 if state is SessionState.RELEASED else 0)
    assert found["exposure"]["files"] == ("readable" if drafted else "none_there")


def test_the_page_has_the_fields_of_a_notification(run, folder):
    """GDPR 33(3)(a) to (d), the deadline of 33(1), 33(4), 33(5) and 34, and what a person has to add."""
    ran = run("incident", "report", "--inventory", folder)
    assert ran.code == 0
    for words in (
        "Nature of the breach (GDPR 33(3)(a))", "Contact (GDPR 33(3)(b))", "Likely consequences (GDPR 33(3)(c))",
        "Measures (GDPR 33(3)(d))", "72 hours", "in phases (GDPR 33(4))", "record of breaches", "34(3)(a)",
        "To be completed", "The copied log is whole", "essai/1", "Laboratoire Exemple", "drop folder: 1 file",
        "(pseudonymised texts): 3 files", "machine",
    ):  # fmt: skip
        assert words in " ".join(ran.out.split())


def test_it_needs_no_home_and_no_passphrase_and_says_nothing_that_was_said(run, folder, tmp_path, monkeypatch):
    """With an empty environment; page and file hold none of the planted names; the file is its owner's alone."""
    monkeypatch.delenv("HUISCLOS_PASSPHRASE", raising=False)
    out = tmp_path / "out" / "report.txt"
    out.parent.mkdir()
    ran = run("incident", "report", "--inventory", folder, "--out", out)
    assert (ran.code, ran.out) == (0, "")
    assert out.stat().st_mode & 0o777 == 0o600
    shown = run("incident", "report", "--inventory", folder).out
    assert out.read_text("utf-8") == shown
    assert scan(out.parent, WANTED, shown) == []
    assert scan(folder, WANTED) == []
    again = run("incident", "report", "--inventory", folder, "--out", out)
    assert again.code == 2


@pytest.mark.parametrize(
    ("words", "sealed", "exception"),
    [
        (["--powered-off", "yes"], {"passphrase", "disk_and_passphrase"}, {"sealed_only", "for_all"}),
        (["--powered-off", "no"], {"nothing_sure"}, {"no"}),
        (["--lost", "passphrase"], {"slot_secret"}, {"if_not_reached"}),
        (["--lost", "backup"], {"slot_secret"}, {"for_all"}),
    ],
)
def test_what_was_lost_decides_what_protects_it(run, folder, words, sealed, exception):
    """And what is to be done: a command for each."""
    found = report(run, folder, *words).value
    assert found["exposure"]["sealed"] in sealed
    assert found["exposure"]["exception_34_3_a"] in exception
    told = " ".join(one["message"] for one in found["measures"])
    asked = {"passphrase": "huisclos key passphrase", "backup": "huisclos key rotate"}
    assert asked.get(words[1], "the weakest passphrase decides") in told.replace("\n", " ")


def test_the_deadline_is_counted_in_the_zone_of_the_policy(run, folder):
    """From the moment named; from the beginning of the day where no hour is."""
    monkey = report(run, folder, "--when", "2024-03-30T10:30").value["deadline"]
    assert (monkey["aware_at"], monkey["notify_before"], monkey["time_zone"]) == (
        "2024-03-30T10:30:00+01:00", "2024-04-02T11:30:00+02:00", "Europe/Paris")  # fmt: skip
    day = report(run, folder, "--when", "2024-06-01").value["deadline"]
    assert (day["whole_day"], day["notify_before"]) == (True, "2024-06-04T00:00:00+02:00")


@pytest.mark.parametrize(
    "words", [["--when", "hier"], ["--when", "2999-01-01"], ["--lost", "chat"], ["--powered-off", "oui"]]
)
def test_what_cannot_be_meant_is_refused(run, folder, words):
    """A date that is none or has not come, a loss there is not: 2."""
    assert report(run, folder, *words).code == 2


def test_an_inventory_after_the_loss_is_not_taken(run, folder):
    """The newest of an earlier day is, and the later one is told; the log goes further, so it is not compared."""
    (ours,) = folder.iterdir()
    data = (ours / "inventory.json").read_bytes()
    made_at = data[data.index(b'"made_at":"') + 11 :][:20]
    for day in ("2020-01-05", "2020-01-09"):
        earlier = data.replace(b'"made_at":"' + made_at, b'"made_at":"' + f"{day}T10:00:00Z".encode())
        (ours / "earlier" / f"inventory-{day}.json").write_bytes(earlier)
    found = report(run, folder, "--when", "2020-01-06").value["inventory"]
    assert found["made_at"] == "2020-01-05T10:00:00Z"
    assert found["written_after"] == made_at.decode()
    assert report(run, folder).value["inventory"]["written_after"] is None


def _changed(folder, name, change):
    (path,) = folder.rglob(name)
    path.write_bytes(change(path.read_bytes()))


@pytest.mark.parametrize(
    ("name", "change", "code"),
    [
        ("decisions-*.jsonl", lambda data: data.replace(b"released", b"relaesed", 1), 21),
        ("decisions-*.jsonl", lambda data: data[: data[:-1].rindex(b"\n") + 1], 22),
        ("checkpoint", lambda data: data.replace(b"\n", b"x\n", 1), 21),
        ("leaves", lambda data: bytes(32) + data[32:], 21),
    ],
)
def test_a_copied_log_that_was_changed_is_told_first(run, folder, name, change, code):
    """The report is made all the same, from the inventory alone; the exit code is that of the log."""
    _changed(folder, name, change)
    ran = report(run, folder)
    assert ran.code == code
    assert not ran.value["log"]["sound"]
    assert ran.value["log"]["error"]["code"] == code
    assert ran.value["people"]["youths"] == 1
    page = run("incident", "report", "--inventory", folder)
    assert page.code == code
    assert "cannot be trusted" in " ".join(page.out.split())


def test_an_inventory_that_was_changed_disagrees_with_the_log(run, folder):
    """A number that the signed log does not give."""
    _changed(folder, "inventory.json", lambda data: data.replace(b'"participants":1', b'"participants":0'))
    ran = report(run, folder)
    assert ran.code == 21
    assert ran.value["log"]["sound"]
    assert ran.value["log"]["agrees"] is False


def test_a_copy_that_was_interrupted_is_read_as_far_as_it_is_signed(run, folder):
    """More than the checkpoint covers is no tampering."""
    _changed(folder, "decisions-*.jsonl", lambda data: data + b'{"format":"huisclos-lo')
    _changed(folder, "leaves", lambda data: data + bytes(40))
    found = report(run, folder)
    assert (found.code, found.value["log"]["agrees"]) == (0, True)


def test_several_homes_in_one_folder_are_named(run, kept, folder):
    """With the codes of their workshops; the folder of one of them is enough."""
    (ours,) = folder.iterdir()
    other = folder / ("h-" + "0" * 32)
    shutil.copytree(ours, other)
    ran = report(run, folder)
    assert ran.code == 2
    assert ours.name in ran.value["error"]["message"]
    assert "essai" in ran.value["error"]["message"]
    assert report(run, ours).code == 0
    assert report(run, other).value["log"]["agrees"] is True  # the file says whose it is, not its folder


def test_a_folder_without_inventory_is_told(run, tmp_path):
    """Missing, empty, or with something else in it."""
    assert report(run, tmp_path / "none").code == 2
    assert report(run, tmp_path).code == 2
    damaged = tmp_path / "h-1"
    damaged.mkdir()
    (damaged / "inventory.json").write_text("{}")
    assert report(run, damaged).code == 20


def test_a_missing_log_is_told(run, folder):
    """The numbers stay those of the inventory."""
    shutil.rmtree(next(folder.iterdir()) / "log")
    ran = report(run, folder)
    assert ran.code in (20, 21, 22)
    assert not ran.value["log"]["sound"]


def test_status_tells_how_it_stands_with_the_inventory(run, at_home, tmp_path, monkeypatch):
    """No folder named; one that is gone, since when; one that was written, on the disk of the home."""
    assert "No inventory is kept elsewhere" in " ".join(run("status").out.split())
    place = tmp_path / "place"
    monkeypatch.setenv("HUISCLOS_COPIES__INVENTORY", str(place))
    assert run("run").code == 0
    told = " ".join(run("status").out.split())
    assert "cannot be reached: plug it in" in told
    assert "It could not be written since" in told
    place.mkdir()
    assert run("run").code == 0
    told = " ".join(run("status").out.split())
    assert "Inventory kept elsewhere: last written" in told
    assert "lies on the same disk as the home" in told
    found = run("status", "--json").value
    Draft202012Validator(schema("status")).validate(found)
    assert found["inventory"]["failing_since"] is None
    assert found["inventory"]["left_at"]


def test_people_who_open_and_what_left_are_named_by_id(run, at_home, tmp_path, monkeypatch):
    """Openers with their roles, a backup with its holder: the log tells them, and the report lists them."""
    from flows.steps.custody import backups, keys
    from infra.settings import load_settings
    from infra.wiring import open_services
    from vocabulary.choices import Role

    place = tmp_path / "place"
    place.mkdir()
    monkeypatch.setenv("HUISCLOS_COPIES__INVENTORY", str(place))
    with open_services(load_settings(at_home), os.environ["HUISCLOS_PASSPHRASE"]) as services:
        keys.add(services, "Hortense", Role.STEWARD, (), "taupe viaduc onze sablier", "Hortense")
        backups.backup(services, tmp_path / "copy", "Hortense")
        plain.run(services)
    found = report(run, place).value
    machine, person = found["openers"]
    assert (machine["id"], person["role"], person["workshops"]) == ("machine", "steward", None)
    assert [one["kind"] for one in found["exports"]] == ["backup"]
    assert found["exports"][0]["holder"] == person["id"]
    told = " ".join(one["message"] for one in found["measures"])
    assert "no recovery file" in told
    assert scan(place, needles(["Hortense"], b"x" * 64)) == []
