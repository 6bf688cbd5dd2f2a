"""A keystore of format 1 is brought to format 2 by one rename, and opened as it is no more."""

import base64
import hashlib
import json
import shutil
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from storage.keys.keystore import Keystore, upgrade_format
from storage.keys.keystore_file import Costs, hkdf, stretch
from storage.keys.openers import MACHINE
from storage.keys.scope import Scope
from storage.keys.slots import SlotSecret
from tests.storage.keystores import (
    PASSPHRASE,
    RECORDING,
    VERBATIM,
    archive_of,
    file_slots,
    flipped,
    open_keystore,
    slots_of,
)
from tests.storage.killing import killed_before
from vocabulary.choices import RecordClass
from vocabulary.errors import DamagedError, StateError, WrongPassphraseError

PEOPLE = Scope("-", 0, RecordClass.PEOPLE, 1)
CERTIFICATE = Scope("marseille-13", 0, RecordClass.CERTIFICATE, 2)
KEYS = {scope.key_id(): bytes([number]) * 32 for number, scope in enumerate((RECORDING, VERBATIM, PEOPLE, CERTIFICATE))}
EPOCHS = {RECORDING.series(): 1, VERBATIM.series(): 3, PEOPLE.series(): 1, CERTIFICATE.series(): 2, "gone/1/draft": 4}
HOME, LOG_KEY = f"h-{'0' * 32}", bytes(range(32))


def make_former(home: Path) -> None:
    """A home as version 0.1.0 left it: the keystore written here by the page of that version alone."""
    archive_of(home).mkdir(parents=True)
    slots = file_slots(home)
    slots.create()
    secret = slots.fill("b")
    (archive_of(home) / "keystore").write_bytes(former_file(secret))


def former_file(secret: SlotSecret) -> bytes:
    salt, nonce = bytes(range(16)), bytes(range(12))
    head = (
        f"huisclos-keystore/1\nhome {HOME}\ngeneration 7\nslot b {secret.id.hex()}\n"
        f"argon2id 8 1 1 {salt.hex()}\nnonce {nonce.hex()}\n"
    ).encode()
    value = {
        "format": "huisclos-keys/1",
        "keys": {name: key.hex() for name, key in KEYS.items()},
        "epochs": EPOCHS,
        "log_key": LOG_KEY.hex(),
    }
    root = hkdf(secret.secret + stretch(PASSPHRASE, Costs.for_tests(), salt), b"huisclos/root/1")
    plain = json.dumps(value, sort_keys=True, separators=(",", ":")).encode()
    content = head + b"body " + base64.b64encode(AESGCM(root).encrypt(nonce, plain, head)) + b"\n"
    return content + b"sha256 " + hashlib.sha256(content).hexdigest().encode() + b"\n"


def check_upgraded(home: Path) -> None:
    keystore = open_keystore(home)
    assert (keystore.opener.id, keystore.generation, keystore.home_id) == (MACHINE, 8, HOME)
    assert keystore.keys_of("marseille-13") | keystore.keys_of("gone") | {
        PEOPLE.key_id(): keystore.data_key(PEOPLE)
    } == KEYS  # fmt: skip
    assert keystore.epochs_of("marseille-13") | keystore.epochs_of("gone") | keystore.epochs_of("-") == EPOCHS
    assert keystore.log_key().private_bytes_raw() == LOG_KEY
    assert Keystore.check(archive_of(home), file_slots(home)) == []
    assert [path.name for path in archive_of(home).iterdir()] == ["keystore"]


def test_every_key_and_epoch_comes_along(tmp_path: Path) -> None:
    """The one passphrase becomes the machine's; a second time there is nothing to do."""
    make_former(tmp_path)
    assert upgrade_format(archive_of(tmp_path), file_slots(tmp_path), PASSPHRASE)
    check_upgraded(tmp_path)
    assert not upgrade_format(archive_of(tmp_path), file_slots(tmp_path), PASSPHRASE)
    check_upgraded(tmp_path)


def test_an_upgrade_killed_anywhere_was_made_or_never_was(tmp_path: Path) -> None:
    """Before the rename the old keystore stands, after it the new one; again ends it."""
    make_former(tmp_path / "home")
    number, seen = 0, []
    while True:
        home = tmp_path / str(number)
        shutil.copytree(tmp_path / "home", home)
        killed = killed_before(lambda: upgrade_format(archive_of(home), file_slots(home), PASSPHRASE), number)  # noqa: B023
        seen.append(not upgrade_format(archive_of(home), file_slots(home), PASSPHRASE))
        check_upgraded(home)
        if not killed:
            break
        number += 1
    assert seen == sorted(seen)
    assert set(seen) == {True, False}


def test_what_an_interrupted_destruction_left_is_finished_first(tmp_path: Path) -> None:
    """A secret in the spare slot, and a keystore beside the keystore."""
    make_former(tmp_path)
    file_slots(tmp_path).fill("a")
    (archive_of(tmp_path) / "keystore.new").write_bytes(b"huisclos-keystore/1\n")
    assert upgrade_format(archive_of(tmp_path), file_slots(tmp_path), PASSPHRASE)
    check_upgraded(tmp_path)
    assert not any((slots_of(tmp_path) / "slot-a").read_bytes())


def test_it_opens_by_upgrade_alone(tmp_path: Path) -> None:
    """Opening says what to type; a wrong passphrase and a flipped byte change nothing."""
    make_former(tmp_path)
    path = archive_of(tmp_path) / "keystore"
    data = path.read_bytes()
    with pytest.raises(StateError, match="huisclos upgrade"):
        open_keystore(tmp_path)
    with pytest.raises(WrongPassphraseError):
        upgrade_format(archive_of(tmp_path), file_slots(tmp_path), "une autre")
    assert path.read_bytes() == data
    for at in (0, 25, 90, 150, 300, len(data) - 2):
        path.write_bytes(flipped(data, at))
        with pytest.raises((DamagedError, StateError)):
            upgrade_format(archive_of(tmp_path), file_slots(tmp_path), PASSPHRASE)
            open_keystore(tmp_path)
