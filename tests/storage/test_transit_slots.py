"""Slots that Vault seals: what lies where, every fault named, and nothing of a destroyed secret left anywhere."""

import ipaddress
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from storage.keys.keystore import Costs, Keystore
from storage.keys.slots import SIZE, FileSlots
from storage.keys.transit import Transit
from storage.keys.transit_slots import TransitSlots
from tests.fakes.vault_transit import TOKEN, VaultTransit
from tests.storage.keystores import PASSPHRASE, RECORDING, VERBATIM, archive_of, file_slots, flipped, new_keystore
from tests.storage.slot_places import PREFIX, SlotPlace, slot_place
from vocabulary.errors import (
    DamagedError,
    DamagedSlotError,
    HuisclosError,
    KeysError,
    ResourceError,
    StateError,
    UsageError,
)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SlotPlace]:
    with slot_place("transit", tmp_path, monkeypatch) as found:
        yield found


@pytest.fixture
def vault(place: SlotPlace) -> VaultTransit:
    assert place.vault is not None
    return place.vault


@pytest.fixture
def slots(place: SlotPlace) -> TransitSlots:
    made = place.slots()
    assert isinstance(made, TransitSlots)
    made.create()
    return made


def test_the_secret_never_lies_on_this_disk(slots: TransitSlots, place: SlotPlace) -> None:
    """Neither raw nor in base64: the file holds what Vault sealed."""
    drawn = slots.fill("a")
    data = slots.path("a").read_bytes()
    assert drawn.secret not in data
    assert drawn.id in data
    assert b"vault:v1:" in data


def test_each_secret_has_a_key_of_its_own(slots: TransitSlots, vault: VaultTransit) -> None:
    """Made for it alone; it can be neither exported nor backed up in clear; it goes with the secret."""
    slots.fill("a")
    (first,) = vault.keys.values()
    assert first.name.startswith(f"{PREFIX}-")
    assert (first.exportable, first.allow_plaintext_backup, first.deletion_allowed) == (False, False, False)
    slots.fill("b")
    assert len(vault.keys) == 2
    slots.fill("a")
    assert len(vault.keys) == 2
    assert first.name not in vault.keys


def test_the_name_of_the_key_is_durable_before_the_key_is_made(slots: TransitSlots, vault: VaultTransit) -> None:
    """When Vault is asked to make a key, the slot file names it already."""
    named = []
    vault.before = lambda asked: named.append(asked.rsplit("/", 1)[1].encode() in slots.path("a").read_bytes())
    slots.fill("a")
    assert named == [True, True]


def test_after_a_destruction_old_files_open_nothing(tmp_path: Path, place: SlotPlace) -> None:
    """The old keystore, the old slot files and the passphrase together: the transit key is gone."""
    slots = place.slots(tmp_path / "home" / "slot")
    keystore = Keystore.create(archive_of(tmp_path / "home"), slots, PASSPHRASE, Costs.for_tests())
    keystore.ensure(RECORDING)
    keystore.ensure(VERBATIM)
    old = Path(shutil.copytree(tmp_path / "home", tmp_path / "old"))
    assert Keystore.open(archive_of(old), place.slots(old / "slot"), PASSPHRASE).has(RECORDING)
    keystore.shred([RECORDING])
    with pytest.raises(DamagedSlotError, match="is not in Vault"):
        Keystore.open(archive_of(old), place.slots(old / "slot"), PASSPHRASE)
    assert keystore.has(VERBATIM)


def _nothing(vault: VaultTransit) -> None:
    vault.stop()


def _sealed(vault: VaultTransit) -> None:
    vault.sealed = True


def _token(vault: VaultTransit) -> None:
    vault.token = "hvs.another"


def _mount(vault: VaultTransit) -> None:
    vault.mount = "elsewhere"


def _page(vault: VaultTransit) -> None:
    vault.answer = (200, b"<html>sign in first</html>")


def _not_found(vault: VaultTransit) -> None:
    vault.answer = (404, b"<html>not found</html>")


def _fault(vault: VaultTransit) -> None:
    vault.answer = (500, b"")


def _elsewhere(vault: VaultTransit) -> None:
    vault.location = "http://127.0.0.1:9"


