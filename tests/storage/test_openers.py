"""Openers: who reaches which keys, what they may change, and what a removed one is left with."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from storage.keys.compartments import Compartment, compartment_of
from storage.keys.generations import seal_generation
from storage.keys.keyring import Keyring
from storage.keys.keystore import Keystore
from storage.keys.keystore_file import Header, KeystoreFile, derive_root
from storage.keys.openers import CERTIFICATES, HOME_PART, MACHINE, Opener, SealedOpener, new_opener, workshop_part
from storage.keys.scope import Scope
from storage.keys.slots import SlotSecret
from tests.storage.keystores import (
    PASSPHRASE,
    RECORDING,
    archive_of,
    file_slots,
    new_keystore,
    open_keystore,
    slots_of,
)
from tests.storage.killing import killed_before
from vocabulary.choices import RecordClass, Role
from vocabulary.errors import (
    DamagedError,
    HuisclosError,
    KeyGoneError,
    KeysError,
    PersonError,
    StateError,
    UnknownError,
    WrongPassphraseError,
)

ELSEWHERE = Scope("lyon-2", 1, RecordClass.VERBATIM, 1)
PEOPLE = Scope("-", 0, RecordClass.PEOPLE, 1)
CERTIFICATE = Scope("lyon-2", 1, RecordClass.CERTIFICATE, 1)
EVERY = (RECORDING, ELSEWHERE, PEOPLE, CERTIFICATE)
STEWARD, FACILITATOR, AUDITOR = ("p-" + digit * 32 for digit in "123")
PASSPHRASES = {STEWARD: "un moulin sans rivière", FACILITATOR: "deux lampes au grenier", AUDITOR: "trois clefs de bois"}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with two workshops and one opener of each role; the facilitator's workshop is marseille-13."""
    keystore = new_keystore(tmp_path, *EVERY)
    keystore.add_opener(STEWARD, Role.STEWARD, None, PASSPHRASES[STEWARD])
    keystore.add_opener(FACILITATOR, Role.FACILITATOR, ["marseille-13"], PASSPHRASES[FACILITATOR])
    keystore.add_opener(AUDITOR, Role.AUDITOR, None, PASSPHRASES[AUDITOR])
    return tmp_path


def opened(home: Path, person: str) -> Keystore:
    return open_keystore(home, PASSPHRASES[person])


def test_the_first_passphrase_is_the_machine_s(tmp_path: Path) -> None:
    """A new home has one opener, which reaches everything."""
    keystore = new_keystore(tmp_path, RECORDING)
    assert (keystore.opener.id, keystore.opener.role, keystore.opener.workshops) == (MACHINE, None, None)
    assert keystore.openers() == (keystore.opener,)


@pytest.mark.parametrize(
    ("person", "reached"),
    [
        (STEWARD, {RECORDING, ELSEWHERE, PEOPLE, CERTIFICATE}),
        (FACILITATOR, {RECORDING, PEOPLE, CERTIFICATE}),
        (AUDITOR, {CERTIFICATE}),
    ],
)
def test_each_role_reaches_its_keys_and_no_other(home: Path, person: str, reached: set[Scope]) -> None:
    """A key that is not reached is refused, which is not the same as gone."""
    machine, keystore = open_keystore(home), opened(home, person)
    assert keystore.opener.id == person
    for scope in EVERY:
        assert keystore.reaches(scope) is (scope in reached)
        if scope in reached:
            assert keystore.data_key(scope) == machine.data_key(scope)
        else:
            for ask in (keystore.data_key, keystore.has):
                with pytest.raises(KeysError) as caught:
                    ask(scope)
                assert not isinstance(caught.value, KeyGoneError)


def test_what_is_not_reached_is_not_in_memory(home: Path) -> None:
    """The limits are those of the keys, not of the questions asked."""
    key = open_keystore(home).data_key(ELSEWHERE)
    for person in (FACILITATOR, AUDITOR):
        ring = ring_of(opened(home, person))
        assert all(key not in one.section.keys.values() for one in ring.opened.values())
        assert workshop_part("lyon-2") not in ring.opened


