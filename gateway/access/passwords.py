"""How passwords are kept: Argon2id with the library's recommended cost (RFC 9106)."""

from __future__ import annotations

from functools import cached_property

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError


class Passwords:
    """Hashes passwords and holds them against a hash."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()

    def hash(self, password: str) -> str:
        """Return the salted hash to be stored."""
        return self._hasher.hash(password)

    def matches(self, password: str, password_hash: str | None) -> bool:
        """Tell whether the password is the one behind the hash.

        Without a hash (nobody has that login) the same work is done for nothing, so that the time an answer takes
        does not tell which logins exist.
        """
        try:
            self._hasher.verify(password_hash or self._nobodys, password)
        except (VerificationError, InvalidHashError):
            return False
        return password_hash is not None

    @cached_property
    def _nobodys(self) -> str:
        return self._hasher.hash("nobody has this password")
