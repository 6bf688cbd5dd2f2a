"""Recovery: two people open the keystore of a lost machine, one alone does not."""

import itertools
import json
from pathlib import Path

import pytest
from pyrage import decrypt, x25519

from storage.keys.keystore import LEAP, Keystore
from storage.keys.recovery import Recovery, RecoveryFile
from storage.keys.scope import Scope
from tests.storage.keystores import (
    PASSPHRASE,
    RECORDING,
    VERBATIM,
    archive_of,
    file_slots,
    flipped,
    new_keystore,
    open_keystore,
)
from vocabulary.choices import RecordClass, Role
from vocabulary.errors import DamagedError, HuisclosError, KeyGoneError, KeysError, StateError, UsageError

NEW = "une phrase toute neuve"
PERSON = "p-" + "1" * 32


@pytest.fixture(scope="module")
def people() -> list[x25519.Identity]:
    """The age identities of three people."""
    return [x25519.Identity.generate() for _ in range(3)]


@pytest.fixture
def keystore(tmp_path: Path, people: list[x25519.Identity]) -> Keystore:
    made = new_keystore(tmp_path / "home", RECORDING, VERBATIM)
    made.set_recovery([str(one.to_public()) for one in people])
    return made


def recovered(keystore: Keystore, where: Path, *identities: x25519.Identity, passphrase: str = NEW) -> Keystore:
    copy = keystore.copy()
    assert copy.recovery is not None
    return Keystore.recover(
        archive_of(where), copy.keystore, copy.recovery, [str(one) for one in identities], file_slots(where), passphrase
    )


@pytest.mark.parametrize("pair", list(itertools.permutations(range(3), 2)))
def test_any_two_recipients_recover_every_key(tmp_path: Path, keystore, people, pair) -> None:  # type: ignore[no-untyped-def]
    """On a fresh machine, under new slots and a new passphrase of the machine's."""
    found = recovered(keystore, tmp_path / "new", *(people[number] for number in pair))
    again = open_keystore(tmp_path / "new", NEW)
    for one in (found, again):
        assert one.home_id == keystore.home_id
        assert one.generation == keystore.generation + LEAP + 1
        assert one.data_key(RECORDING) == keystore.data_key(RECORDING)
        assert one.log_key().private_bytes_raw() == keystore.log_key().private_bytes_raw()
    with pytest.raises(KeysError):
        open_keystore(tmp_path / "new")
    assert Keystore.check(archive_of(tmp_path / "new"), file_slots(tmp_path / "new")) == []


def test_one_recipient_alone_recovers_nothing(tmp_path: Path, keystore, people) -> None:  # type: ignore[no-untyped-def]
    """Nor with an identity of a stranger's, nor with their own twice; no slot is made."""
    for alone in ([people[0]], [people[1], people[1]], [people[2], x25519.Identity.generate()], []):
        with pytest.raises(KeysError, match="two different"):
            recovered(keystore, tmp_path / "new", *alone)
    assert not (tmp_path / "new").exists()


def test_what_one_recipient_decrypts_says_nothing(keystore, people) -> None:  # type: ignore[no-untyped-def]
    """Each half of each share is 64 bytes that no other half of theirs repeats, and none is the key itself."""
    recovery = vars(keystore)["_generations"].current().ring.recovery
    halves = []
    for share in recovery.shares:
        for half, owner in ((share.one, share.first), (share.other, share.second)):
            for number, person in enumerate(people):
                if number == owner:
                    halves.append(bytes(decrypt(half, [person])))
                else:
                    with pytest.raises(Exception, match="No matching keys"):
                        decrypt(half, [person])
    assert len(set(halves)) == 6
    assert {len(half) for half in halves} == {64}


def test_other_people_keep_their_passphrases(tmp_path: Path, keystore, people) -> None:  # type: ignore[no-untyped-def]
    """Only the machine's is new; what each reaches is as before."""
    keystore.add_opener(PERSON, Role.FACILITATOR, ["marseille-13"], "deux lampes au grenier")
    recovered(keystore, tmp_path / "new", people[0], people[1])
    again = open_keystore(tmp_path / "new", "deux lampes au grenier")
    assert again.opener.id == PERSON
    assert again.data_key(RECORDING) == keystore.data_key(RECORDING)


