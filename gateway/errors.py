"""The one error tree of the gateway and the words in which a fault is told to a person.

::

    GatewayError
    ├── ConfigurationError            a setting is missing, unknown or impossible
    ├── DocumentError                 a document cannot be used; carries every fault found
    │   ├── SchemaError               not well-formed, too deep, not valid by its schema
    │   ├── MappingError              valid, but means nothing here (unknown code, unknown pupil)
    │   └── SignatureError            the signature is wrong, missing, or of somebody else
    ├── PlatformError                 the other side
    │   ├── TransientError            worth another try (time-out, 5xx, refused connection)
    │   ├── PermanentError            will be refused again just the same
    │   └── ContractChanged           answered with something its contract does not know
    └── RuleViolation                 a clause of the regulation forbids it

Every error has a stable ``code`` (listed in ``docs/reference/errors.md``), a text in Russian and English and the
party that has to act. No text, ``repr`` or argument carries personal data: records are named by their ids.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Literal

Language = Literal["ru", "en"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Text:
    """The same sentence in Russian and in English."""

    ru: str
    en: str

    def in_language(self, language: Language) -> str:
        """Return the sentence in one of the two languages."""
        return self.ru if language == "ru" else self.en


class Party(StrEnum):
    """Who has to act next."""

    SENDER = "sender"
    COORDINATOR = "coordinator"
    DEPUTY = "deputy"
    DIRECTOR = "director"
    CLASS_TEACHER = "class_teacher"
    SUBJECT_TEACHER = "subject_teacher"
    AUTHORITY = "authority"
    PLATFORM_OPERATOR = "platform_operator"

    @property
    def text(self) -> Text:
        """Name of the party as people say it."""
        return _PARTY_NAMES[self]


_PARTY_NAMES = {
    Party.SENDER: Text(ru="отправитель данных (интегратор)", en="the sending system's integrator"),
    Party.COORDINATOR: Text(ru="школьный координатор", en="the school's coordinator"),
    Party.DEPUTY: Text(ru="заместитель директора", en="the deputy head"),
    Party.DIRECTOR: Text(ru="директор", en="the director"),
    Party.CLASS_TEACHER: Text(ru="классный руководитель", en="the class teacher"),
    Party.SUBJECT_TEACHER: Text(ru="учитель-предметник", en="the subject teacher"),
    Party.AUTHORITY: Text(ru="орган управления образованием", en="the education authority"),
    Party.PLATFORM_OPERATOR: Text(ru="оператор внешней платформы", en="the operator of the other platform"),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Fault:
    """One thing wrong with one place of a document.

    Attributes:
        code: stable code, ``area.reason``.
        text: what is wrong, for people; contains no personal data.
        path: JSON pointer (RFC 6901) or XPath of the place, empty when the document as a whole is meant.
        line: line of the place in the document as received, from 1; ``None`` where no line is known.
        record: id of the record the place belongs to, as the sender wrote it.
        field: name of the field inside the record.
        rule: row id of ``requirements`` or the standard's section that is broken.
        who: the party that has to act.
        value: what the sender wrote there, shortened; told to the sender alone and never logged, since it may be
            personal data. ``None`` where nothing was written or where it must not be repeated.
    """

    code: str
    text: Text
    path: str = ""
    line: int | None = None
    record: str | None = None
    field: str | None = None
    rule: str | None = None
    who: Party = Party.SENDER
    value: str | None = dataclasses.field(default=None, repr=False)


class GatewayError(Exception):
    """Root of the tree: a stable code, a text in two languages, the party that has to act."""

    def __init__(self, code: str, text: Text, *, who: Party = Party.COORDINATOR, rule: str | None = None) -> None:
        super().__init__(f"{code}: {text.en}")
        self.code = code
        self.text = text
        self.who = who
        self.rule = rule


class ConfigurationError(GatewayError):
    """A setting is missing, unknown or impossible; the coordinator has to mend the configuration."""


class DocumentError(GatewayError):
    """A document cannot be used; ``faults`` holds everything that was found, not only the first."""

    def __init__(
        self,
        code: str,
        text: Text,
        *,
        faults: tuple[Fault, ...] = (),
        who: Party = Party.SENDER,
        rule: str | None = None,
    ) -> None:
        super().__init__(code, text, who=who, rule=rule)
        self.faults = faults


class SchemaError(DocumentError):
    """The document is not well-formed, too deep, too large or not valid by its schema."""


class MappingError(DocumentError):
    """The document is valid, but a value in it means nothing to the receiver."""


class SignatureError(DocumentError):
    """A signature is missing, wrong, or made by somebody who may not sign this."""


class PlatformError(GatewayError):
    """Something went wrong at or on the way to another platform.

    Attributes:
        status: HTTP status where there was one.
        answer: beginning of the answer (at most 1 000 characters), kept for the attempt log; never shown in ``repr``.
    """

    def __init__(
        self,
        code: str,
        text: Text,
        *,
        who: Party = Party.PLATFORM_OPERATOR,
        status: int | None = None,
        answer: str = "",
    ) -> None:
        super().__init__(code, text, who=who)
        self.status = status
        self.answer = answer[:1000]


class TransientError(PlatformError):
    """Worth another try; ``retry_after`` is what the platform asked for, if it did (RFC 9110, 10.2.3)."""

    def __init__(
        self,
        code: str,
        text: Text,
        *,
        who: Party = Party.PLATFORM_OPERATOR,
        status: int | None = None,
        answer: str = "",
        retry_after: timedelta | None = None,
    ) -> None:
        super().__init__(code, text, who=who, status=status, answer=answer)
        self.retry_after = retry_after


class PermanentError(PlatformError):
    """The platform refused for a reason that another try will not change."""


class ContractChanged(PlatformError):
    """The platform answered with something that its contract does not know."""


class RuleViolation(GatewayError):
    """A clause of the school's regulation forbids the operation; ``rule`` is its row id in ``requirements``."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Rejected:
    """A record that was turned away: why, and its raw form as received.

    The raw form may hold personal data: it is kept beside the run that rejected it and never logged.
    """

    record: str
    kind: str
    faults: tuple[Fault, ...]
    raw: str = dataclasses.field(repr=False)
