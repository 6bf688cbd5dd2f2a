"""One transit engine of a HashiCorp Vault: keys that are made, used and destroyed there, and never leave it.

Rules kept here:
- only the address of the settings is asked: no proxy of the environment, no redirection, no certificate
  unchecked, no plain http but to this machine;
- the token comes from VAULT_TOKEN or ~/.vault-token when it is needed, and is kept nowhere;
- a key counts as gone only when Vault itself says so: an answer of anything else is a fault, never an absence;
- every fault says what to do; no message holds the token, a secret or what Vault wrote.

Sources: https://developer.hashicorp.com/vault/api-docs/secret/transit (keys, config, encrypt, decrypt; the
statuses 400, 403, 404, 503), hvac 2.4.
"""

import base64
import binascii
import contextlib
import ipaddress
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from vocabulary.errors import DamagedSlotError, HuisclosError, KeysError, ResourceError, UsageError
from vocabulary.messages import N_

KEY_TYPE = "aes256-gcm96"
SECONDS = 10.0
"""How long an answer is waited for."""

_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,62}[A-Za-z0-9])?")
_SILENT = N_("Vault at {url} does not answer. See that it runs and that this machine reaches it, then run the same "
             "command again: what was begun is finished then.")  # fmt: skip
_UNTRUSTED = N_("The certificate of Vault at {url} is not trusted by this machine. Name the file of the authority that "
                "vouches for it: slot.ca_file in huisclos.toml.")  # fmt: skip
_SEALED = N_("Vault at {url} is sealed, or under maintenance. Have it unsealed, then run the same command again: what "
             "was begun is finished then.")  # fmt: skip
_REFUSED = N_("Vault at {url} refuses the token, or what it was asked for ({path}). Renew the token (VAULT_TOKEN, or "
              "vault login), and compare its policy with docs/reference/transit.md.")  # fmt: skip
_NO_TOKEN = N_("There is no token for Vault at {url}. Set VAULT_TOKEN, or type: vault login")
_NO_ENGINE = N_("Vault at {url} has no transit engine at {mount}. Enable one there, or correct slot.mount in "
                "huisclos.toml.")  # fmt: skip
_ODD = N_("Vault at {url} answered in a way that huisclos does not know (status {status}). See that slot.url is the "
          "address of a Vault, and of its active node; then look into the log of Vault.")  # fmt: skip
_LOST = N_("The transit key {key} is not in Vault at {url}, so the slot it sealed cannot be opened. Restore Vault from "
           "a backup, if the key was not destroyed on purpose.")  # fmt: skip
_FOREIGN = N_("The transit key {key} in Vault at {url} does not open the slot it sealed: the slot was changed, or "
              "Vault is another one. Correct slot.url, or restore the slot files.")  # fmt: skip
_STAYS = N_("Vault at {url} still has the transit key {key} after its destruction. Look into the log of Vault, then "
            "run the same command again.")  # fmt: skip


