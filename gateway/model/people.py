"""People of the school: pupils, guardians, staff, and who is whose guardian."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import ClassVar

from gateway.model.fields import DocumentName
from gateway.model.ids import ClassId, GuardianId, PupilId, StaffId

_SNILS = re.compile(r"\d{3}-\d{3}-\d{3} \d{2}")
_CHECK_MODULUS = 101


class Sex(StrEnum):
    """Sex as the registry states it."""

    FEMALE = "female"
    MALE = "male"


class Status(StrEnum):
    """Life of a roster record: absence from a snapshot suspends, it never deletes (DESIGN part 5, roster plan)."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    ARCHIVED = "archived"


class Relation(StrEnum):
    """What a guardian (законный представитель) is to the pupil."""

    MOTHER = "mother"
    FATHER = "father"
    LEGAL_GUARDIAN = "legal_guardian"


@dataclass(frozen=True, kw_only=True, slots=True)
class PersonName:
    """Family name, given name, patronymic (may be empty); never shown in ``repr``."""

    family: str = field(repr=False)
    given: str = field(repr=False)
    patronymic: str = field(default="", repr=False)

    @property
    def full(self) -> str:
        """Family name, given name and patronymic, as in a class list."""
        return " ".join(part for part in (self.family, self.given, self.patronymic) if part)


@dataclass(frozen=True, kw_only=True, slots=True)
class Pupil:
    """A pupil (обучающийся). ``source_id`` is the id in the registry the record came from."""

    id: PupilId
    source_id: str
    name: PersonName
    birth_date: date = field(repr=False)
    sex: Sex
    snils: str | None = field(default=None, repr=False)
    status: Status = Status.ACTIVE


@dataclass(frozen=True, kw_only=True, slots=True)
class Guardian:
    """A parent or other legal representative. ``portal_user`` is the person's id at the city service portal."""

    id: GuardianId
    source_id: str
    name: PersonName
    phone: str = field(default="", repr=False)
    email: str = field(default="", repr=False)
    portal_user: str | None = field(default=None, repr=False)
    status: Status = Status.ACTIVE


@dataclass(frozen=True, kw_only=True, slots=True)
class Guardianship:
    """Who may see whose diary, and from when to when (R-PAR-01). ``valid_to`` is the last day, ``None`` = open."""

    guardian: GuardianId
    pupil: PupilId
    relation: Relation
    valid_from: date
    valid_to: date | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Staff:
    """A member of staff (R-ROST-03)."""

    id: StaffId
    source_id: str
    name: PersonName
    position: str
    snils: str | None = field(default=None, repr=False)
    status: Status = Status.ACTIVE


@dataclass(frozen=True, kw_only=True, slots=True)
class Enrollment:
    """A pupil's place in a class, time-sliced (R-ROST-20). ``valid_to`` is the last day, ``None`` = still there."""

    pupil: PupilId
    school_class: ClassId
    valid_from: date
    valid_to: date | None = None

    def covers(self, day: date) -> bool:
        """Tell whether the pupil was in the class on the day."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


class ConsentDecision(StrEnum):
    """Consent to, or refusal of, electronic delivery of a child's results (R-PAR-12)."""

    CONSENT = "consent"
    REFUSAL = "refusal"


@dataclass(frozen=True, kw_only=True, slots=True)
class Consent:
    """A guardian's decision on one child, registered by the school with its date and document (R-PAR-12).

    The newest decision is in force; without one nothing is delivered electronically (C-36).
    """

    guardian: GuardianId
    pupil: PupilId
    decision: ConsentDecision
    decided_on: date
    document: DocumentName

    KEY: ClassVar[tuple[str, ...]] = ("guardian", "pupil", "decided_on")


def snils_check_digits(number: str) -> str:
    """Return the two check digits of a nine-digit СНИЛС number.

    The weighted sum of the digits (weights 9 down to 1) modulo 101, where 100 counts as 0 (Постановление Правления
    ПФР of 31.07.2006 № 192п, appendix on the insurance number).
    """
    total = sum(int(digit) * (9 - place) for place, digit in enumerate(number))
    return f"{total % _CHECK_MODULUS % 100:02d}"


def is_valid_snils(snils: str) -> bool:
    """Tell whether the text is a СНИЛС ``NNN-NNN-NNN CC`` with right check digits."""
    if not _SNILS.fullmatch(snils):
        return False
    digits = snils.replace("-", "").replace(" ", "")
    return snils_check_digits(digits[:9]) == digits[9:]
