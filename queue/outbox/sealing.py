"""Sealing: payloads encrypted where they are stored, with keys that can be changed while the queue runs.

What is stored is one byte that says how, and what follows from it:

    0   the payload as it is
    1   length of the key's name (1 byte), the key's name (UTF-8), nonce (12 bytes), ciphertext and tag (16 bytes)

Sealed is AES-256-GCM (NIST SP 800-38D) with the message id as associated data: a payload that somebody moved to another
message cannot be opened. The nonce is random, so one key serves for at most 2^32 payloads (section 8.3 there); change
it long before. To change a key, give the ring the new one as ``current`` and keep the old one until nothing is stored
under it any more (``resealed``).

A ring that seals takes nothing that is stored as it is: whoever can write to the database, and has no key, could put
words into its owner's mouth. Where messages date from before there was a key, take them over once: give ``reseal`` the
ring's ``accepting_plain()``, and nothing else.
"""

from collections.abc import Mapping
from copy import copy
from os import urandom

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from outbox.errors import LockedPayloadError, PlainPayloadError, UnreadablePayloadError

KEY_SIZE = 32
"""Length of a key in bytes."""

MAX_KEY_NAME = 32
"""Longest name of a key, in bytes of UTF-8."""

_PLAIN, _SEALED = b"\0", b"\1"
_NONCE = 12


class Sealing:
    """A ring of keys: new payloads are sealed with the current one, old ones are opened with theirs.

    ``Sealing()`` stores payloads as they are. A ring without a current key still opens what is sealed, and takes what
    is not, so that sealing can be given up as well as taken up. Neither keys nor their number show in the ``repr``.

    Args:
        keys: Every key by its name. Names are stored with the payloads in the clear and appear in error messages.
        current: Name of the key for what is stored from now on; None to store payloads as they are.
        accept_plain: Whether to take payloads that are stored as they are although there is a current key.

    Raises:
        ValueError: A key has not ``KEY_SIZE`` bytes, a name is empty or longer than ``MAX_KEY_NAME``, or there is no
            key of the name ``current``.
    """

    __slots__ = ("_ciphers", "_current", "_takes_plain")

    def __init__(
        self, keys: Mapping[str, bytes] | None = None, current: str | None = None, *, accept_plain: bool = False
    ) -> None:
        keys = keys or {}
        for name, key in keys.items():
            if not 0 < len(name.encode()) <= MAX_KEY_NAME:
                raise ValueError(f"the name of a key must have 1 to {MAX_KEY_NAME} bytes, {name!r} has not")
            if len(key) != KEY_SIZE:
                raise ValueError(f"a key must have {KEY_SIZE} bytes, {name!r} has {len(key)}")
        if current is not None and current not in keys:
            raise ValueError(f"there is no key of the name {current!r} to seal with")
        self._ciphers = {name: AESGCM(key) for name, key in keys.items()}
        self._current = current
        self._takes_plain = accept_plain or current is None

    def __repr__(self) -> str:
        """Name the current key and nothing else."""
        return f"Sealing(current={self._current!r})"

    def accepting_plain(self) -> "Sealing":
        """Return the same ring, but taking payloads that are stored as they are: for ``reseal``, once."""
        ring = copy(self)
        ring._takes_plain = True  # noqa: SLF001 -- its own
        return ring

    def seal(self, payload: bytes, message_id: str) -> bytes:
        """Return what is to be stored for a payload of this message."""
        if self._current is None:
            return _PLAIN + payload
        nonce = urandom(_NONCE)
        sealed = self._ciphers[self._current].encrypt(nonce, payload, message_id.encode())
        return b"".join((_head(self._current), nonce, sealed))

    def open(self, stored: bytes, message_id: str) -> bytes:
        """Return the payload from what is stored for this message.

        Raises:
            PlainPayloadError: It is stored as it is, and this ring takes only what is sealed.
            LockedPayloadError: The key is not in the ring.
            UnreadablePayloadError: What is stored was damaged or belongs to another message, or the key is another one
                of the same name.
        """
        if stored[:1] == _PLAIN:
            if self._takes_plain:
                return stored[1:]
            raise PlainPayloadError(message_id)
        name, body = _parted(stored, message_id)
        cipher = self._ciphers.get(name)
        if cipher is None:
            raise LockedPayloadError(message_id, name, "this key is not in the ring")
        try:
            return cipher.decrypt(body[:_NONCE], body[_NONCE:], message_id.encode())
        except InvalidTag:
            why = "it is damaged, belongs to another message, or this is another key of the same name"
            raise UnreadablePayloadError(message_id, name, why) from None

    def resealed(self, stored: bytes, message_id: str) -> bytes | None:
        """Return what is to be stored instead, under the current key; None where it is so already.

        Raises:
            UnreadablePayloadError: As in ``open``, and its kinds.
        """
        head = _PLAIN if self._current is None else _head(self._current)
        return None if stored.startswith(head) else self.seal(self.open(stored, message_id), message_id)


PLAIN = Sealing()
"""Stores payloads as they are."""


def key_of(stored: bytes) -> str | None:
    """Return the name of the key under which something is stored; None where it is under none, or cannot be told."""
    try:
        return _parted(stored, "")[0]
    except UnreadablePayloadError:
        return None


def _head(name: str) -> bytes:
    encoded = name.encode()
    return _SEALED + bytes([len(encoded)]) + encoded


def _parted(stored: bytes, message_id: str) -> tuple[str, bytes]:
    """Return the name of the key and what follows it."""
    if stored[:1] != _SEALED:
        raise UnreadablePayloadError(message_id, None, "it is stored in a form that this version does not know")
    start = 2
    end = start + (stored[1] if len(stored) > 1 else 0)
    # AES-GCM never yields less than its tag; a shorter body is reported by the cipher as a wrong tag.
    if len(stored) < end + _NONCE:
        raise UnreadablePayloadError(message_id, None, "it is cut off")
    return stored[start:end].decode(errors="replace"), stored[end:]
