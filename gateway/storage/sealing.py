"""Sealing: texts of special categories of personal data are kept encrypted (R-SEC-06, R-SEC-10).

AES-256 in Galois/Counter Mode (NIST SP 800-38D) with a random nonce of 96 bits. School, table, key and column are
authenticated with the text, so that a sealed text that was moved to another record does not open.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gateway.errors import ConfigurationError, Text
from gateway.model.ids import SchoolId
from gateway.model.journal_records import RecordKey
from outbox import PLAIN, Sealing

_MARK = "sealed:1"
_NONCE_BYTES = 12
_KEY_BYTES = 32
_written = json.JSONEncoder(ensure_ascii=False).encode


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Where a sealed text belongs: it opens nowhere else."""

    school: SchoolId
    table: str
    key: RecordKey
    column: str

    def encoded(self) -> bytes:
        """Return the place as associated data: no two places have the same bytes."""
        return _written([self.school, self.table, self.key, self.column]).encode()


@dataclass(frozen=True, kw_only=True, slots=True)
class Sealer:
    """Seals with the newest key, opens with any it has.

    Attributes:
        newest: id of the key that seals; ``None``: there is no key, and nothing can be sealed or opened.
        keys: the keys by id.
        payloads: the same keys for the content of queue messages, which the queue seals in a form of its own; without
            a key they are stored as they are.
    """

    newest: str | None = None
    keys: Mapping[str, AESGCM] = field(default_factory=dict, repr=False)
    payloads: Sealing = PLAIN

    def seal(self, text: str, place: Place) -> str:
        """Return a text sealed for its place; an empty one stays as it is.

        Raises:
            ConfigurationError: ``configuration.seal_key``: there is no key.
        """
        if not text:
            return text
        if self.newest is None:
            raise _no_key("–")
        nonce = os.urandom(_NONCE_BYTES)
        sealed = self.keys[self.newest].encrypt(nonce, text.encode(), place.encoded())
        return ":".join((_MARK, self.newest, base64.b64encode(nonce + sealed).decode()))

    def open(self, sealed: str, place: Place) -> str:
        """Return the text that was sealed for a place.

        Raises:
            ConfigurationError: ``configuration.seal_key``: the key it was sealed with is not there;
                ``configuration.seal_broken``: the text was damaged, or moved here from elsewhere.
        """
        if not sealed:
            return sealed
        key_id, _, content = sealed.removeprefix(f"{_MARK}:").partition(":")
        key = self.keys.get(key_id)
        if key is None:
            raise _no_key(key_id)
        try:
            whole = base64.b64decode(content, validate=True)
            return key.decrypt(whole[:_NONCE_BYTES], whole[_NONCE_BYTES:], place.encoded()).decode()
        except (InvalidTag, ValueError) as error:
            raise _damaged(place) from error

    def is_newest(self, sealed: str) -> bool:
        """Tell whether a sealed text needs no new sealing: it is empty or sealed with the newest key."""
        return not sealed or sealed.startswith(f"{_MARK}:{self.newest}:")


NO_KEY = Sealer()
"""Has no key: refuses to seal and to open."""


def sealer_of(keys: str) -> Sealer:
    """Return the sealer of keys as the settings give them: base64 of 32 bytes each, white space between, newest first.

    Raises:
        ConfigurationError: ``configuration.seal_key_invalid``: one of them is no such key.
    """
    decoded = {_key_id(key): key for key in map(_decoded, keys.split())}
    newest = next(iter(decoded), None)
    return Sealer(
        newest=newest,
        keys={key_id: AESGCM(key) for key_id, key in decoded.items()},
        payloads=Sealing(decoded, current=newest),
    )


def _decoded(text: str) -> bytes:
    try:
        key = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise _invalid_key() from error
    if len(key) != _KEY_BYTES:
        raise _invalid_key()
    return key


def _key_id(key: bytes) -> str:
    """Return the name of a key: beginning of a hash from which the key cannot be found."""
    return hashlib.sha256(b"gateway seal key\n" + key).hexdigest()[:8]


def _invalid_key() -> ConfigurationError:
    return ConfigurationError(
        "configuration.seal_key_invalid",
        Text(
            ru="Ключ шифрования storage.seal_key должен быть 32 байтами в base64 (openssl rand -base64 32).",
            en="The key storage.seal_key has to be 32 bytes in base64 (openssl rand -base64 32).",
        ),
    )


def _no_key(key_id: str) -> ConfigurationError:
    return ConfigurationError(
        "configuration.seal_key",
        Text(
            ru=f"Нет ключа шифрования медицинских данных ({key_id}): укажите storage.seal_key.",
            en=f"There is no key ({key_id}) to encrypt health data with: set storage.seal_key.",
        ),
        rule="R-SEC-10",
    )


def _damaged(place: Place) -> ConfigurationError:
    where = f"{place.table} {' '.join(place.key)}"
    return ConfigurationError(
        "configuration.seal_broken",
        Text(
            ru=f"Зашифрованный текст записи «{where}» повреждён или перенесён из другой записи.",
            en=f"The sealed text of record '{where}' was damaged, or moved there from another record.",
        ),
        rule="R-SEC-10",
    )