def test_an_auditor_has_no_key_of_the_log(home: Path) -> None:
    """Nor may they open or destroy a key, not even of the compartment they read."""
    keystore = opened(home, AUDITOR)
    with pytest.raises(KeysError):
        keystore.log_key()
    with pytest.raises(PersonError):
        keystore.shred([CERTIFICATE])
    with pytest.raises(PersonError):
        keystore.ensure(Scope("lyon-2", 2, RecordClass.CERTIFICATE, 1))
    assert keystore.has(CERTIFICATE)


def test_a_facilitator_opens_and_destroys_keys_of_their_workshop(home: Path) -> None:
    """Every other opener that reaches it sees the change; the other workshop is untouched."""
    keystore, other = opened(home, FACILITATOR), open_keystore(home).data_key(ELSEWHERE)
    new = Scope("marseille-13", 4, RecordClass.RECORDING, 1)
    keystore.ensure(new)
    keystore.shred([RECORDING])
    for living in (open_keystore(home), opened(home, STEWARD)):
        assert living.data_key(new) == keystore.data_key(new)
        assert not living.has(RECORDING)
        assert living.data_key(ELSEWHERE) == other


def test_who_reaches_no_request_is_told_of_requests_and_not_of_a_workshop(home: Path) -> None:
    """``key opener allow`` gives nobody the requests: the refusal names a data steward, and so an auditor's."""
    with pytest.raises(KeysError, match="A request is opened under the passphrase of a data steward"):
        opened(home, FACILITATOR).data_key(Scope("-", 0, RecordClass.REQUEST, 1))
    with pytest.raises(KeysError, match="The passphrase of an auditor opens no workshop"):
        opened(home, AUDITOR).data_key(RECORDING)


def test_a_facilitator_touches_no_key_of_another_workshop(home: Path) -> None:
    """Neither an old one nor a new one, and nothing is half done."""
    keystore = opened(home, FACILITATOR)
    before = keystore.generation
    for forbidden in (
        lambda: keystore.shred([RECORDING, ELSEWHERE]),
        lambda: keystore.ensure(Scope("lyon-2", 2, RecordClass.RECORDING, 1)),
        lambda: keystore.ensure(Scope("nulle-part", 1, RecordClass.RECORDING, 1)),
        lambda: keystore.keys_of("lyon-2"),
    ):
        with pytest.raises(KeysError):
            forbidden()
    assert keystore.generation == before
    assert keystore.has(RECORDING)


def test_a_compartment_not_reached_is_handed_on_byte_for_byte(home: Path) -> None:
    """A facilitator who writes the file carries the sealed section and the wraps of the others."""
    before = ring_of(open_keystore(home)).compartments[workshop_part("lyon-2")]
    opened(home, FACILITATOR).ensure(Scope("marseille-13", 5, RecordClass.DRAFT, 1))
    after = ring_of(open_keystore(home)).compartments[workshop_part("lyon-2")]
    assert (after.section, after.wraps) == (before.section, before.wraps)


def test_a_new_workshop_is_reached_by_all_who_may(home: Path) -> None:
    """A compartment made by a facilitator is sealed to machine, steward and everyone it was given to."""
    open_keystore(home).allow(FACILITATOR, ["marseille-13", "nice-1"])
    first = Scope("nice-1", 1, RecordClass.RECORDING, 1)
    maker = opened(home, FACILITATOR)
    maker.ensure(first)
    assert maker.data_key(first) == open_keystore(home).data_key(first) == opened(home, STEWARD).data_key(first)
    assert not opened(home, AUDITOR).reaches(first)


def test_a_workshop_whose_code_is_the_name_of_a_compartment_is_a_workshop(tmp_path: Path) -> None:
    """``home`` and ``certificates`` are codes like others."""
    scopes = [Scope(code, 1, RecordClass.RECORDING, 1) for code in ("home", "certificates", "workshop")]
    keystore = new_keystore(tmp_path, *scopes)
    keystore.add_opener(FACILITATOR, Role.FACILITATOR, ["home"], PASSPHRASES[FACILITATOR])
    reader = opened(tmp_path, FACILITATOR)
    assert [reader.reaches(scope) for scope in scopes] == [True, False, False]
    assert len({compartment_of(scope) for scope in scopes} & {HOME_PART, CERTIFICATES}) == 0


