"""Bytes sealed to a public key: who holds the private half opens them, and nobody needs to be asked to seal.

Rules kept here:
- every envelope has an ephemeral key of its own, so its AES-GCM key seals once and its nonce may be zero;
- the key is bound to both public keys and to ``bound``, lines that say what is sealed for whom: an envelope
  moved to another place does not open;
- an envelope does not say who sealed it: what must not be forged is authenticated besides (storage/keys/keyring.py).

Sources: X25519, RFC 7748; HKDF, RFC 5869; AES-GCM, NIST SP 800-38D; the construction is that of ECIES with the
key schedule of RFC 9180 cut down to one suite.
"""

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

LABEL = b"huisclos/envelope/1\n"
PUBLIC_SIZE, TAG_SIZE = 32, 16
OVERHEAD = PUBLIC_SIZE + TAG_SIZE

_NONCE = bytes(12)


def draw_private() -> bytes:
    """A new X25519 private key, 32 bytes."""
    return X25519PrivateKey.generate().private_bytes_raw()


def public_of(private: bytes) -> bytes:
    """The 32-byte public half of a private key."""
    return X25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()


def seal_to(public: bytes, plain: bytes, bound: bytes, *, ephemeral: bytes | None = None) -> bytes:
    """Seal ``plain`` to a public key: ephemeral public key (32), ciphertext, tag (16).

    ``ephemeral`` is a private key for test vectors; it must never seal twice.
    """
    drawn = ephemeral or draw_private()
    shared = X25519PrivateKey.from_private_bytes(drawn).exchange(X25519PublicKey.from_public_bytes(public))
    own = public_of(drawn)
    return own + AESGCM(_key(shared, own + public, bound)).encrypt(_NONCE, plain, bound)


def unseal(private: bytes, sealed: bytes, bound: bytes) -> bytes | None:
    """What an envelope holds; None if it was not sealed to this key, or for another place."""
    if len(sealed) < OVERHEAD:
        return None
    theirs, ciphertext = sealed[:PUBLIC_SIZE], sealed[PUBLIC_SIZE:]
    own = X25519PrivateKey.from_private_bytes(private)
    try:
        shared = own.exchange(X25519PublicKey.from_public_bytes(theirs))
        return AESGCM(_key(shared, theirs + public_of(private), bound)).decrypt(_NONCE, ciphertext, bound)
    except (InvalidTag, ValueError):  # ValueError: a point of low order
        return None


def _key(shared: bytes, publics: bytes, bound: bytes) -> bytes:
    return HKDF(SHA256(), 32, publics, LABEL + bound).derive(shared)
