"""Random secrets that the gateway gives out, and the digest under which it remembers them."""

from __future__ import annotations

import hashlib
import secrets

_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # without characters that are mistaken for one another on paper
_GROUPS, _GROUP_LENGTH = 4, 5


def one_time_password() -> str:
    """Return a password to be read out or typed in once: four groups of five characters, 99 bits."""
    groups = ("".join(secrets.choice(_ALPHABET) for _ in range(_GROUP_LENGTH)) for _ in range(_GROUPS))
    return "-".join(groups)


def random_secret() -> str:
    """Return a secret for a program: 256 bits, 43 characters that need no quoting anywhere (RFC 4648, 5)."""
    return secrets.token_urlsafe(32)


def secret_digest(secret: str) -> str:
    """Return the SHA-256 (hex) of a random secret.

    Enough for 256 random bits, which nobody can guess; a password chosen by a person goes to `Passwords` instead.
    """
    return hashlib.sha256(secret.encode()).hexdigest()