def test_only_a_steward_or_the_machine_manages_openers(home: Path) -> None:
    """For the others every such change is refused."""
    for person in (FACILITATOR, AUDITOR):
        keystore = opened(home, person)
        for forbidden in (
            lambda k=keystore: k.add_opener("p-" + "9" * 32, Role.AUDITOR, None, "quatre vents du large"),
            lambda k=keystore: k.remove_opener(STEWARD),
            lambda k=keystore: k.allow(FACILITATOR, ["lyon-2"]),
            lambda k=keystore: k.rotate(),
            lambda k=keystore: k.set_recovery(["age1", "age2"]),
        ):
            with pytest.raises(PersonError):
                forbidden()
    opened(home, STEWARD).rotate()


def test_a_passphrase_somebody_has_is_refused_without_saying_whose(home: Path) -> None:
    """Neither added nor changed to; the message names nobody."""
    keystore = open_keystore(home)
    for passphrase in (PASSPHRASE, *PASSPHRASES.values()):
        for taken in (
            lambda p=passphrase: keystore.add_opener("p-" + "9" * 32, Role.AUDITOR, None, p),
            lambda p=passphrase: keystore.change_passphrase(p),
        ):
            with pytest.raises(KeysError) as caught:
                taken()
            assert not any(person in str(caught.value) for person in (MACHINE, *PASSPHRASES))


def test_a_person_has_one_passphrase(home: Path) -> None:
    """A second one is refused; an unknown person cannot be changed."""
    keystore = open_keystore(home)
    with pytest.raises(StateError):
        keystore.add_opener(STEWARD, Role.AUDITOR, None, "quatre vents du large")
    with pytest.raises(UnknownError):
        keystore.remove_opener("p-" + "9" * 32)
    with pytest.raises(StateError):
        keystore.allow(STEWARD, ["lyon-2"])


def test_a_removed_person_opens_nothing(home: Path) -> None:
    """Not with the new file, nor in a program still running; the others need nothing new."""
    living = opened(home, FACILITATOR)
    assert living.has(RECORDING)
    opened(home, STEWARD).remove_opener(FACILITATOR)
    with pytest.raises(WrongPassphraseError):
        opened(home, FACILITATOR)
    with pytest.raises(KeysError, match="withdrawn"):
        living.data_key(RECORDING)
    assert open_keystore(home).has(RECORDING)
    assert opened(home, AUDITOR).has(CERTIFICATE)


def test_a_removal_renews_what_the_person_could_reach(home: Path) -> None:
    """With the private key they kept and even the new slot, no compartment opens to them any more."""
    former = ring_of(opened(home, FACILITATOR))
    compartment_keys = {one.key for one in former.opened.values()}
    before = ring_of(open_keystore(home))
    opened(home, STEWARD).remove_opener(FACILITATOR)
    after = ring_of(open_keystore(home))
    assert all(one.key not in compartment_keys for one in after.opened.values())
    assert after.opened[workshop_part("lyon-2")].key == before.opened[workshop_part("lyon-2")].key
    for name, one in after.compartments.items():
        assert one.unseal(after.home_id, name, FACILITATOR, former.keys.private) is None
        assert FACILITATOR not in one.wraps


def test_workshops_taken_away_get_new_keys(home: Path) -> None:
    """A facilitator keeps the rest."""
    keystore = open_keystore(home)
    keystore.allow(FACILITATOR, ["lyon-2", "marseille-13"])
    reader = opened(home, FACILITATOR)
    assert reader.data_key(ELSEWHERE) == keystore.data_key(ELSEWHERE)
    known = ring_of(reader).opened[workshop_part("lyon-2")].key
    keystore.allow(FACILITATOR, ["marseille-13"])
    assert not reader.reaches(ELSEWHERE)
    assert ring_of(keystore).opened[workshop_part("lyon-2")].key != known
    assert reader.has(RECORDING)