FAULTS = {
    "no answer": (_nothing, ResourceError, "does not answer"),
    "sealed": (_sealed, ResourceError, "is sealed"),
    "wrong token": (_token, KeysError, "refuses the token"),
    "no engine": (_mount, UsageError, "no transit engine at transit"),
    "a page of a gateway": (_page, ResourceError, "does not know"),
    "a page that is not there": (_not_found, UsageError, "no transit engine"),
    "a fault of Vault": (_fault, ResourceError, "does not know"),
    "sent elsewhere": (_elsewhere, ResourceError, "does not know"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_every_fault_is_named_and_leaves_the_secret(slots: TransitSlots, vault: VaultTransit, name: str) -> None:
    """Reading, filling and erasing say what stands in the way; the slot in use and its key stay as they were."""
    fail, error, text = FAULTS[name]
    slots.fill("a")
    before, keys = slots.path("a").read_bytes(), sorted(vault.keys)
    fail(vault)
    for action in (slots.ready, lambda: slots.read("a"), lambda: slots.fill("b"), lambda: slots.erase("a")):
        with pytest.raises(error, match=text) as caught:
            action()
        assert TOKEN not in str(caught.value) + repr(caught.value.facts)
        assert caught.value.__cause__ is None
    assert slots.path("a").read_bytes() == before
    assert sorted(vault.keys) == keys


@pytest.mark.parametrize("denied", ["create", "encrypt", "config", "delete", "decrypt", "read"])
def test_a_policy_that_allows_too_little_is_named(slots: TransitSlots, vault: VaultTransit, denied: str) -> None:
    """Every right the token lacks is found when it is needed, and nothing is lost."""
    live = slots.fill("a")
    vault.denied.add(denied)
    with pytest.raises(KeysError, match="compare its policy"):
        slots.fill("b")
        assert slots.read("a") == live
        slots.erase("b")
    vault.denied.clear()
    slots.erase("b")
    assert slots.read("a") == live
    assert len(vault.keys) == 1


def test_a_key_that_stays_is_not_taken_for_destroyed(slots: TransitSlots, vault: VaultTransit) -> None:
    """After a deletion Vault is asked again; the slot goes on naming the key until it is gone."""
    drawn = slots.fill("a")
    vault.keeping = True
    with pytest.raises(ResourceError, match="still has the transit key"):
        slots.erase("a")
    assert slots.read("a") == drawn
    vault.keeping = False
    slots.erase("a")
    assert vault.keys == {}


def test_a_key_that_was_deleted_elsewhere_is_named(slots: TransitSlots, vault: VaultTransit) -> None:
    """A slot whose key is gone says which; one sealed by another key says so."""
    slots.fill("a")
    (name,) = vault.keys
    vault.keys[name].secret = bytes(32)
    with pytest.raises(DamagedSlotError, match="does not open the slot"):
        slots.read("a")
    vault.keys.clear()
    with pytest.raises(DamagedSlotError, match=f"{name} is not in Vault"):
        slots.read("a")


def test_what_another_slot_sealed_is_refused(slots: TransitSlots, place: SlotPlace, vault: VaultTransit) -> None:
    """The sealed secret carries the slot's id: it cannot stand under another's."""
    slots.fill("a")
    (name,) = vault.keys
    first = slots.path("a").read_bytes()
    slots.fill("b")
    other = next(key for key in vault.keys if key != name)
    vault.keys[other].secret = vault.keys[name].secret
    slots.path("b").write_bytes(slots.path("b").read_bytes()[:512] + first[512:])
    with pytest.raises(DamagedSlotError, match="damaged"):
        slots.read("b")


def test_without_a_token_it_says_how_to_get_one(slots: TransitSlots, monkeypatch: pytest.MonkeyPatch) -> None:
    """The token comes from the variable, or from the file that ``vault login`` leaves."""
    monkeypatch.delenv("VAULT_TOKEN")
    home = slots.folder.parent / "user"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    with pytest.raises(KeysError, match="vault login"):
        slots.ready()
    (home / ".vault-token").write_text(TOKEN + "\n")
    slots.ready()


@pytest.mark.parametrize(
    "url", ["", "vault", "http://vault.example:8200", "http://10.0.0.1", "ftp://vault", "https://me:pw@vault"]
)
def test_an_unsafe_address_is_refused(url: str) -> None:
    """Only https, or http to this machine, without a name and a password in it."""
    with pytest.raises(UsageError, match=r"slot\.url"):
        Transit(url)
    assert "pw" not in str(_refusal(url))


def _refusal(url: str) -> HuisclosError:
    with pytest.raises(UsageError) as caught:
        Transit(url)
    return caught.value


@pytest.mark.parametrize(
    "url", ["https://vault.example:8200", "http://localhost:8200", "http://127.0.0.1", "http://[::1]:8200"]
)
def test_a_safe_address_is_taken(url: str) -> None:
    """https anywhere, http to this machine."""
    assert Transit(url).url == url


@pytest.mark.parametrize("prefix", ["", "With Space", "../x", "a/b", "x" * 65])
def test_a_name_that_vault_would_not_take_is_refused(tmp_path: Path, prefix: str) -> None:
    """Names of keys stand in addresses: no separators in them."""
    with pytest.raises(UsageError, match=r"slot\.key"):
        TransitSlots(tmp_path, Transit("https://vault.example"), prefix)


def test_the_environment_sends_no_request_elsewhere(
    slots: TransitSlots, vault: VaultTransit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Proxies and another address of Vault in the environment count for nothing."""
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "VAULT_ADDR"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    before = len(vault.asked)
    slots.ready()
    assert len(vault.asked) > before


def test_a_certificate_must_be_trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One of a private authority is refused until the settings name its file."""
    monkeypatch.setenv("VAULT_TOKEN", TOKEN)
    _write_certificate(tmp_path / "both.pem", tmp_path / "ca.pem")
    with VaultTransit(certificate=tmp_path / "both.pem") as vault:
        with pytest.raises(ResourceError, match=r"slot\.ca_file"):
            Transit(vault.url).has("x")
        assert vault.asked == []
        assert not Transit(vault.url, ca_file=tmp_path / "ca.pem").has("x")
    with pytest.raises(UsageError, match="is not there"):
        Transit("https://vault.example", ca_file=tmp_path / "none.pem")


def _write_certificate(both: Path, public: Path) -> None:
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Canari")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(
        name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(1)
    )
    address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    text = builder.add_extension(address, critical=False).sign(key, hashes.SHA256())
    pem = text.public_bytes(serialization.Encoding.PEM)
    public.write_bytes(pem)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    both.write_bytes(private + pem)


def test_a_slot_that_lost_the_name_of_its_key_is_left_to_a_person(slots: TransitSlots, vault: VaultTransit) -> None:
    """It is not overwritten as if the key were destroyed: the key is still in Vault."""
    slots.fill("a")
    data = slots.path("a").read_bytes()
    slots.path("a").write_bytes(flipped(data, 60))
    for action in (slots.erase, slots.fill):
        with pytest.raises(DamagedSlotError, match="which transit key"):
            action("a")
    slots.path("a").write_bytes(bytes(512) + data[512:])
    with pytest.raises(DamagedSlotError, match="which transit key"):
        slots.erase("a")
    assert len(vault.keys) == 1


def test_keys_that_nothing_names_are_found(slots: TransitSlots, vault: VaultTransit) -> None:
    """Those of this home only: other homes and other programs have theirs."""
    slots.fill("a")
    slots.transit.create("huisclos-test-of-another-program")
    slots.transit.create(f"{PREFIX}-{'0' * 16}-{'1' * 32}")
    assert slots.unused_keys() == []
    slots.fill("b")
    stray = slots.path("b").read_bytes()
    slots.path("b").write_bytes(bytes(SIZE))
    assert len(slots.unused_keys()) == 1
    assert slots.unused_keys()[0].encode() in stray


def test_a_home_can_be_moved_from_files_to_vault(tmp_path: Path, place: SlotPlace, vault: VaultTransit) -> None:
    """A secret from before opens; the first destruction puts a sealed one in its place, and no file keeps any."""
    kept = new_keystore(tmp_path, RECORDING, VERBATIM).data_key(VERBATIM)
    slots = place.slots()
    assert isinstance(slots, TransitSlots)
    assert slots.lies_in_clear()
    keystore = Keystore.open(archive_of(tmp_path), slots, PASSPHRASE)
    keystore.shred([RECORDING])
    assert not slots.lies_in_clear()
    assert len(vault.keys) == 1
    assert Keystore.open(archive_of(tmp_path), slots, PASSPHRASE).data_key(VERBATIM) == kept
    assert Keystore.check(archive_of(tmp_path), slots) == []


def test_slots_that_vault_seals_are_not_called_damaged(slots: TransitSlots) -> None:
    """Settings that say ``file`` for a sealed slot are told apart from a damaged slot."""
    slots.fill("a")
    with pytest.raises(StateError, match="sealed by a key service"):
        FileSlots(slots.folder).read("a")


def test_a_copy_of_the_slots_of_another_home_does_not_open(tmp_path: Path, place: SlotPlace) -> None:
    """A keystore and the slots of another home in the same Vault do not belong together."""
    for name in ("one", "two"):
        Keystore.create(archive_of(tmp_path / name), place.slots(tmp_path / name), PASSPHRASE, Costs.for_tests())
    with pytest.raises(DamagedError, match="do not belong together"):
        Keystore.open(archive_of(tmp_path / "one"), place.slots(tmp_path / "two"), PASSPHRASE)


def test_file_slots_are_always_ready(tmp_path: Path) -> None:
    """Nothing stands in the way of a file."""
    slots = file_slots(tmp_path)
    slots.create()
    slots.ready()
    filled, found = slots.fill("a"), slots.read("a")
    assert found is not None
    assert found.secret == filled.secret