@dataclass(frozen=True)
class Transit:
    """A transit engine: the ``url`` of its Vault, where it is mounted, and the file of a private authority.

    UsageError for an address that is not https, or not http to this machine.
    """

    url: str
    mount: str = "transit"
    ca_file: Path | None = None

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        if not parts.hostname or parts.scheme not in {"http", "https"} or parts.username or parts.query:
            message = N_("slot.url is not the address of a Vault ({found}). It looks like https://vault.example:8200")
            raise UsageError(message, place="slot.url", found=parts.hostname or parts.scheme or "-")
        if parts.scheme == "http" and not _is_here(parts.hostname):
            message = N_("slot.url is plain http to another machine ({host}): the slot secret would travel in clear. "
                         "Use https.")  # fmt: skip
            raise UsageError(message, place="slot.url", host=parts.hostname)
        if not all(_NAME.fullmatch(part) for part in self.mount.split("/")):
            raise UsageError(N_("slot.mount is not the path of an engine of Vault."), place="slot.mount")
        if self.ca_file is not None and not self.ca_file.is_file():
            message = N_("The file {path} that slot.ca_file names is not there.")
            raise UsageError(message, place="slot.ca_file", path=self.ca_file)

    def create(self, key: str) -> None:
        """Make a key that can neither be exported nor backed up in clear."""
        with self._engine(key) as engine:
            self._check(
                engine.create_key(
                    key, exportable=False, allow_plaintext_backup=False, key_type=KEY_TYPE, mount_point=self.mount
                )
            )

    def seal(self, key: str, plain: bytes) -> str:
        """The ciphertext of ``plain`` under a key, as Vault writes it."""
        with self._engine(key) as engine:
            text = base64.b64encode(plain).decode()
            return self._datum(engine.encrypt_data(key, text, mount_point=self.mount), "ciphertext")

    def open(self, key: str, ciphertext: str) -> bytes:
        """What was sealed under a key; DamagedSlotError if the key is not there or is another one."""
        from hvac.exceptions import InvalidRequest

        try:
            with self._engine(key, passing=InvalidRequest) as engine:
                text = self._datum(engine.decrypt_data(key, ciphertext, mount_point=self.mount), "plaintext")
        except InvalidRequest:
            message = _FOREIGN if self.has(key) else _LOST
            raise DamagedSlotError(message, place=key, key=key, url=self.url) from None
        try:
            return base64.b64decode(text, validate=True)
        except binascii.Error:
            raise ResourceError(_ODD, url=self.url, status=200) from None

    def has(self, key: str) -> bool:
        """Whether there is such a key; Vault's own word for it, or an error."""
        with self._engine(key) as engine:
            return self._has(engine, key)

    def destroy(self, key: str) -> None:
        """Destroy a key for good, and see that it is gone. Safe to repeat."""
        with self._engine(key) as engine:
            if not self._has(engine, key):
                return
            self._check(engine.update_key_configuration(key, deletion_allowed=True, mount_point=self.mount))
            self._check(engine.delete_key(key, mount_point=self.mount))
            if self._has(engine, key):
                raise ResourceError(_STAYS, place=key, key=key, url=self.url)

    def names(self) -> list[str]:
        """The names of all keys of the engine, whoever made them; the token must be allowed to list them."""
        from hvac.exceptions import InvalidPath

        with self._engine("") as engine:
            try:
                answer = engine.list_keys(mount_point=self.mount)
            except InvalidPath as error:
                if not _says_absent(error):
                    raise
                return []
            names = answer["data"]["keys"] if isinstance(answer, dict) else None
            if not isinstance(names, list):
                raise ResourceError(_ODD, url=self.url, status=_status(answer))
            return [str(name) for name in names]

    def _has(self, engine: Any, key: str) -> bool:
        from hvac.exceptions import InvalidPath

        try:
            answer = engine.read_key(key, mount_point=self.mount)
        except InvalidPath as error:
            if not _says_absent(error):
                raise
            return False
        self._datum(answer, "name")
        return True

    @contextlib.contextmanager
    def _engine(self, key: str, passing: type[Exception] | None = None) -> Iterator[Any]:
        """The engine, its faults turned into errors a person can act on; ``passing`` goes through as it is."""
        import hvac
        from hvac.exceptions import VaultError
        from requests.exceptions import RequestException, SSLError

        token = _token()
        if not token:
            raise KeysError(_NO_TOKEN, url=self.url)
        client = hvac.Client(
            url=self.url, token=token, verify=str(self.ca_file) if self.ca_file else True, timeout=SECONDS,
            allow_redirects=False, namespace=os.environ.get("VAULT_NAMESPACE"),
        )  # fmt: skip
        client.session.trust_env = False
        try:
            yield client.secrets.transit
        except SSLError:
            raise ResourceError(_UNTRUSTED, url=self.url) from None
        except RequestException:
            raise ResourceError(_SILENT, url=self.url) from None
        except VaultError as error:
            if passing is not None and isinstance(error, passing):
                raise
            raise self._refusal(error, key) from None
        finally:
            client.session.close()

    def _refusal(self, error: Exception, key: str) -> HuisclosError:
        from hvac import exceptions

        path = f"{self.mount}/keys/{key}"
        if isinstance(error, exceptions.Forbidden | exceptions.Unauthorized):
            return KeysError(_REFUSED, url=self.url, path=path)
        if isinstance(error, exceptions.VaultDown):
            return ResourceError(_SEALED, url=self.url)
        if isinstance(error, exceptions.InvalidPath):
            return UsageError(_NO_ENGINE, place="slot.mount", url=self.url, mount=self.mount)
        status = {
            exceptions.InvalidRequest: 400, exceptions.RateLimitExceeded: 429, exceptions.InternalServerError: 500,
            exceptions.VaultNotInitialized: 501, exceptions.BadGateway: 502,
        }.get(type(error), "?")  # fmt: skip
        return ResourceError(_ODD, url=self.url, status=status)

    def _check(self, answer: object) -> None:
        """ResourceError unless Vault did what it was asked."""
        if _status(answer) not in {200, 204}:
            raise ResourceError(_ODD, url=self.url, status=_status(answer))

    def _datum(self, answer: Any, name: str) -> str:
        """One text of an answer."""
        data = answer.get("data") if isinstance(answer, dict) else None
        value = data.get(name) if isinstance(data, dict) else None
        if not isinstance(value, str):
            raise ResourceError(_ODD, url=self.url, status=_status(answer))
        return value


def _status(answer: object) -> int:
    """The status of an answer: hvac gives the body of one with content, and a response otherwise."""
    return int(getattr(answer, "status_code", 200))


def _says_absent(error: Any) -> bool:
    """Whether a 404 is Vault's word that there is no such key: without a reason, which a missing engine has."""
    return isinstance(error.json, dict) and error.json.get("errors") == []


def _token() -> str:
    """The token of the environment, or the one that ``vault login`` left."""
    given = os.environ.get("VAULT_TOKEN", "").strip()
    if given:
        return given
    try:
        return (Path.home() / ".vault-token").read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError, RuntimeError):
        return ""


def _is_here(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