def test_the_new_passphrase_is_nobody_else_s(tmp_path: Path, keystore, people) -> None:  # type: ignore[no-untyped-def]
    """It is refused as any other passphrase somebody has; the former one of the machine may serve again."""
    keystore.add_opener(PERSON, Role.STEWARD, None, "deux lampes au grenier")
    with pytest.raises(KeysError, match="cannot be used"):
        recovered(keystore, tmp_path / "new", *people, passphrase="deux lampes au grenier")
    recovered(keystore, tmp_path / "same", *people, passphrase=PASSPHRASE)
    assert open_keystore(tmp_path / "same").has(RECORDING)


def test_a_recovery_file_opens_its_own_generation_only(tmp_path: Path, keystore, people) -> None:  # type: ignore[no-untyped-def]
    """After a destruction the matching files no longer have the key; older and newer do not mix."""
    old = keystore.copy()
    keystore.shred([RECORDING])
    new = keystore.copy()
    identities = [str(one) for one in people]
    for file, recovery in ((new.keystore, old.recovery), (old.keystore, new.recovery)):
        with pytest.raises(StateError, match="generation"):
            Keystore.recover(archive_of(tmp_path), file, recovery, identities, file_slots(tmp_path), NEW)
    found = recovered(keystore, tmp_path / "new", *people)
    with pytest.raises(KeyGoneError):
        found.data_key(RECORDING)
    assert found.has(VERBATIM)


def test_no_opener_reads_the_recovery_file(keystore) -> None:  # type: ignore[no-untyped-def]
    """It is sealed to a key nobody keeps: not one key of the openers opens it."""
    ring = vars(keystore)["_generations"].current().ring
    file = RecoveryFile.parse(keystore.recovery_file())
    from storage.keys.envelope import unseal

    bound = vars(RecoveryFile)["_bound"](file)
    for private in (ring.keys.private, ring.keys.mark, *(one.key for one in ring.opened.values())):
        assert unseal(private, file.root, bound) is None


def test_every_new_generation_is_told_with_its_recovery_file(tmp_path: Path, people) -> None:  # type: ignore[no-untyped-def]
    """Also those of openers who reach little; without recipients there is none."""
    told = []

    def after(keystore: bytes, recovery: bytes | None, generation: int) -> None:
        told.append((keystore, recovery, generation))

    new_keystore(tmp_path)
    machine = Keystore.open(archive_of(tmp_path), file_slots(tmp_path), PASSPHRASE, after)
    machine.ensure(RECORDING)
    assert told == [((archive_of(tmp_path) / "keystore").read_bytes(), None, 2)]
    machine.set_recovery([str(one.to_public()) for one in people])
    machine.add_opener(PERSON, Role.FACILITATOR, ["marseille-13"], "deux lampes au grenier")
    person = Keystore.open(archive_of(tmp_path), file_slots(tmp_path), "deux lampes au grenier", after)
    person.ensure(VERBATIM)
    person.change_passphrase("trois clefs de bois")
    person.ensure(VERBATIM)  # nothing new
    assert [generation for _, _, generation in told] == [2, 3, 4, 5, 6]
    keystore, recovery, _ = told[-1]
    identities = [str(one) for one in people]
    found = Keystore.recover(
        archive_of(tmp_path / "new"), keystore, recovery, identities, file_slots(tmp_path / "new"), NEW
    )
    assert found.data_key(VERBATIM) == machine.data_key(VERBATIM)


def test_new_recipients_replace_the_old(tmp_path: Path, keystore, people) -> None:  # type: ignore[no-untyped-def]
    """The former ones open no generation made since."""
    others = [x25519.Identity.generate() for _ in range(2)]
    keystore.set_recovery([str(one.to_public()) for one in others])
    assert keystore.recovery_recipients() == tuple(str(one.to_public()) for one in others)
    with pytest.raises(KeysError):
        recovered(keystore, tmp_path / "new", *people)
    assert recovered(keystore, tmp_path / "new", *others).has(RECORDING)


