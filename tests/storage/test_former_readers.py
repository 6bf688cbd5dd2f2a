"""Who once read a compartment, and kept its key: with every later copy of keystore and slots it opens no more."""

from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pyrage import x25519

from storage.keys.compartments import Compartment
from storage.keys.keystore import Costs, Keystore
from storage.keys.openers import NONCE_SIZE
from storage.keys.slots import FileSlots
from tests.storage.new_archives import PASSPHRASE

OTHER = "nine grey geese under the bridge"


def recipients() -> list[str]:
    return [str(x25519.Identity.generate().to_public()) for _ in range(2)]


def ring(keystore: Keystore):  # type: ignore[no-untyped-def]
    return keystore._generations.current().ring


def opens(home_id: str, name: str, compartment: Compartment, key: bytes) -> bool:
    nonce, ciphertext = compartment.section[:NONCE_SIZE], compartment.section[NONCE_SIZE:]
    bound = f"huisclos-section/1\n{home_id}\n{name}\n".encode()
    try:
        AESGCM(key).decrypt(nonce, ciphertext, bound)
    except InvalidTag:
        return False
    return True


@pytest.mark.parametrize(
    "change", [lambda keystore: keystore.change_passphrase(OTHER), lambda keystore: keystore.set_recovery(recipients())]
)
def test_a_key_of_a_compartment_ends_with_the_passphrase_or_the_recipients(
    tmp_path: Path, change: Callable[[Keystore], None]
) -> None:
    """What an earlier passphrase, or earlier recipients, gave opens no section that is written afterwards."""
    keystore = Keystore.create(tmp_path / "archive", FileSlots(tmp_path / "slot"), PASSPHRASE, Costs.for_tests())
    keystore.set_recovery(recipients())
    before = ring(keystore)
    kept = {name: one.key for name, one in before.opened.items()}
    assert all(opens(keystore.home_id, name, before.compartments[name], key) for name, key in kept.items())
    change(keystore)
    after = ring(keystore).compartments
    assert kept.keys() == after.keys()
    assert not any(opens(keystore.home_id, name, after[name], key) for name, key in kept.items())


def test_a_recovered_keystore_has_new_keys_for_its_compartments(tmp_path: Path) -> None:
    """Whoever has the lost machine, and opens it one day, opens nothing of the home that replaced it."""
    identities = [x25519.Identity.generate() for _ in range(2)]
    lost = Keystore.create(tmp_path / "archive", FileSlots(tmp_path / "slot"), PASSPHRASE, Costs.for_tests())
    lost.set_recovery([str(one.to_public()) for one in identities])
    kept = {name: one.key for name, one in ring(lost).opened.items()}
    copy, recovery = lost.copy(), lost.recovery_file()
    assert recovery is not None
    made = Keystore.recover(
        tmp_path / "new", copy.keystore, recovery, [str(one) for one in identities], FileSlots(tmp_path / "new-slot"),
        OTHER,
    )  # fmt: skip
    after = ring(made).compartments
    assert not any(opens(made.home_id, name, after[name], key) for name, key in kept.items())
