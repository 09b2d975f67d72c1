"""Encryption of single values and keyed hashes. Pure functions over bytes; which key is whose is told elsewhere."""

import hmac
import os
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.keywrap import (
    InvalidUnwrap,
    aes_key_unwrap,
    aes_key_wrap,
)

KEY_BYTES = 32
NONCE_BYTES = 12
DIGEST_BYTES = 16
MAX_VERSION = 0xFFFF


class Unreadable(Exception):
    """A ciphertext that this key cannot open: another key, another place, or damaged."""


def new_key() -> bytes:
    return os.urandom(KEY_BYTES)


def wrap(key: bytes, *, master: bytes) -> bytes:
    """The data key under the master key, by AES-KW (RFC 3394), 40 bytes."""
    return aes_key_wrap(master, key)


def unwrap(wrapped: bytes, *, masters: list[bytes]) -> bytes:
    """The data key, opened by the first master key that fits. Raises Unreadable where none does."""
    for master in masters:
        try:
            return aes_key_unwrap(master, wrapped)
        except InvalidUnwrap:
            continue
    raise Unreadable("no master key opens this data key")


def encrypt(plaintext: bytes, *, key: bytes, version: int, context: bytes) -> bytes:
    """AES-256-GCM: version (2 bytes, big-endian) ‖ nonce (12) ‖ ciphertext and tag.

    `context` is authenticated but not stored: the value opens only where it was written.
    """
    return Sealer(key=key, version=version, context=context)(plaintext)


class Sealer:
    """`encrypt` for many values of one key and context: the key is set up once."""

    def __init__(self, *, key: bytes, version: int, context: bytes):
        self._cipher, self._version, self._context = AESGCM(key), version.to_bytes(2, "big"), context

    def __call__(self, plaintext: bytes) -> bytes:
        nonce = os.urandom(NONCE_BYTES)
        return self._version + nonce + self._cipher.encrypt(nonce, plaintext, self._context)


class Opener:
    """`decrypt` for many values of one key and context."""

    def __init__(self, *, key: bytes, context: bytes):
        self._cipher, self._context = AESGCM(key), context

    def __call__(self, ciphertext: bytes) -> bytes:
        nonce, sealed = ciphertext[2 : 2 + NONCE_BYTES], ciphertext[2 + NONCE_BYTES :]
        try:
            return self._cipher.decrypt(nonce, sealed, self._context)
        except (InvalidTag, ValueError) as problem:
            raise Unreadable("the ciphertext does not open with this key in this place") from problem


def version_of(ciphertext: bytes) -> int:
    return int.from_bytes(ciphertext[:2], "big")


def decrypt(ciphertext: bytes, *, key: bytes, context: bytes) -> bytes:
    """The plaintext. Raises Unreadable for another key, another context or changed bytes."""
    return Opener(key=key, context=context)(ciphertext)


def blind_index(value: str, *, key: bytes, purpose: str) -> bytes:
    """A keyed hash of 16 bytes: equal values of one purpose are equal, and nothing else can be read from it."""
    message = purpose.encode() + b"\0" + value.encode("utf-8", "surrogatepass")
    return hmac.digest(key, message, sha256)[:DIGEST_BYTES]


def seal(message: bytes, *, key: bytes, purpose: str) -> bytes:
    """HMAC-SHA256 of the message, 32 bytes, under a key of its own for each purpose.

    The purpose's key is the first block of HKDF-Expand (RFC 5869) over `key`, so no seal says anything of
    another purpose's, nor of a blind index.
    """
    own = hmac.digest(key, b"\0seal\0" + purpose.encode() + b"\x01", sha256)
    return hmac.digest(own, message, sha256)
