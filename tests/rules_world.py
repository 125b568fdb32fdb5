"""A journal in memory that reads for each batch exactly what `StoredRecords` promises, and a small school for it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from gateway.errors import Fault
from gateway.model.audit import GENESIS, AuditEntry, AuditRecord, seal
from gateway.model.batch import Batch
from gateway.model.grading import WorkKind
from gateway.model.ids import ClassId, GroupId, GuardianId, LessonId, PeriodId, PupilId, SchoolId, StaffId, SubjectId
from gateway.model.journal import Deferral, Homework, Lesson, Mark, PeriodMark, Stage
from gateway.model.journal_records import KIND_OF, Record, RecordKey, RecordKind, Stored, key_of, name_of, records_of
from gateway.model.people import Enrollment
from gateway.model.policy import policy_of
from gateway.model.record_shape import FieldType, Linked, RecordShape, RosterKind, shape_of, shape_of_kind
from gateway.model.rules.batch import Verdict, check_batch
from gateway.model.rules.reference import COMPLETE, JournalReference, StoredRecords
from gateway.model.rules.turns import TURNS
from gateway.model.school import (
    AcademicYear,
    GroupKind,
    Period,
    PeriodKind,
    StudyGroup,
    Subject,
    Vacation,
    YearState,
)

ZONE = ZoneInfo("Europe/Moscow")
SCHOOL = SchoolId("school-1")
START, DAY = date(2026, 9, 1), date(2026, 9, 15)
NOW = datetime(2026, 9, 15, 15, 0, tzinfo=UTC)
CLASS_1, CLASS_5, OTHER_5, CLASS_6, CLASS_10 = map(ClassId, ("1А", "5А", "5Б", "6А", "10А"))
FIRST, ANNA, BORIS, VERA, TENTH = map(PupilId, ("first", "anna", "boris", "vera", "tenth"))
TEACHER, OTHER, DEPUTY = map(StaffId, ("teacher", "other", "deputy"))
MOTHER, STRANGER = GuardianId("mother"), GuardianId("stranger")
MATHS, ENGLISH = SubjectId("maths"), SubjectId("english")
GROUP, MIXED = GroupId("english-1"), GroupId("mixed")
GRADES = {CLASS_1: 1, CLASS_5: 5, OTHER_5: 5, CLASS_6: 6, CLASS_10: 10}
_PLACES = {FIRST: CLASS_1, ANNA: CLASS_5, BORIS: CLASS_5, VERA: CLASS_5, TENTH: CLASS_10}

Q1, H1, YEAR = PeriodId("q1"), PeriodId("h1"), PeriodId("y")


def frame(state: YearState = YearState.OPEN) -> tuple[Record, ...]:
    """The set-up of the school year 2026."""
    return (
        AcademicYear(id="2026", year=2026, start=START, end=date(2027, 8, 30), state=state),
        _period(Q1, PeriodKind.QUARTER, START, date(2026, 10, 25), 1, 9),
        _period("q2", PeriodKind.QUARTER, date(2026, 11, 4), date(2026, 12, 29), 1, 9),
        _period(H1, PeriodKind.HALF_YEAR, START, date(2026, 12, 29), 10, 11),
        _period(YEAR, PeriodKind.YEAR, START, date(2027, 5, 31), 1, 11),
        Vacation(id="autumn", year=2026, name="Осенние", start=date(2026, 10, 26), end=date(2026, 11, 3)),
        Subject(id=MATHS, name="Математика"),
        Subject(id=ENGLISH, name="Английский язык"),
        StudyGroup(id=GROUP, name="Английский", kind=GroupKind.SUBGROUP, subject=ENGLISH, members=(ANNA, BORIS)),
        StudyGroup(id=MIXED, name="Комплект", kind=GroupKind.COMBINED_CLASS, subject=MATHS, members=(FIRST, VERA)),
    )


def _period(name: str, kind: PeriodKind, start: date, end: date, first: int, last: int) -> Period:
    return Period(
        id=PeriodId(name), year=2026, kind=kind, number=1, start=start, end=end, first_grade=first, last_grade=last
    )


def at(day: date, hour: int, minute: int = 0) -> datetime:
    """An hour of a day at the school."""
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=ZONE).astimezone(UTC)


def lesson(name: str = "L-1", *, day: date = DAY, hour: int = 9, **changes: Any) -> Lesson:
    """A lesson in maths of class 5А; ``school_class=None, group=…`` makes it one of a group."""
    usual = Lesson(
        id=LessonId(name),
        day=day,
        number=hour - 8,
        starts_at=at(day, hour),
        ends_at=at(day, hour, 45),
        subject=MATHS,
        teacher=TEACHER,
        topic="Дроби",
        school_class=CLASS_5,
    )
    return replace(usual, **changes)


def mark(name: str = "M-1", *, of: str = "L-1", pupil: PupilId = ANNA, value: int | None = 5, **changes: Any) -> Mark:
    """A mark of Anna at the lesson."""
    return replace(Mark(id=name, lesson=LessonId(of), pupil=pupil, value=value, work_kind=WorkKind.ORAL), **changes)


def homework(*, of: str = "L-1", text: str | None = "№ 5–7", **changes: Any) -> Homework:
    """Homework set at the lesson."""
    return replace(Homework(lesson=LessonId(of), text=text), **changes)


def period_mark(name: str = "P-1", *, pupil: PupilId = ANNA, **changes: Any) -> PeriodMark:
    """Anna's mark of maths for the first quarter."""
    usual = PeriodMark(id=name, pupil=pupil, subject=MATHS, period=Q1, value=4)
    return replace(usual, **changes)