def test_somebody_who_reaches_everything_is_always_left(home: Path) -> None:
    """The machine goes once a steward is there, and then the last steward stays; nobody removes themselves."""
    steward = opened(home, STEWARD)
    with pytest.raises(StateError):
        steward.remove_opener(STEWARD)
    steward.remove_opener(MACHINE)
    with pytest.raises(WrongPassphraseError):
        open_keystore(home)
    steward.add_opener("p-" + "4" * 32, Role.STEWARD, None, "quatre vents du large")
    open_keystore(home, "quatre vents du large").remove_opener(STEWARD)
    last = open_keystore(home, "quatre vents du large")
    with pytest.raises(StateError):
        last.remove_opener("p-" + "4" * 32)
    assert all(last.has(scope) for scope in EVERY)


def test_a_changed_passphrase_opens_the_same_keys(home: Path) -> None:
    """For each role; the old one opens nothing, and the program that changed it goes on."""
    for person in (STEWARD, FACILITATOR, AUDITOR):
        keystore = opened(home, person)
        public = keystore.opener.public
        keystore.change_passphrase(f"{PASSPHRASES[person]} encore")
        assert keystore.has(CERTIFICATE)
        assert keystore.opener.public != public
        with pytest.raises(WrongPassphraseError):
            opened(home, person)
        again = open_keystore(home, f"{PASSPHRASES[person]} encore")
        assert (again.opener, again.data_key(CERTIFICATE)) == (keystore.opener, keystore.data_key(CERTIFICATE))
    assert all(open_keystore(home).has(scope) for scope in EVERY)


TAKING: dict[str, Callable[[Keystore], None]] = {
    "shred": lambda keystore: keystore.shred([RECORDING]),
    "rotate": lambda keystore: keystore.rotate(),
    "passphrase": lambda keystore: keystore.change_passphrase("une phrase toute neuve"),
    "removal": lambda keystore: keystore.remove_opener(FACILITATOR),
    "workshops taken away": lambda keystore: keystore.allow(FACILITATOR, []),
}


@pytest.mark.parametrize("taking", TAKING)
def test_no_earlier_copy_opens_with_any_passphrase(home: Path, taking: str) -> None:
    """An old keystore beside the new slots is refused, and the secret it needs lies nowhere."""
    path = archive_of(home) / "keystore"
    slot = "slot-" + KeystoreFile.parse(path.read_bytes()).header.slot
    old, secret = path.read_bytes(), (slots_of(home) / slot).read_bytes()[32:64]
    TAKING[taking](open_keystore(home))
    assert all(secret not in file.read_bytes() for file in home.rglob("*") if file.is_file())
    path.write_bytes(old)
    for passphrase in (PASSPHRASE, "une phrase toute neuve", *PASSPHRASES.values()):
        with pytest.raises(DamagedError):
            open_keystore(home, passphrase)


@pytest.mark.parametrize("taking", [name for name in TAKING if name != "shred"])
def test_taking_away_killed_anywhere_loses_no_key(home: Path, tmp_path_factory: pytest.TempPathFactory, taking: str):  # type: ignore[no-untyped-def]
    """Before every call that changes the disk: the home opens, every key is there, one slot is empty."""
    number = 0
    while True:
        copy = tmp_path_factory.mktemp("killed") / "home"
        shutil.copytree(home, copy)
        keystore = open_keystore(copy)
        killed = killed_before(lambda: TAKING[taking](keystore), number)  # noqa: B023 (called at once)
        try:
            after = open_keystore(copy)
        except WrongPassphraseError:
            after = open_keystore(copy, "une phrase toute neuve")
        assert all(after.has(scope) for scope in EVERY)
        assert Keystore.check(archive_of(copy), file_slots(copy)) == []
        if not killed:
            break
        number += 1
    assert number > 10


# Somebody who holds slot and keystore, and no passphrase


@dataclass(frozen=True)
class Outside:
    """What the slot secret alone opens: the header, the body as it lies there."""

    header: Header
    secret: SlotSecret
    body: bytes


