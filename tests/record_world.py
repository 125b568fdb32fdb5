"""Records of every kind out of thin air, made from their shapes: for tests that are about all of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any

from gateway.model.batch import Batch
from gateway.model.ids import SchoolId
from gateway.model.journal_records import KEYS, RecordKind, Stored, key_of
from gateway.model.record_shape import FieldType, Linked, RecordField, shape_of, shape_of_kind

SCHOOL, OTHER_SCHOOL = SchoolId("school-1"), SchoolId("school-2")
FIRST_DAY = date(2026, 9, 1)
FIRST_MOMENT = datetime(2026, 9, 1, 8, 0, tzinfo=UTC)
LETTERS = "абвгд ёЁ«»№—,;:'\"\\/\t%_-0123456789"
LONGEST = 60


class RecordMaker:
    """Makes records; ids that name a record are drawn from a few of each kind, so that records meet."""

    def __init__(self, seed: int, *, ids: int = 4) -> None:
        self._random = Random(seed)  # noqa: S311  made-up records, not secrets
        self._ids = ids
        self._makers: Mapping[FieldType, Callable[[RecordField], Any]] = {
            FieldType.TEXT: self._text,
            FieldType.NUMBER: self._number,
            FieldType.FLAG: lambda _: self._random.random() < 0.5,
            FieldType.DAY: lambda _: FIRST_DAY + timedelta(days=self._random.randrange(4)),
            FieldType.MOMENT: lambda _: FIRST_MOMENT + timedelta(microseconds=self._random.randrange(10**12)),
            FieldType.CLOCK_TIME: lambda _: time(self._random.randrange(24), self._random.randrange(60)),
            FieldType.CHOICE: lambda field: self._random.choice(list(field.choices or ())),
            FieldType.RECORD: self._nested,
        }

    def record(self, kind: RecordKind, *, whole: bool | None = None, **given: Any) -> Any:
        """A record with all its fields set (``whole``), with none that may be left out (``False``), or some."""
        shape = shape_of_kind(kind)
        own = {name: self.an_id(kind) for name in KEYS[kind] if name == "id"}
        return self._made(shape.fields, shape.record, own | given, whole)

    def records(self, kind: RecordKind, most: int) -> tuple[Any, ...]:
        """Some records of a kind with different keys."""
        made = (self.record(kind) for _ in range(self._random.randint(0, most)))
        return tuple({key_of(one): one for one in made}.values())

    def batch(self, most: int) -> Batch:
        """Some records of every kind."""
        found: dict[str, Any] = {kind.value: self.records(kind, most) for kind in RecordKind}
        return Batch(school=SCHOOL, sent_at=FIRST_MOMENT, **found)

    def an_id(self, of: Linked) -> str:
        """One of the few ids of a kind."""
        return f"{of.value}-{self._random.randrange(self._ids)}"

    def _made(self, fields: Any, record: Any, given: Mapping[str, Any], whole: bool | None) -> Any:  # noqa: FBT001  None is the usual
        values = dict(given)
        for field in fields:
            some = self._random.random() < 0.5
            set_here = some if whole is None else whole
            if field.name not in given and (field.required or set_here):
                values[field.name] = None if field.nullable and not set_here else self._value(field)
        return record(**values)

    def _value(self, field: RecordField) -> Any:
        if field.many:
            return tuple(self._one(field) for _ in range(self._random.randint(1, 3)))
        return self._one(field)

    def _one(self, field: RecordField) -> Any:
        if field.holds is FieldType.ID:
            return "X-1" if field.links_to is None else self.an_id(field.links_to)
        return self._makers[field.holds](field)

    def _nested(self, field: RecordField) -> Any:
        assert field.record is not None
        nested: type = field.record
        return self._made(shape_of(nested).fields, nested, {}, None)

    def _text(self, field: RecordField) -> str:
        longest = min(field.length.longest if field.length else LONGEST, LONGEST)
        return "".join(self._random.choices(LETTERS, k=self._random.randint(1, longest)))

    def _number(self, field: RecordField) -> int:
        return self._random.randint(field.bounds.lowest, field.bounds.highest) if field.bounds else 7


def stored(record: Any, version: int = 1) -> Stored[Any]:
    return Stored(record=record, version=version)
