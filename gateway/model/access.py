"""Who may enter: people at the console with a role, programs at the HTTP interfaces with scopes."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from gateway.model.ids import SchoolId, StaffId


class Role(StrEnum):
    """Roles of accounts at the console (R-ROLE-01); `permissions` tells what each may do.

    ``coordinator`` is an alias of the administrator that schools have accounts of (C-16): the same person in other
    regulations. Subject teachers and families have their accounts at the journal system, not here.
    """

    ADMINISTRATOR = "administrator"
    COORDINATOR = "coordinator"
    DEPUTY = "deputy"
    DIRECTOR = "director"
    DISPATCHER = "dispatcher"
    CLASS_TEACHER = "class_teacher"
    ARCHIVIST = "archivist"
    MUNICIPAL_COORDINATOR = "municipal_coordinator"
    SUPPORT = "support"


class Scope(StrEnum):
    """What a program may be allowed to do (RFC 6749, 3.3); `permissions` tells which records each one opens.

    Those of OneRoster 1.2 are called as the standard calls them; `oneroster_operations` tells what each one opens.
    """

    JOURNAL_READ = "journal.read"
    JOURNAL_WRITE = "journal.write"
    JOURNAL_CORRECT = "journal.correct"
    CHANGES_READ = "changes.read"
    HEALTH_READ = "health.read"
    HEALTH_WRITE = "health.write"
    INCIDENTS_WRITE = "incidents.write"
    RULES_WRITE = "rules.write"
    ROSTER_READ = "roster.read"
    DIARY_READ = "diary.read"
    DIARY_SUBSCRIBE = "diary.subscribe"
    OR_ROSTER = "https://purl.imsglobal.org/spec/or/v1p2/scope/roster.readonly"
    OR_ROSTER_CORE = "https://purl.imsglobal.org/spec/or/v1p2/scope/roster-core.readonly"
    OR_DEMOGRAPHICS = "https://purl.imsglobal.org/spec/or/v1p2/scope/roster-demographics.readonly"
    OR_GRADEBOOK = "https://purl.imsglobal.org/spec/or/v1p2/scope/gradebook.readonly"
    OR_GRADEBOOK_CORE = "https://purl.imsglobal.org/spec/or/v1p2/scope/gradebook-core.readonly"
    OR_GRADEBOOK_PUT = "https://purl.imsglobal.org/spec/or/v1p2/scope/gradebook.createput"
    OR_GRADEBOOK_POST = "https://purl.imsglobal.org/spec/or/v1p2/scope/gradebook.createpost"
    OR_GRADEBOOK_DELETE = "https://purl.imsglobal.org/spec/or/v1p2/scope/gradebook.delete"
    OR_ASSESSMENT = "https://purl.imsglobal.org/spec/or/v1p2/scope/assessment.readonly"
    OR_ASSESSMENT_PUT = "https://purl.imsglobal.org/spec/or/v1p2/scope/assessment.createput"
    OR_ASSESSMENT_DELETE = "https://purl.imsglobal.org/spec/or/v1p2/scope/assessment.delete"
    OR_RESOURCE = "https://purl.imsglobal.org/spec/or/v1p2/scope/resource.readonly"
    OR_RESOURCE_CORE = "https://purl.imsglobal.org/spec/or/v1p2/scope/resource-core.readonly"


@dataclass(frozen=True, kw_only=True, slots=True)
class ConsoleUser:
    """A person with an account at the console of one school; the login is unique in the whole installation.

    Attributes:
        must_change: the password is a one-time password that somebody else has seen (R-PAR-15, R-SEC-09).
        locked_until: no password is accepted before (R-SEC-07).
        sessions_ended_at: when the person signed out last; every session begun before is over.
        staff: the member of staff whose account it is; one person has one (R-SEC-09), and own classes follow from it.
        valid_from: the first moment at which the account opens anything, ``None`` = since it was made.
        valid_to: the moment from which it opens nothing any more (R-ROLE-25, R-ROLE-26), ``None`` = open.
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
    staff: StaffId | None = None
    valid_from: datetime | None = None
    valid_to: datetime | None = None

    def opens_at(self, moment: datetime) -> bool:
        """Tell whether the account opens anything at the moment: it is not disabled and its time has come, not gone."""
        begun = self.valid_from is None or self.valid_from <= moment
        over = self.valid_to is not None and self.valid_to <= moment
        return begun and not over and not self.disabled

    def described(self) -> dict[str, str]:
        """Return what the audit keeps of the account: its rights and their time, never anything of its password."""
        fields = {
            "role": self.role.value,
            "staff": self.staff,
            "validFrom": self.valid_from.isoformat() if self.valid_from else None,
            "validTo": self.valid_to.isoformat() if self.valid_to else None,
            "disabled": "yes" if self.disabled else None,
        }
        return {name: value for name, value in fields.items() if value is not None}


@dataclass(frozen=True, kw_only=True, slots=True)
class ApiClient:
    """A program that acts for one school.

    Attributes:
        secret_sha256: SHA-256 (hex) of the secret; the secret itself nobody keeps.
        secret_since: when this secret was made.
        former_secret_sha256: the secret before it, good until ``former_secret_until``: the time to change it at the
            client without an interruption.
    """

    school: SchoolId
    client_id: str
    name: str
    secret_sha256: str = field(repr=False)
    scopes: frozenset[Scope]
    created_at: datetime
    disabled: bool = False
    secret_since: datetime | None = None
    former_secret_sha256: str | None = field(default=None, repr=False)
    former_secret_until: datetime | None = None


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