def batch_of(*records: Record) -> Batch:
    """A batch of records of any kinds, in their order."""
    lists: dict[str, list[Record]] = {}
    for record in records:
        lists.setdefault(KIND_OF[type(record)].value, []).append(record)
    fields: dict[str, Any] = {name: tuple(found) for name, found in lists.items()}
    return Batch(school=SCHOOL, sent_at=NOW, **fields)


def in_turn(batch: Batch) -> Iterator[tuple[RecordKind, int, Record]]:
    """Yield the records of a batch in the order in which they are checked, with kind and place."""
    for turn in TURNS:
        for place, record in enumerate(records_of(batch, turn.kind)):
            if turn.takes(record):
                yield turn.kind, place, record


Broken = Mapping[tuple[str, int], set[tuple[str, str | None, str | None]]]


def broken(faults: Mapping[tuple[RecordKind, int], tuple[Fault, ...]]) -> Broken:
    """Code, field and rule of every fault, by kind and place of the record."""
    return {
        (kind.value, place): {(fault.code, fault.field, fault.rule) for fault in found}
        for (kind, place), found in faults.items()
    }


def links_of(record: Any, shape: RecordShape | None = None) -> Iterator[tuple[Linked, str]]:
    """Yield what a record names, also in lists and nested records."""
    for one in (shape or shape_of_kind(KIND_OF[type(record)])).fields:
        value = getattr(record, one.name)
        members = value if isinstance(value, tuple) else () if value is None else (value,)
        for member in members:
            if one.links_to is not None:
                yield one.links_to, member
            elif one.holds is FieldType.RECORD:
                yield from links_of(member, shape_of(type(member)))


