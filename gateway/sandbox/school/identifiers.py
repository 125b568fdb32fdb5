"""Ids, СНИЛС, telephones and addresses of made-up people, unique in a region of up to 10 000 schools.

СНИЛС are drawn from the block that begins with 9; telephones go on with 0 after the country code, where the numbering
plan has neither an area nor an operator; e-mail addresses stand under example.org (RFC 2606, section 3).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from gateway.model.ids import SchoolId, issued_id
from gateway.model.people import snils_check_digits

SOURCE = "registry"
"""Name of the source that every roster id is issued for."""

_SNILS_BLOCK = 900_000_000
_NUMBERS_PER_SCHOOL = 10_000
_STRIDE = 7919
"""Has no divisor in common with the numbers a school has, so multiplying by it shuffles them without a collision."""
_STAFF_OFFSET = 5_000


class Kind(StrEnum):
    """Kinds of roster record; the value is the kind that `issued_id` is given."""

    PUPIL = "pupil"
    GUARDIAN = "guardian"
    STAFF = "staff"
    CLASS = "class"


_PREFIXES = {Kind.PUPIL: "P", Kind.GUARDIAN: "G", Kind.STAFF: "S", Kind.CLASS: "C"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Registry:
    """The regional registry's numbering of one school; ``number`` is the school's, from 1."""

    school: SchoolId
    number: int

    def source_id(self, kind: Kind, name: str | int) -> str:
        """Return the registry's own id: ``P-0001-000123`` for a number, ``C-0001-5A`` for a name."""
        own = f"{name:06d}" if isinstance(name, int) else name
        return f"{_PREFIXES[kind]}-{self.number:04d}-{own}"

    def issued(self, kind: Kind, source_id: str) -> str:
        """Return the gateway's id for the registry's record."""
        return issued_id(self.school, SOURCE, kind, source_id)

    def snils(self, kind: Kind, number: int) -> str:
        """Return the СНИЛС of the pupil or member of staff with this number, with right check digits."""
        place = number + (_STAFF_OFFSET if kind is Kind.STAFF else 0)
        shuffled = place * _STRIDE % _NUMBERS_PER_SCHOOL
        digits = str(_SNILS_BLOCK + (self.number - 1) * _NUMBERS_PER_SCHOOL + shuffled)
        return f"{digits[:3]}-{digits[3:6]}-{digits[6:]} {snils_check_digits(digits)}"

    def phone(self, number: int) -> str:
        """Return a guardian's telephone number in the international form (E.164)."""
        return f"+70{(self.number - 1) * _NUMBERS_PER_SCHOOL + number:09d}"
