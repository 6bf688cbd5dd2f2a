"""A HashiCorp Vault on loopback, with nothing in it but a transit engine that keeps the real wire format.

Statuses and bodies are those of Vault's HTTP API: 204 or a body with ``data``; 404 with an empty list of errors for
a key that is not there, and with a reason where no engine is mounted; 400 for what an engine refuses; 403 for a token;
503 when sealed. Keys are deleted for good, and only where their configuration allows it.
"""

import base64
import json
import secrets
import ssl
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

TOKEN = "hvs.invented-for-tests"


@dataclass
class Key:
    """A transit key, and the configuration it was made with."""

    name: str
    exportable: bool
    allow_plaintext_backup: bool
    deletion_allowed: bool = False
    secret: bytes = field(default_factory=lambda: secrets.token_bytes(32))


@dataclass
class VaultTransit:
    """``keys`` is what it holds, ``asked`` every request so far; the other attributes make it fail."""

    mount: str = "transit"
    keys: dict[str, Key] = field(default_factory=dict)
    _turn: threading.Lock = field(default_factory=threading.Lock, repr=False)
    asked: list[str] = field(default_factory=list)
    sealed: bool = False
    token: str = TOKEN
    denied: set[str] = field(default_factory=set)
    """Operations the token's policy does not allow: create, read, config, delete, encrypt, decrypt, list."""
    keeping: bool = False
    """Answer deletions as if done, and keep the keys."""
    answer: tuple[int, bytes] | None = None
    """What to answer to everything, as a machine would that is no Vault."""
    location: str | None = None
    """Where to redirect everything."""
    certificate: Path | None = None
    before: Callable[[str], None] = lambda asked: None

    def __enter__(self) -> "VaultTransit":
        vault = self

        class Handler(_Handler):
            pass

        Handler.vault = vault
        self._server = _Server(("127.0.0.1", 0), Handler)
        if self.certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(self.certificate)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Go away: from now on connections are refused."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def url(self) -> str:
        scheme = "http" if self.certificate is None else "https"
        return f"{scheme}://127.0.0.1:{self._server.server_address[1]}"

    def perform(self, method: str, path: str, body: dict[str, Any]) -> tuple[int, dict[str, Any] | None]:
        """The status and the body of an answer; one request at a time, as a key of Vault is locked while it is used."""
        with self._turn:
            return self._answer(method, path, body)

    def _answer(self, method: str, path: str, body: dict[str, Any]) -> tuple[int, dict[str, Any] | None]:
        mounted = f"/v1/{self.mount}/"
        if not path.startswith(mounted):
            reason = f'no handler for route "{path.removeprefix("/v1/")}". route entry not found.'
            return 404, {"errors": [reason]}
        match method, path.removeprefix(mounted).split("/"):
            case "LIST", ["keys"]:
                return self._list()
            case "POST", ["keys", name]:
                return self._create(name, body)
            case "GET", ["keys", name]:
                return self._read(name)
            case "POST", ["keys", name, "config"]:
                return self._configure(name, body)
            case "DELETE", ["keys", name]:
                return self._delete(name)
            case "POST", ["encrypt", name]:
                return self._encrypt(name, body)
            case "POST", ["decrypt", name]:
                return self._decrypt(name, body)
        return 405, {"errors": ["unsupported operation"]}

    def _list(self) -> tuple[int, dict[str, Any] | None]:
        return (200, {"data": {"keys": sorted(self.keys)}}) if self.keys else (404, {"errors": []})

    def _create(self, name: str, body: dict[str, Any]) -> tuple[int, dict[str, Any] | None]:
        if body.get("type") not in {None, "aes256-gcm96"}:
            return 400, {"errors": [f"unknown key type {body['type']}"]}
        made = Key(name, bool(body.get("exportable")), bool(body.get("allow_plaintext_backup")))
        return 200, {"data": self._shown(self.keys.setdefault(name, made))}

    def _read(self, name: str) -> tuple[int, dict[str, Any] | None]:
        return (200, {"data": self._shown(self.keys[name])}) if name in self.keys else (404, {"errors": []})

    def _configure(self, name: str, body: dict[str, Any]) -> tuple[int, dict[str, Any] | None]:
        if name not in self.keys:
            return 400, {"errors": [f"no existing key named {name} could be found"]}
        self.keys[name].deletion_allowed = bool(body.get("deletion_allowed", self.keys[name].deletion_allowed))
        return 200, {"data": self._shown(self.keys[name])}

    def _delete(self, name: str) -> tuple[int, dict[str, Any] | None]:
        if name not in self.keys:
            return 400, {"errors": [_occurred(f"error deleting key {name}: could not delete key; not found")]}
        if not self.keys[name].deletion_allowed:
            return 400, {"errors": [_occurred(f"error deleting key {name}: deletion is not allowed for this key")]}
        if not self.keeping:
            del self.keys[name]
        return 204, None

    def _encrypt(self, name: str, body: dict[str, Any]) -> tuple[int, dict[str, Any] | None]:
        key = self.keys.setdefault(name, Key(name, exportable=False, allow_plaintext_backup=False))
        nonce = secrets.token_bytes(12)
        sealed = nonce + AESGCM(key.secret).encrypt(nonce, base64.b64decode(body["plaintext"]), None)
        return 200, {"data": {"ciphertext": "vault:v1:" + base64.b64encode(sealed).decode(), "key_version": 1}}

    def _decrypt(self, name: str, body: dict[str, Any]) -> tuple[int, dict[str, Any] | None]:
        if name not in self.keys:
            return 400, {"errors": ["encryption key not found"]}
        ciphertext = body["ciphertext"]
        if not ciphertext.startswith("vault:v1:"):
            return 400, {"errors": ["invalid ciphertext: no prefix"]}
        try:
            sealed = base64.b64decode(ciphertext.removeprefix("vault:v1:"), validate=True)
            plain = AESGCM(self.keys[name].secret).decrypt(sealed[:12], sealed[12:], None)
        except (ValueError, InvalidTag):
            return 400, {"errors": ["cipher: message authentication failed"]}
        return 200, {"data": {"plaintext": base64.b64encode(plain).decode()}}

    @staticmethod
    def _shown(key: Key) -> dict[str, Any]:
        return {
            "name": key.name, "type": "aes256-gcm96", "deletion_allowed": key.deletion_allowed, "derived": False,
            "exportable": key.exportable, "allow_plaintext_backup": key.allow_plaintext_backup, "latest_version": 1,
            "min_decryption_version": 1, "min_encryption_version": 0, "keys": {"1": 1_700_000_000},
            "supports_encryption": True, "supports_decryption": True, "supports_signing": False,
        }  # fmt: skip


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that was killed, or does not trust the certificate, is no fault of the server."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    """An answer goes out in one piece, so that a client reads it in as many calls each time."""
    vault: VaultTransit

    def answer(self) -> None:
        vault = self.vault
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        asked = f"{self.command} {self.path}"
        vault.before(asked)
        vault.asked.append(asked)
        if vault.location is not None:
            self.send_response(307)
            self.send_header("Location", vault.location + self.path)
            self.send_header("Content-Length", "0")
            self.end_headers()
        elif vault.answer is not None:
            self._send(vault.answer[0], vault.answer[1], "text/html")
        else:
            status, body = self._judged(raw)
            self._send(status, b"" if body is None else json.dumps(_envelope(body)).encode(), "application/json")

    do_GET = do_POST = do_DELETE = do_LIST = answer  # noqa: N815 (the names http.server calls)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def _judged(self, raw: bytes) -> tuple[int, dict[str, Any] | None]:
        vault = self.vault
        if vault.sealed:
            return 503, {"errors": ["Vault is sealed"]}
        denied = self._operation() in vault.denied
        if self.headers.get("X-Vault-Token") != vault.token or self.headers.get("X-Vault-Request") != "true" or denied:
            return 403, {"errors": [_occurred("permission denied")]}
        return vault.perform(self.command, self.path, json.loads(raw) if raw else {})

    def _operation(self) -> str:
        parts = self.path.split("/")[3:]
        if parts[0] in {"encrypt", "decrypt"}:
            return parts[0]
        if parts[-1] == "config":
            return "config"
        return {"GET": "read", "POST": "create", "DELETE": "delete", "LIST": "list"}[self.command]

    def _send(self, status: int, body: bytes, kind: str) -> None:
        self.send_response(status)
        if body:
            self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _envelope(body: dict[str, Any]) -> dict[str, Any]:
    if "errors" in body:
        return body
    rest = {"request_id": "", "lease_id": "", "renewable": False, "lease_duration": 0, "wrap_info": None}
    return {**rest, "warnings": None, "auth": None, **body}


def _occurred(reason: str) -> str:
    return f"1 error occurred:\n\t* {reason}\n\n"