@dataclass(kw_only=True, slots=True)
class MemoryJournal:
    """A school's journal: what is stored, and the audit chain of how it came to be."""

    stored: dict[RecordKind, dict[RecordKey, Stored[Any]]] = field(
        default_factory=lambda: {kind: {} for kind in RecordKind}
    )
    enrollments: dict[PupilId, tuple[Enrollment, ...]] = field(
        default_factory=lambda: {
            pupil: (Enrollment(pupil=pupil, school_class=place, valid_from=START),) for pupil, place in _PLACES.items()
        }
    )
    class_teachers: dict[ClassId, StaffId] = field(default_factory=lambda: {CLASS_5: TEACHER})
    entries: list[AuditEntry] = field(default_factory=list)

    def copy(self) -> MemoryJournal:
        """A journal that holds the same and goes its own way."""
        return MemoryJournal(
            stored={kind: dict(held) for kind, held in self.stored.items()},
            enrollments=dict(self.enrollments),
            class_teachers=dict(self.class_teachers),
            entries=list(self.entries),
        )

    def records(self, kind: RecordKind) -> list[Any]:
        """All records of a kind."""
        return [one.record for one in self.stored[kind].values()]

    def hold(self, *records: Record) -> MemoryJournal:
        """Write records without asking any rule."""
        for record in records:
            self._write(KIND_OF[type(record)], record, NOW)
        return self

    def post(
        self,
        batch: Batch,
        *,
        now: datetime = NOW,
        rejected: Mapping[RecordKind, Collection[RecordKey]] | None = None,
        repeated: Mapping[RecordKind, Mapping[RecordKey, int]] | None = None,
    ) -> Verdict:
        """Check a batch and write what goes through."""
        verdict = check_batch(batch, self.reference(batch), now=now, rejected=rejected or {}, repeated=repeated or {})
        for kind, _, record in in_turn(verdict.accepted):
            self._write(kind, record, now)
        return verdict

    def post_in_parts(self, batch: Batch, cuts: Collection[int], *, now: datetime = NOW) -> Verdict:
        """Post a batch in parts that are cut before the places given, and put the verdicts together."""
        records = list(in_turn(batch))
        keys = [(kind, key_of(record)) for kind, _, record in records]
        repeated: dict[RecordKind, dict[RecordKey, int]] = {}
        for kind, key in keys:
            repeated.setdefault(kind, {})[key] = keys.count((kind, key))
        rejected: dict[RecordKind, set[RecordKey]] = {}
        faults: dict[tuple[RecordKind, int], tuple[Fault, ...]] = {}
        bounds = [0, *sorted({cut for cut in cuts if cut < len(records)}), len(records)]
        for first, last in pairwise(bounds):
            part = records[first:last]
            verdict = self.post(
                batch_of(*(record for _, _, record in part)), now=now, rejected=rejected, repeated=repeated
            )
            places: dict[RecordKind, list[int]] = {}
            for kind, place, record in part:
                here = (kind, len(places.setdefault(kind, [])))
                places[kind].append(place)
                if here in verdict.faults:
                    faults[kind, place] = verdict.faults[here]
                    rejected.setdefault(kind, set()).add(key_of(record))
        kept = [record for kind, place, record in records if (kind, place) not in faults]
        return Verdict(accepted=batch_of(*kept), faults=faults)

    def _write(self, kind: RecordKind, record: Record, now: datetime) -> None:
        key = key_of(record)
        before = self.stored[kind].get(key)
        if before is not None and before.record == record:
            return
        self.stored[kind][key] = Stored(record=record, version=before.version + 1 if before else 1)
        told = AuditRecord(
            at=now,
            actor="client",
            role="journal",
            channel="api",
            action="create" if before is None else "update",
            object_kind=kind.one,
            object_id=name_of(key),
            old=None if before is None else {"record": repr(before.record)},
            new={"record": repr(record)},
        )
        last = self.entries[-1] if self.entries else None
        self.entries.extend(
            seal([told], sequence=last.sequence if last else 0, previous=last.hash if last else GENESIS)
        )

    # what a batch's rules may look up

    def reference(self, batch: Batch) -> JournalReference:
        """Return what is promised for a batch, and nothing more."""
        records = [record for _, _, record in in_turn(batch)]
        named: dict[Linked, set[str]] = {}
        for record in records:
            for linked, name in links_of(record):
                named.setdefault(linked, set()).add(name)
        lessons = self._lessons(records, named)
        groups = self._groups(records, lessons)
        pupils = {PupilId(name) for name in named.get(RosterKind.PUPILS, ())}
        members = {pupil for group in groups for pupil in group.pupils}
        return JournalReference(
            zone=ZONE,
            policy=policy_of(self.records(RecordKind.POLICIES)),
            grades=GRADES,
            class_teachers=self.class_teachers,
            pupils=frozenset(pupils & set(self.enrollments)),
            guardians=frozenset({MOTHER, STRANGER} & named.get(RosterKind.GUARDIANS, set())),
            staff=frozenset({TEACHER, OTHER, DEPUTY} & named.get(RosterKind.STAFF, set())),
            enrollments={one: self.enrollments[one] for one in (pupils | members) & set(self.enrollments)},
            guardianships=frozenset({(MOTHER, ANNA)}),
            finals=frozenset(self._finals(lessons)),
            summed_up=frozenset(
                one.period
                for one in self.records(RecordKind.PERIOD_MARKS)
                if not one.voided
                and one.stage in {Stage.PERIOD, Stage.YEAR}
                and any(isinstance(record, Period) and record.id == one.period for record in records)
            ),
            kept=frozenset(kind for kind in (RecordKind.APPOINTMENTS, RecordKind.LOADS) if self.stored[kind]),
            stored=StoredRecords(by_kind=self._promised(records, named, lessons, pupils)),
        )

    def _lessons(self, records: Iterable[Record], named: Mapping[Linked, set[str]]) -> list[Lesson]:
        brought = [record for record in records if isinstance(record, Lesson)]
        names = {one.id for one in brought} | named.get(RecordKind.LESSONS, set())
        held = self.stored[RecordKind.LESSONS]
        return brought + [held[name,].record for name in names if (name,) in held]

    def _groups(self, records: Iterable[Record], lessons: Iterable[Lesson]) -> list[StudyGroup]:
        held = self.stored[RecordKind.GROUPS]
        of_lessons = [held[one.group,].record for one in lessons if one.group and (one.group,) in held]
        return of_lessons + [record for record in records if isinstance(record, StudyGroup)]

    def _promised(
        self, records: list[Record], named: Mapping[Linked, set[str]], lessons: list[Lesson], pupils: set[PupilId]
    ) -> Mapping[RecordKind, Mapping[RecordKey, Stored[Any]]]:
        brought = {(KIND_OF[type(record)], key_of(record)) for record in records}
        linked = {(kind, (name,)) for kind, names in named.items() for name in names}
        of_lessons = {(kind, (name,)) for one in lessons for kind, name in links_of(one) if kind in _OF_LESSONS}
        names = {one.id for one in lessons} | named.get(RecordKind.LESSONS, set())
        staff = named.get(RosterKind.STAFF, set())
        days = {(one.day, one.school_class, one.group) for one in lessons}
        subjects = {one.subject for one in lessons} | {
            record.subject for record in records if isinstance(record, PeriodMark | Deferral)
        }

        def is_promised(kind: RecordKind, key: RecordKey, record: Any) -> bool:
            around = {
                RecordKind.LESSONS: lambda: record.id in names,
                RecordKind.MARKS: lambda: record.lesson in names,
                RecordKind.ABSENCES: lambda: record.lesson in names,
                RecordKind.MAKE_UPS: lambda: record.lesson in names,
                RecordKind.PERIOD_MARKS: lambda: record.pupil in pupils and record.subject in subjects,
                RecordKind.DEFERRALS: lambda: record.pupil in pupils and record.subject in subjects,
                RecordKind.SUBSTITUTIONS: lambda: (record.day, record.school_class, record.group) in days,
                RecordKind.APPOINTMENTS: lambda: record.staff in staff,
                RecordKind.LOADS: lambda: record.teacher in staff,
            }
            known = kind in COMPLETE or (kind, key) in brought | linked | of_lessons
            return known or (kind in around and around[kind]())

        return {
            kind: {key: one for key, one in held.items() if is_promised(kind, key, one.record)}
            for kind, held in self.stored.items()
        }

    def _finals(self, lessons: Iterable[Lesson]) -> Iterator[tuple[ClassId | GroupId, SubjectId, PeriodId]]:
        wanted = {(one.school_class or one.group, one.subject) for one in lessons}
        for final in self.records(RecordKind.PERIOD_MARKS):
            if final.voided or final.stage not in {Stage.PERIOD, Stage.YEAR}:
                continue
            end = self.stored[RecordKind.PERIODS][final.period,].record.end
            for addressee, subject in wanted:
                if addressee and subject == final.subject and self._is_in(final.pupil, addressee, end):
                    yield addressee, subject, final.period

    def _is_in(self, pupil: PupilId, addressee: str, day: date) -> bool:
        group = self.stored[RecordKind.GROUPS].get((addressee,))
        if group is not None:
            return bool(group.record.has(pupil, day))
        return any(place.school_class == addressee and place.covers(day) for place in self.enrollments[pupil])


_OF_LESSONS = frozenset({RecordKind.GROUPS, RecordKind.SUBSTITUTIONS})


def opened() -> MemoryJournal:
    """A journal with the frame of an open year."""
    return MemoryJournal().hold(*frame())


def next_working(day: date) -> date:
    """The first day after a day that is neither Saturday nor Sunday."""
    day += timedelta(days=1)
    return day if day.isoweekday() < 6 else next_working(day)
