"""Values of journal records as a page shows them: names instead of ids, words instead of codes.

Everything starts from a record's plain form (`gateway.mapping.journal_plain`), in which the audit keeps old and new
values too, so a record and its history are read by the same eyes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from gateway.errors import Language, Text
from gateway.model.archive import school_year_name
from gateway.model.grading import MarkSign
from gateway.model.journal import Lesson, Mark
from gateway.model.journal_records import RESTRICTED, Record, RecordKind
from gateway.model.record_shape import FieldType, Linked, RecordField, RecordShape, RosterKind, shape_of
from gateway.model.school import AcademicYear, Period
from gateway.ports.console import ConsoleUnit
from gateway.web.console.choice_names import CHOICES
from gateway.web.console.field_names import field_name
from gateway.web.console.names import VALUES
from gateway.web.console.policy_names import setting_name, value_name
from gateway.web.console.presentation import clock_text, day_text

Link = tuple[Linked, str]

NOTHING = "—"
_WEEKDAYS = Text(ru="пн вт ср чт пт сб вс", en="Mon Tue Wed Thu Fri Sat Sun")
_NAMING = ("name", "title", "document", "protocol", "form", "reason")
"""Attributes by which people know a record, the best first."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """One value in a cell, and the record of the journal that it links to."""

    text: str = field(repr=False)
    link: Link | None = None


Cell = tuple[Part, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Reader:
    """Who reads: in which language, by which clock, and what linked records are called.

    ``exact``: a program, which wants days and moments in ISO 8601.
    """

    language: Language
    zone: ZoneInfo
    names: Mapping[Link, str] = field(repr=False)
    exact: bool = False

    def told(self, kind: RecordKind, one: RecordField, plain: Mapping[str, Any]) -> Cell:
        """Return a field of a record as a page shows it; what the school has decided is told in words."""
        if kind is RecordKind.POLICIES and one.name in {"id", "value"}:
            named = setting_name(plain["id"]) if one.name == "id" else value_name(plain["id"], plain["value"])
            return (Part(text=self.say(named)),)
        return self.cell(one, plain.get(one.label, one.default))

    def cell(self, one: RecordField, value: object) -> Cell:
        """Return a field's plain value as a page shows it; what is not there is an empty cell."""
        values = value if isinstance(value, (list, tuple)) else [value]
        return tuple(self._part(one, each) for each in values if each is not None and each != "")

    def text(self, one: RecordField, value: object) -> str:
        """Return a field's plain value as one text."""
        return ", ".join(part.text for part in self.cell(one, value))

    def _part(self, one: RecordField, value: Any) -> Part:
        if one.record is not None:
            nested: type = one.record
            return Part(text=self._nested(shape_of(nested), value))
        if one.links_to is not None:
            return Part(text=self.names.get((one.links_to, value), value), link=(one.links_to, value))
        return Part(text=self._scalar(one, value))

    def _nested(self, shape: RecordShape, plain: Mapping[str, Any]) -> str:
        named = ((one, self.text(one, plain[one.label])) for one in shape.fields if one.label in plain)
        return ", ".join(f"{self.say(field_name(shape.record, one.name))} {text}" for one, text in named)

    def _scalar(self, one: RecordField, value: Any) -> str:
        if one.choices is not None:
            return self.say(CHOICES[one.choices][one.choices(value)])
        return _SCALARS.get(one.holds, _as_it_is)(self, one, value)

    def say(self, text: Text) -> str:
        """Return a text in the reader's language."""
        return text.in_language(self.language)

    def day(self, value: str) -> str:
        """Return a day of a plain form."""
        return value if self.exact else day_text(date.fromisoformat(value), self.language)

    def moment(self, value: str) -> str:
        """Return a moment of a plain form, by the school's clock."""
        moment = datetime.fromisoformat(value).astimezone(self.zone)
        return moment.isoformat(timespec="seconds") if self.exact else clock_text(moment, self.language)

    def number(self, one: RecordField, value: int) -> str:
        """Return a number; years and weekdays as people say them."""
        if one.name == "year":
            return school_year_name(value)
        return self.say(_WEEKDAYS).split()[value - 1] if one.name == "weekday" else str(value)


