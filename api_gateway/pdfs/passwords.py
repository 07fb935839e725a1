"""Whether an encrypted PDF opens without a password: with the empty one, which most that are encrypted have.

By ISO 32000-2, 7.6.4: algorithms 4 to 7 for revisions 2 to 4 of the standard security handler, 11 for 5 and 6, whose
hash is 2.B.
"""

from __future__ import annotations

import hashlib
import struct
from typing import Any, Final

from api_gateway.pdfs.syntax import Name

_PADDING: Final = bytes.fromhex("28bf4e5e4e758a4164004e56fffa01082e2e00b6d0683e802f0ca9fe6453697a")
#: Usual lengths of a key, in bytes, before revision 5.
_KEY_BYTES: Final = (5, 16)
_LEAST_ROUNDS: Final = 64


def needs_password(encryption: dict[bytes, Any], identifier: bytes) -> bool:
    """Whether the empty password is refused. What is not understood is not.

    Args:
        encryption: the encryption dictionary.
        identifier: the first of the file's two.
    """
    revision, user, owner, rights = (encryption.get(key) for key in (b"R", b"U", b"O", b"P"))
    if encryption.get(b"Filter") != Name(b"Standard") or not isinstance(user, bytes) or not isinstance(owner, bytes):
        return False
    if revision in (5, 6):
        return len(user) >= 48 and not _opens_aes_256(user, revision)
    if revision not in (2, 3, 4) or not isinstance(rights, int) or len(user) < 32 or len(owner) < 32:
        return False
    seed = _PADDING + owner[:32] + struct.pack("<I", rights & 0xFFFFFFFF) + identifier
    if revision == 4 and encryption.get(b"EncryptMetadata") is False:
        seed += b"\xff\xff\xff\xff"
    # Readers disagree on where the length of the key is written, so any will do.
    bits = encryption.get(b"Length")
    sizes = {*_KEY_BYTES, *([bits // 8] if isinstance(bits, int) and 40 <= bits <= 128 else [])}
    return not any(_opens_rc4(hashlib.md5(seed).digest(), size, revision, user, identifier) for size in sizes)


def _opens_rc4(digest: bytes, size: int, revision: int, user: bytes, identifier: bytes) -> bool:
    if revision == 2:
        return _rc4(digest[:size], _PADDING) == user[:32]
    for _ in range(50):
        digest = hashlib.md5(digest[:size]).digest()
    key, found = digest[:size], hashlib.md5(_PADDING + identifier).digest()
    for turn in range(20):
        found = _rc4(bytes(byte ^ turn for byte in key), found)
    return found == user[:16]


def _opens_aes_256(user: bytes, revision: int) -> bool:
    salt = user[32:40]
    found = hashlib.sha256(salt).digest() if revision == 5 else _hardened(salt)
    return found == user[:32]


def _hardened(salt: bytes) -> bytes:
    """Algorithm 2.B for an empty password."""
    from cryptography.hazmat.primitives.ciphers import Cipher
    from cryptography.hazmat.primitives.ciphers.algorithms import AES
    from cryptography.hazmat.primitives.ciphers.modes import CBC

    key, turn, last = hashlib.sha256(salt).digest(), 0, 0
    # Ends after 288 rounds at the latest, as `last` is a byte.
    while turn < _LEAST_ROUNDS or last > turn - 32:
        encryptor = Cipher(AES(key[:16]), CBC(key[16:32])).encryptor()
        mixed = encryptor.update(key * 64)
        key = hashlib.new(("sha256", "sha384", "sha512")[sum(mixed[:16]) % 3], mixed).digest()
        last = mixed[-1]
        turn += 1
    return key[:32]


def _rc4(key: bytes, data: bytes) -> bytes:
    state = list(range(256))
    j = 0
    for i in range(256):
        j = (j + state[i] + key[i % len(key)]) & 0xFF
        state[i], state[j] = state[j], state[i]
    i, j, out = 0, 0, bytearray()
    for byte in data:
        i = (i + 1) & 0xFF
        j = (j + state[i]) & 0xFF
        state[i], state[j] = state[j], state[i]
        out.append(byte ^ state[(state[i] + state[j]) & 0xFF])
    return bytes(out)
