"""What access needs: where accounts, clients and tokens are kept."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from gateway.model.access import AccessGrant, ApiClient, ConsoleUser, Scope
from gateway.model.ids import StaffId
from gateway.ports.frame import Unit
from gateway.ports.journal import JournalRepository
from gateway.ports.records import Records


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

    def users(self) -> Sequence[ConsoleUser]:
        """Return all accounts, by login."""
        ...

    def change_user(self, user: ConsoleUser) -> None:
        """Keep an account's role, person, time and whether it is disabled; its password stays."""
        ...

    def user_of(self, staff: StaffId) -> ConsoleUser | None:
        """Return the account of a member of staff, if there is one (R-SEC-09)."""
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

    def clients(self) -> Sequence[ApiClient]:
        """Return all clients, the oldest first."""
        ...

    def set_scopes(self, client_id: str, scopes: Collection[Scope]) -> bool:
        """Let a client do other things; ``False`` when there is no such client or it is disabled."""
        ...

    def rotate_secret(self, client_id: str, secret_sha256: str, *, at: datetime, former_until: datetime) -> bool:
        """Give a client a new secret; the one it has stays good until ``former_until``, one before that does not.

        ``False`` when there is no such client or it is disabled.
        """
        ...

    def revoke_tokens(self, client_id: str) -> int:
        """Drop the client's former secret and all its tokens; return how many tokens that were."""
        ...

    def drop_tokens(self, client_id: str) -> int:
        """Drop all tokens of a client; return how many that were."""
        ...

    def token_counts(self, now: datetime) -> Mapping[str, int]:
        """Return how many tokens of each client are good at the moment."""
        ...

    def add_grant(self, grant: AccessGrant) -> None:
        """Keep a token and drop those of the same client that had expired when this one was issued."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Counted:
    """Requests of a caller since the beginning of the present window."""

    requests: int
    since: datetime


class RequestCounter(Protocol):
    """Counts requests, of all processes together."""

    def count(self, caller: str, *, now: datetime, window: timedelta) -> Counted | None:
        """Count a request and return how many there were in the caller's present window; ``None`` if that must wait.

        A window begins with the first request after the one before is over.
        """
        ...


class AccessUnit(Unit, Protocol):
    """A transaction over one school's accounts, clients and tokens."""

    @property
    def access(self) -> AccessRepository:
        """The school's accounts, clients and tokens."""
        ...

    @property
    def journal(self) -> JournalRepository:
        """The journal, which has the director's orders."""
        ...

    @property
    def records(self) -> Records:
        """Single records of the journal."""
        ...