def outside(home: Path) -> Outside:
    file = KeystoreFile.parse((archive_of(home) / "keystore").read_bytes())
    secret = file_slots(home).read(file.header.slot)
    assert secret is not None
    body = file.unseal(derive_root(secret, file.header.nonce))
    assert body is not None
    return Outside(file.header, secret, body)


def test_the_slot_alone_shows_no_key(home: Path) -> None:
    """No data key, log key, compartment key or private key lies in what opens without a passphrase."""
    body, machine = outside(home).body, open_keystore(home)
    ring = ring_of(machine)
    secrets = [machine.data_key(scope) for scope in EVERY] + [one.key for one in ring.opened.values()]
    for secret in (*secrets, machine.log_key().private_bytes_raw(), ring.keys.private, ring.keys.mark):
        assert secret not in body
        assert secret.hex().encode() not in body


def _as_steward(ring: Keyring) -> Keyring:
    """The facilitator becomes a steward."""
    openers = tuple(
        replace(one, opener=replace(one.opener, role=Role.STEWARD, workshops=None))
        if one.opener.id == FACILITATOR
        else one
        for one in ring.openers
    )
    return replace(ring, openers=openers)


def _with_stranger(ring: Keyring) -> Keyring:
    """A steward nobody added, with a passphrase of the attacker's."""
    stranger = new_opener("p-" + "9" * 32, Role.STEWARD, None, bytes(range(32)))
    return replace(ring, openers=(*ring.openers, SealedOpener(stranger, ring.openers[0].sealed)))


def _with_empty_workshop(ring: Keyring) -> Keyring:
    """A compartment whose key the attacker drew, sealed to those who may reach it."""
    return replace(ring, opened={}, compartments={**ring.compartments, workshop_part("nice-1"): _forged(ring)})


def _forged(ring: Keyring) -> Compartment:
    name = workshop_part("nice-1")
    drawn = next(iter(ring.opened.values())).renewed()
    readers = {one.opener.id: one.opener.public for one in ring.openers if one.opener.reaches(name)}
    section = replace(drawn.section, keys={}, log_key=None, readers=readers)
    return Compartment.seal(ring.home_id, name, replace(drawn, section=section))


def _swapped(ring: Keyring) -> Keyring:
    """Two compartments in each other's place."""
    parts = dict(ring.compartments)
    one, other = workshop_part("lyon-2"), workshop_part("marseille-13")
    parts[one], parts[other] = parts[other], parts[one]
    return replace(ring, compartments=parts)


def _with_lower_epoch(ring: Keyring) -> Keyring:
    """An epoch counter set back."""
    return replace(ring, epochs={**ring.epochs, RECORDING.series(): 0})


FORGERIES = [_as_steward, _with_stranger, _with_empty_workshop, _swapped, _with_lower_epoch]


@pytest.mark.parametrize("forgery", FORGERIES)
def test_who_has_the_slot_and_no_passphrase_changes_nothing_unseen(home: Path, forgery) -> None:  # type: ignore[no-untyped-def]
    """A body rewritten with the right root and checksum is refused by everybody's passphrase."""
    found = outside(home)
    ring = ring_of(open_keystore(home))  # only its shape: the mark is made with a key the attacker has not
    forged = replace(forgery(ring), keys=replace(ring.keys, mark=bytes(32)))
    data = seal_generation(replace(found.header, generation=99, nonce=bytes(12)), found.secret, forged)
    (archive_of(home) / "keystore").write_bytes(data)
    for passphrase in (PASSPHRASE, *PASSPHRASES.values()):
        with pytest.raises(DamagedError, match="no passphrase of this home"):
            open_keystore(home, passphrase)


def test_an_opener_adds_no_reader_to_what_they_do_not_reach(home: Path) -> None:
    """A facilitator who rewrites the keystore by other means is found out by those who reach more."""
    found, ring = outside(home), ring_of(opened(home, FACILITATOR))
    data = seal_generation(replace(found.header, generation=99, nonce=bytes(12)), found.secret, _as_steward(ring))
    (archive_of(home) / "keystore").write_bytes(data)
    for passphrase in (PASSPHRASE, PASSPHRASES[STEWARD]):
        with pytest.raises(DamagedError):
            open_keystore(home, passphrase)


