"""Who may enter: people at the console with a role, programs at the HTTP interfaces with scopes."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from gateway.model.ids import SchoolId


class Role(StrEnum):
    """Roles at the console (the permissions matrix of ``requirements``, section 3)."""

    ADMINISTRATOR = "administrator"
    COORDINATOR = "coordinator"
    DEPUTY = "deputy"
    DIRECTOR = "director"


class Scope(StrEnum):
    """What a program may be allowed to do (RFC 6749, 3.3)."""

    JOURNAL_WRITE = "journal.write"
    ROSTER_READ = "roster.read"
    DIARY_READ = "diary.read"
    DIARY_SUBSCRIBE = "diary.subscribe"


@dataclass(frozen=True, kw_only=True, slots=True)
class ConsoleUser:
    """A person with an account at the console of one school; the login is unique in the whole installation.

    ``must_change``: the password is a one-time password that somebody else has seen (R-PAR-15, R-SEC-09).
    ``locked_until``: no password is accepted before (R-SEC-07).
    ``sessions_ended_at``: when the person signed out last; every session begun before is over.
    """

    school: SchoolId
    login: str
    role: Role
    password_hash: str = field(repr=False)
    must_change: bool
    created_at: datetime
    locked_until: datetime | None = None
    disabled: bool = False
    sessions_ended_at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ApiClient:
    """A program that acts for one school; ``secret_sha256`` (hex) stands for a secret nobody keeps."""

    school: SchoolId
    client_id: str
    name: str
    secret_sha256: str = field(repr=False)
    scopes: frozenset[Scope]
    created_at: datetime
    disabled: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class AccessGrant:
    """What an access token stands for until ``expires_at``; of the token itself only the SHA-256 (hex) is kept."""

    school: SchoolId
    token_sha256: str = field(repr=False)
    client_id: str
    scopes: frozenset[Scope]
    issued_at: datetime
    expires_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Caller:
    """The program behind a request: its id, its school, what this token lets it do."""

    client_id: str
    school: SchoolId
    scopes: frozenset[Scope]