def _as_it_is(_reader: Reader, _field: RecordField, value: object) -> str:
    return str(value)


_SCALARS: Mapping[FieldType, Callable[[Reader, RecordField, Any], str]] = {
    FieldType.DAY: lambda reader, _, value: reader.day(value),
    FieldType.MOMENT: lambda reader, _, value: reader.moment(value),
    FieldType.FLAG: lambda reader, _, value: reader.say(VALUES[value]),
    FieldType.NUMBER: lambda reader, one, value: reader.number(one, value),
}


def links_in(shape: RecordShape, plain: Mapping[str, Any]) -> Iterator[Link]:
    """Yield what a record in its plain form links to, itself or in a record inside it."""
    for one in shape.fields:
        value = plain.get(one.label)
        if value is None:
            continue
        values = value if isinstance(value, list) else [value]
        if one.links_to is not None:
            yield from ((one.links_to, each) for each in values)
        elif one.record is not None:
            nested: type = one.record
            for each in values:
                yield from links_in(shape_of(nested), each)


def names_of_links(unit: ConsoleUnit, links: Iterable[Link], language: Language) -> Mapping[Link, str]:
    """Return what linked records are called; a special category of data is told by its id alone (R-SEC-10)."""
    ids: dict[Linked, set[str]] = {}
    for kind, known in links:
        ids.setdefault(kind, set()).add(known)
    people = unit.console.names(one for kind, some in ids.items() if isinstance(kind, RosterKind) for one in some)
    found: dict[Link, str] = {
        (kind, one): people[one]
        for kind, some in ids.items()
        if kind in set(RosterKind)
        for one in some & people.keys()
    }
    linked = {
        kind: unit.record_browser.linked(kind, some)
        for kind, some in ids.items()
        if isinstance(kind, RecordKind) and kind not in RESTRICTED
    }
    around = _around_lessons(
        unit, [one for one in linked.get(RecordKind.LESSONS, {}).values() if isinstance(one, Lesson)]
    )
    for kind, records in linked.items():
        found |= {(kind, known): called(record, language, around) for known, record in records.items()}
    return found


def _around_lessons(unit: ConsoleUnit, lessons: Sequence[Lesson]) -> Mapping[Link, str]:
    """Return the names of the subjects, classes and groups of lessons."""
    classes = unit.console.names({one.school_class for one in lessons if one.school_class is not None})
    found: dict[Link, str] = {(RosterKind.CLASSES, known): name for known, name in classes.items()}
    for kind, ids in (
        (RecordKind.SUBJECTS, {str(one.subject) for one in lessons}),
        (RecordKind.GROUPS, {str(one.group) for one in lessons if one.group is not None}),
    ):
        records = unit.record_browser.linked(kind, ids)
        found |= {(kind, known): str(getattr(one, "name", known)) for known, one in records.items()}
    return found


def called(record: Record, language: Language, around: Mapping[Link, str]) -> str:
    """Return what people call a record that another one links to; ``around`` has names of what is around lessons."""
    match record:
        case Lesson():
            subject = around.get((RecordKind.SUBJECTS, record.subject), record.subject)
            taught: Link = (RosterKind.CLASSES, record.school_class or "")
            if record.group is not None:
                taught = (RecordKind.GROUPS, record.group)
            whom = around.get(taught, taught[1])
            return f"{day_text(record.day, language)}, {record.number}, {subject}, {whom}"
        case AcademicYear():
            return school_year_name(record.year)
        case Period():
            kind = CHOICES[type(record.kind)][record.kind].in_language(language)
            return f"{kind} {record.number}, {school_year_name(record.year)}"
        case Mark():
            return mark_text(record.value, record.sign)
        case _:
            return next((str(text) for name in _NAMING if (text := getattr(record, name, ""))), str(record.id))  # type: ignore[attr-defined]  # what is linked to has an id


def mark_text(value: int | None, sign: MarkSign | None) -> str:
    """Return a mark as it stands in the journal."""
    return str(value) if value is not None else sign.shown if sign is not None else NOTHING
