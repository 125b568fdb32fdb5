"""What access needs: where accounts, clients and tokens are kept."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from gateway.model.access import AccessGrant, ApiClient, ConsoleUser
from gateway.ports.frame import Unit


class AccessDirectory(Protocol):
    """Finds by names that are unique in the installation: who knocks has not said from which school.

    These are the only reads that cross schools.
    """

    def user(self, login: str) -> ConsoleUser | None:
        """Return the account with the login."""
        ...

    def client(self, client_id: str) -> ApiClient | None:
        """Return the client with the id."""
        ...

    def grant(self, token_sha256: str) -> AccessGrant | None:
        """Return what the token stands for, ``None`` also when its client has been disabled."""
        ...


class AccessRepository(Protocol):
    """Accounts, clients and tokens of one school, inside a unit."""

    def add_user(self, user: ConsoleUser) -> bool:
        """Keep a new account; ``False`` when the login is taken, here or in another school."""
        ...

    def charge_attempt(self, login: str, *, now: datetime, limit: int, locked_until: datetime) -> int | None:
        """Count an attempt to sign in before its password is looked at; ``None`` while the account is locked.

        Returns the number of attempts since the last right password or lock. The one that reaches ``limit`` locks the
        account until ``locked_until``. Attempts made at the same moment are counted one by one.
        """
        ...

    def forgive_attempts(self, login: str) -> None:
        """Forget attempts and lock: the password was right."""
        ...

    def set_password(self, login: str, password_hash: str, *, must_change: bool) -> None:
        """Replace the password and forget attempts and lock."""
        ...

    def end_sessions(self, login: str, *, at: datetime) -> None:
        """Keep when the person signed out: every session begun before is over."""
        ...

    def add_client(self, client: ApiClient) -> None:
        """Keep a new client."""
        ...

    def disable_client(self, client_id: str) -> bool:
        """Turn a client away from now on, its tokens too; ``False`` when there is no such client or it is disabled."""
        ...

    def add_grant(self, grant: AccessGrant) -> None:
        """Keep a token and drop those of the same client that had expired when this one was issued."""
        ...


class AccessUnit(Unit, Protocol):
    """A transaction over one school's accounts, clients and tokens."""

    @property
    def access(self) -> AccessRepository:
        """The school's accounts, clients and tokens."""
        ...
