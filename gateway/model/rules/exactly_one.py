"""Records of which exactly one of several fields is set: of whom, or for whom, they are; what a mark is.

R-JRNL-20, R-ACAD-16 (class, group, stream or ИУП pupil), R-MARK-07, R-ROLE-13, R-ROLE-14, R-JRNL-14, R-JRNL-15,
R-AUD-04.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from operator import attrgetter
from types import MappingProxyType
from typing import Any

from gateway.errors import Fault, Party, Text
from gateway.model.journal_records import RecordKind
from gateway.model.record_shape import label_of


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """Fields of a kind of which exactly one is set, the clause that says so and who mends it."""

    fields: tuple[str, ...]
    rule: str
    who: Party = Party.SENDER


def exactly_one_faults(kind: RecordKind, record: Any) -> Iterator[Fault]:
    """Yield a fault if none, or more than one, of the fields is set of which exactly one has to be."""
    choice = CHOICES.get(kind)
    if choice is None:
        return
    given = attrgetter(*choice.fields)(record)
    if len(given) - given.count(None) != 1:
        labels = ", ".join(label_of(name) for name in choice.fields)
        yield Fault(
            code="journal.lesson_addressee" if kind is RecordKind.LESSONS else "journal.exactly_one",
            text=Text(
                ru=f"Должно быть указано ровно одно из полей: {labels}.",
                en=f"Exactly one of these fields has to be given: {labels}.",
            ),
            field=label_of(choice.fields[0]),
            rule=choice.rule,
            who=choice.who,
        )


_ADDRESSEE = ("school_class", "group")
_PERSON = ("staff", "guardian", "pupil")
_VALUE = ("value", "sign")

CHOICES: Mapping[RecordKind, Choice] = MappingProxyType(
    {
        RecordKind.REGIMES: Choice(fields=_ADDRESSEE, rule="R-ACAD-12", who=Party.DEPUTY),
        RecordKind.LOADS: Choice(fields=_ADDRESSEE, rule="R-ACAD-13", who=Party.DEPUTY),
        RecordKind.SLOTS: Choice(fields=_ADDRESSEE, rule="R-ACAD-16", who=Party.DEPUTY),
        RecordKind.CONTROL_WORKS: Choice(fields=_ADDRESSEE, rule="R-ACAD-17", who=Party.DEPUTY),
        RecordKind.SUBSTITUTIONS: Choice(fields=_ADDRESSEE, rule="R-JRNL-12", who=Party.DEPUTY),
        RecordKind.TRANSFERS: Choice(fields=_ADDRESSEE, rule="R-JRNL-13", who=Party.DEPUTY),
        RecordKind.LESSONS: Choice(fields=_ADDRESSEE, rule="R-JRNL-20"),
        RecordKind.MARKS: Choice(fields=_VALUE, rule="R-ACAD-19", who=Party.SUBJECT_TEACHER),
        RecordKind.PERIOD_MARKS: Choice(fields=_VALUE, rule="R-MARK-07", who=Party.SUBJECT_TEACHER),
        RecordKind.ACCOUNT_ORDERS: Choice(fields=_PERSON, rule="R-ROLE-13", who=Party.DIRECTOR),
        RecordKind.CREDENTIAL_ISSUES: Choice(fields=_PERSON, rule="R-ROLE-14", who=Party.COORDINATOR),
        RecordKind.MESSAGES: Choice(fields=("pupil", *_ADDRESSEE), rule="R-JRNL-15", who=Party.SUBJECT_TEACHER),
        RecordKind.RECOMMENDATIONS: Choice(
            fields=("pupil", "school_class"), rule="R-JRNL-14", who=Party.SUBJECT_TEACHER
        ),
        RecordKind.ERROR_REPORTS: Choice(fields=("guardian", "pupil", "staff"), rule="R-AUD-04"),
    }
)
"""The kinds that have such fields."""