def test_a_keystore_opened_after_recovery_goes_on(tmp_path: Path, keystore, people) -> None:  # type: ignore[no-untyped-def]
    """New keys, destruction and a further recovery work as before."""
    found = recovered(keystore, tmp_path / "new", people[0], people[2])
    found.ensure(Scope("nice-1", 1, RecordClass.DRAFT, 1))
    found.shred([RECORDING])
    again = recovered(found, tmp_path / "newer", people[1], people[2])
    assert again.has(Scope("nice-1", 1, RecordClass.DRAFT, 1))
    assert not again.has(RECORDING)


def test_slots_that_hold_a_secret_are_not_written_over(tmp_path: Path, keystore, people) -> None:  # type: ignore[no-untyped-def]
    """Recovery is for a machine whose slots are lost: those of a living home stay."""
    with pytest.raises(StateError):
        recovered(keystore, tmp_path / "home", *people)
    assert open_keystore(tmp_path / "home").has(RECORDING)


@pytest.mark.parametrize("named", [0, 1, 9])
def test_recipients_are_two_to_eight_people(keystore, named: int) -> None:  # type: ignore[no-untyped-def]
    """Fewer could be one person alone."""
    with pytest.raises(UsageError, match="2 to 8"):
        keystore.set_recovery([str(x25519.Identity.generate().to_public()) for _ in range(named)])


def test_recipients_differ_and_are_age_recipients(keystore, people) -> None:  # type: ignore[no-untyped-def]
    """One person twice is one person; a key of another kind is named by its place, never quoted."""
    one = str(people[0].to_public())
    with pytest.raises(UsageError, match="different"):
        keystore.set_recovery([one, f" {one}\n"])
    for wrong in ("age1canary", str(people[0]), "ssh-ed25519 AAAAC3 canary"):
        with pytest.raises(UsageError, match="Recipient 2") as caught:
            keystore.set_recovery([one, wrong])
        assert wrong not in str(caught.value)


def test_a_recovery_file_is_written_as_it_is_read(keystore) -> None:  # type: ignore[no-untyped-def]
    """One encoding, and any changed byte is refused before or at opening."""
    data = keystore.recovery_file()
    assert RecoveryFile.parse(data).to_bytes() == data
    for other in (b"", data[:-1], data + b"\n", b" " + data, b"[]\n", b'{"format":"huisclos-recovery/1"}\n'):
        with pytest.raises(DamagedError):
            RecoveryFile.parse(other)


def test_a_changed_recovery_file_recovers_nothing(tmp_path: Path, keystore, people) -> None:  # type: ignore[no-untyped-def]
    """A byte flipped anywhere: an error for people, and no home made."""
    copy = keystore.copy()
    identities = [str(people[0]), str(people[1])]
    for at in range(0, len(copy.recovery), 97):
        changed = flipped(copy.recovery, at)
        target = tmp_path / f"new-{at}"
        with pytest.raises(HuisclosError):
            Keystore.recover(archive_of(target), copy.keystore, changed, identities, file_slots(target), NEW)
        assert not target.exists()


def test_a_keystore_copy_from_somebody_else_is_refused(tmp_path: Path, keystore, people) -> None:  # type: ignore[no-untyped-def]
    """Sealed to the right recovery key, but made by nobody who had a passphrase."""
    generation = vars(keystore)["_generations"].current()
    forged = Recovery.draw([str(one.to_public()) for one in people], bytes(32))
    root = bytes(range(32))
    file = RecoveryFile.seal(keystore.home_id, keystore.generation, forged, root).to_bytes()
    with pytest.raises(DamagedError):
        Keystore.recover(
            archive_of(tmp_path / "new"), generation.data, file, [str(one) for one in people],
            file_slots(tmp_path / "new"), NEW,
        )  # fmt: skip
    assert json.loads(file)["recipients"] == list(keystore.recovery_recipients())