def test_a_body_of_an_older_generation_under_a_new_header_is_refused(home: Path) -> None:
    """The mark covers the header: a body is of one generation."""
    found = outside(home)
    header = replace(found.header, generation=99, nonce=bytes(12))
    file = KeystoreFile.seal(header, derive_root(found.secret, header.nonce), found.body)
    (archive_of(home) / "keystore").write_bytes(file.to_bytes())
    with pytest.raises(DamagedError):
        open_keystore(home)


def test_a_body_that_is_not_in_its_one_form_is_refused(home: Path) -> None:
    """Whatever the slot's holder writes there ends as damage, never as another error."""
    found = outside(home)
    for body in (b"", b"{}", bytes(32) + b"{}", bytes(32) + b"[]", found.body + b" ", bytes(32) + b'{"format":'):
        file = KeystoreFile.seal(found.header, derive_root(found.secret, found.header.nonce), body or b"\0")
        (archive_of(home) / "keystore").write_bytes(file.to_bytes())
        with pytest.raises(DamagedError):
            open_keystore(home)


# Values


def test_an_opener_has_the_workshops_of_its_role() -> None:
    """Anything else is no opener."""
    public = bytes(range(32))
    Opener(FACILITATOR, Role.FACILITATOR, ("a", "b"), public)
    for wrong in (
        (MACHINE, Role.STEWARD, None), (STEWARD, None, None), (STEWARD, Role.STEWARD, ("a",)),
        (AUDITOR, Role.AUDITOR, None), (AUDITOR, Role.AUDITOR, ("a",)), (FACILITATOR, Role.FACILITATOR, None),
        (FACILITATOR, Role.FACILITATOR, ("b", "a")), (FACILITATOR, Role.FACILITATOR, ("a", "a")),
        ("x", Role.AUDITOR, ()),
    ):  # fmt: skip
        with pytest.raises(ValueError, match="opener"):
            Opener(*wrong, public)
    with pytest.raises(HuisclosError):
        Opener(FACILITATOR, Role.FACILITATOR, ("pas un code",), public)


def test_keys_of_a_workshop_move_to_another_home_once(home: Path, tmp_path: Path) -> None:
    """They are adopted with their epochs, certificates too, and never over what is there."""
    source, target = open_keystore(home), new_keystore(tmp_path / "other")
    keys, epochs = source.keys_of("lyon-2"), source.epochs_of("lyon-2")
    assert keys.keys() == {ELSEWHERE.key_id(), CERTIFICATE.key_id()}
    target.adopt(keys, epochs)
    again = open_keystore(tmp_path / "other")
    assert again.data_key(ELSEWHERE) == source.data_key(ELSEWHERE)
    assert again.epochs_of("lyon-2") == epochs
    with pytest.raises(StateError):
        again.adopt(keys, epochs)
    with pytest.raises(ValueError, match="epoch"):
        again.adopt({"nice-1/1/draft/2": bytes(32)}, {"nice-1/1/draft": 1})


def test_the_log_s_key_is_replaced_by_who_manages_alone(home: Path) -> None:
    """Every opener that may commit has the new one, nobody the old one; doing it again changes nothing."""
    new = Ed25519PrivateKey.generate()
    with pytest.raises(PersonError):
        opened(home, FACILITATOR).replace_log_key(new)
    steward = opened(home, STEWARD)
    steward.replace_log_key(new)
    generation = steward.generation
    steward.replace_log_key(new)
    assert steward.generation == generation
    for living in (open_keystore(home), opened(home, FACILITATOR)):
        assert living.log_key().private_bytes_raw() == new.private_bytes_raw()


def ring_of(keystore: Keystore) -> Keyring:
    """What an open keystore holds in memory."""
    ring = vars(keystore)["_generations"].current().ring
    assert isinstance(ring, Keyring)
    return ring
