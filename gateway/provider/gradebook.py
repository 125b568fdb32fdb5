"""The gradebook as a part of what we give out: made whole once, then only what the journal's changes touch."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from gateway.mapping.oneroster_gradebook import Gradebook, gradebook_of
from gateway.mapping.oneroster_ids import final_guid
from gateway.model.audit import AuditEntry
from gateway.model.ids import LessonId, RecordId
from gateway.model.journal_records import RecordKind as JournalKind
from gateway.model.oneroster import ObjectKind, ProviderObject
from gateway.model.oneroster_submission import SUBMISSION
from gateway.model.record_history import REKEY
from gateway.model.roster import RecordKind
from gateway.ports.provider import GradebookShelf, ProviderUnit
from gateway.provider.part import Part, Remade

_FRAME = frozenset(
    {
        RecordKind.CLASS.value,
        RecordKind.PUPIL.value,
        RecordKind.ENROLLMENT.value,
        *(
            kind.one
            for kind in (
                JournalKind.YEARS,
                JournalKind.PERIODS,
                JournalKind.SUBJECTS,
                JournalKind.SCALES,
                JournalKind.GROUPS,
                JournalKind.LOADS,
                JournalKind.SLOTS,
            )
        ),
    }
)
"""What stands around all marks: when that changes everything is made anew."""

_LESSON, _MARK, _HOMEWORK = JournalKind.LESSONS.one, JournalKind.MARKS.one, JournalKind.HOMEWORK.one
_FINAL, _WORK_TYPE = JournalKind.PERIOD_MARKS.one, JournalKind.WORK_TYPES.one
_FOLLOWED = frozenset({_LESSON, _MARK, _HOMEWORK, _FINAL, _WORK_TYPE, SUBMISSION})

_MOST_ENTRIES = 5000
"""After more changes than that everything is made anew: it does not take longer."""


@dataclass(slots=True)
class Touched:
    """What some entries of the audit chain touch; ``everything`` if that cannot be told."""

    lessons: set[LessonId] = field(default_factory=set)
    finals: set[RecordId] = field(default_factory=set)
    items: set[str] = field(default_factory=set)
    results: set[str] = field(default_factory=set)
    everything: bool = False

    def take(self, entry: AuditEntry) -> None:
        """Add what one entry touches."""
        record = entry.record
        if record.object_kind in _FRAME or (record.action == REKEY and record.object_kind in _FOLLOWED):
            self.everything = True
            return
        told = [*(one for one in (record.old, record.new) if one)]
        match record.object_kind:
            case kind if kind in {_LESSON, _HOMEWORK}:
                self.lessons.add(LessonId(record.object_id))
            case kind if kind == _MARK:
                self._lessons_in(told)
            case kind if kind == _FINAL:
                self.finals.add(RecordId(record.object_id))
            case kind if kind == SUBMISSION:
                self._decision(told)

    def _decision(self, told: Sequence[Mapping[str, object]]) -> None:
        """Add what a decision on another system's object touches: `submission_trace` wrote it down."""
        for one in told:
            self.lessons |= {LessonId(str(one["lesson"]))} if one.get("lesson") else set()
            self.finals |= {RecordId(str(one["final"]))} if one.get("final") else set()
            self.items |= {str(one["lineItem"])} if one.get("lineItem") else set()
            self.results |= {str(one["result"])} if one.get("result") else set()

    def _lessons_in(self, told: Sequence[Mapping[str, object]]) -> None:
        lessons = {LessonId(str(one["lesson"])) for one in told if "lesson" in one}
        self.lessons |= lessons
        self.everything = self.everything or not lessons


def touched_by(entries: Iterable[AuditEntry]) -> Touched:
    """Return what some entries of the audit chain touch in the gradebook."""
    touched = Touched()
    for entry in entries:
        touched.take(entry)
    return touched


def _make(unit: ProviderUnit, _today: date) -> Iterator[ProviderObject]:
    book = gradebook_of(unit.gradebook.facts(unit.provider.facts()))
    yield from book.frame()
    for lesson in unit.gradebook.lessons():
        yield from book.lesson(lesson)
    for mark in unit.gradebook.finals():
        yield from book.final(mark)


def _follow(unit: ProviderUnit, since: int) -> Remade | None:
    entries = unit.audit.changes(since, _MOST_ENTRIES + 1)
    touched = touched_by(entries)
    if touched.everything or len(entries) > _MOST_ENTRIES:
        return None
    shelf, whole = unit.gradebook, unit.provider
    book = gradebook_of(shelf.facts(whole.facts()))
    objects = list(_touched_objects(book, shelf, touched))
    finals = {*(final_guid(book.school, one) for one in touched.finals), *touched.results}
    items = set(touched.items)
    for lesson in touched.lessons:
        items.update(book.candidates(lesson))
        items.update(work.sourced_id for work in book.facts.works.get(lesson, ()))
    made = {kind: {one.sourced_id for one in objects if one.kind is kind} for kind in GRADEBOOK.kinds}
    held = {
        **{kind: whole.digests(kind) for kind in _WHOLE},
        ObjectKind.LINE_ITEM: shelf.digests_of(ObjectKind.LINE_ITEM, ids=items | made[ObjectKind.LINE_ITEM]),
        ObjectKind.RESULT: shelf.digests_of(ObjectKind.RESULT, ids=finals | made[ObjectKind.RESULT], items=items),
        ObjectKind.ASSESSMENT_RESULT: shelf.digests_of(
            ObjectKind.ASSESSMENT_RESULT, ids=finals | made[ObjectKind.ASSESSMENT_RESULT]
        ),
    }
    return Remade(held=held, objects=objects)


def _touched_objects(book: Gradebook, shelf: GradebookShelf, touched: Touched) -> Iterator[ProviderObject]:
    yield from book.frame()
    for lesson in shelf.lessons(touched.lessons):
        yield from book.lesson(lesson)
    for mark in shelf.finals(ids=touched.finals):
        yield from book.final(mark)


_WHOLE = (ObjectKind.CATEGORY, ObjectKind.SCORE_SCALE, ObjectKind.ASSESSMENT_LINE_ITEM)
"""So few that they are always made anew."""

GRADEBOOK = Part(
    name="gradebook",
    kinds=(*_WHOLE, ObjectKind.LINE_ITEM, ObjectKind.RESULT, ObjectKind.ASSESSMENT_RESULT),
    watches=_FRAME | _FOLLOWED,
    make=_make,
    follow=_follow,
)
"""Categories, scales, line items, results, exams."""
