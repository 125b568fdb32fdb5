"""The journal as a state machine: whatever is posted, legal or not, in one piece or in parts, no invariant breaks.

The invariants are stated here without the rules: over what is stored, and over what each posting changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from gateway.model.attendance import Absence, AbsenceKind, CertifiedResult, MakeUp, StudyCertificate
from gateway.model.audit import first_fault
from gateway.model.grading import MarkSign
from gateway.model.journal import Deferral, Lesson, Mark, MarkOrigin, PeriodMark, Stage
from gateway.model.journal_records import Record, RecordKind, key_of, name_of
from gateway.model.oversight import Correction, Decision, Outage
from gateway.model.people import Enrollment
from gateway.model.school import AcademicYear, Period, YearState
from tests import rules_world as world

T = TypeVar("T")

PUPILS = st.sampled_from([world.ANNA] * 3 + [world.BORIS] * 2 + [world.VERA, world.FIRST, world.TENTH])
IDS = st.sampled_from([1, 1, 1, 2, 2, 3, 4, 5])
DAYS = st.integers(0, 12)
KINDS = st.sampled_from([AbsenceKind.ILLNESS, AbsenceKind.ILLNESS, *AbsenceKind])
SOMETIMES = st.sampled_from([False, False, False, True])
ADDRESSEES = st.sampled_from(
    [
        {"school_class": world.CLASS_5},
        {"school_class": world.CLASS_5},
        {"school_class": world.CLASS_5},
        {"school_class": world.CLASS_1},
        {"school_class": None, "group": world.MIXED},
    ]
)
OUTSIDE_LOCKS = frozenset({Stage.EXAM, Stage.FINAL})


class Journal(RuleBasedStateMachine):
    """Posts batches of whatever the rules put together, and looks at the journal after each."""

    journal: world.MemoryJournal
    now: datetime
    frozen: dict[tuple[RecordKind, tuple[str, ...]], Record] | None

    @initialize(
        size=st.integers(1, 5),
        cuts=st.sets(st.integers(1, 6)),
        summed_up=st.sets(st.sampled_from([world.ANNA, world.BORIS])),
    )
    def open(self, size: int, cuts: set[int], summed_up: set[Any]) -> None:
        """Five lessons are held; batches have as many records as drawn, or a few more, and are cut as drawn."""
        self.size, self.cuts = size, cuts
        self.journal = world.opened()
        self.now = world.at(date(2026, 10, 12), 16)
        self.pending: list[Record] = []
        self.frozen = None
        self.count = 0
        whose = [{}, {}, {}, {"school_class": world.CLASS_1}, {"school_class": None, "group": world.MIXED}]
        days = enumerate(whose, start=1)
        self._post([world.lesson(f"L-{number}", day=self._day(number), **one) for number, one in days])
        self._post([world.mark(f"M-1-{pupil}", pupil=pupil) for pupil in (world.ANNA, world.BORIS)])
        self._post([world.period_mark(f"P-0-{pupil}", pupil=pupil) for pupil in sorted(summed_up)])

    # operations: what goes into the next batch

    @rule(number=st.integers(4, 8), ago=DAYS, addressee=ADDRESSEES)
    def give_lesson(self, number: int, ago: int, addressee: dict[str, Any]) -> None:
        self._bring(world.lesson(f"L-{number}", day=self._day(ago - 1), **addressee, **self._by_correction()))

    @rule(number=IDS, lesson=IDS, pupil=PUPILS, value=st.sampled_from([2, 3, 4, 5, 5, 6]), voided=SOMETIMES)
    def put_mark(self, *, number: int, lesson: int, pupil: Any, value: int, voided: bool) -> None:
        name = f"M-{lesson}-{pupil}" if number < 4 else f"M-{number}"
        self._bring(world.mark(name, of=f"L-{lesson}", pupil=pupil, value=value, voided=voided))

    @rule(data=st.data(), value=st.integers(2, 5), voided=st.booleans(), corrected=st.booleans())
    def change_mark(self, *, data: st.DataObject, value: int, voided: bool, corrected: bool) -> None:
        if known := self.journal.records(RecordKind.MARKS):
            mark = data.draw(st.sampled_from(known))
            named = self._by_correction() if corrected else {}
            self._bring(replace(mark, value=value, voided=voided, **named))

    @rule(lesson=IDS, pupil=PUPILS, kind=KINDS, voided=SOMETIMES)
    def put_absence(self, *, lesson: int, pupil: Any, kind: AbsenceKind, voided: bool) -> None:
        self._bring(Absence(lesson=f"L-{lesson}", pupil=pupil, kind=kind, voided=voided))

    @rule(data=st.data(), kind=KINDS, voided=st.booleans())
    def change_absence(self, *, data: st.DataObject, kind: AbsenceKind, voided: bool) -> None:
        if known := self.journal.records(RecordKind.ABSENCES):
            self._bring(replace(data.draw(st.sampled_from(known)), kind=kind, voided=voided))

    @rule(lesson=st.integers(1, 3), pupil=PUPILS, missed=st.booleans(), value=st.sampled_from([None, 2, 5]))
    def make_up(self, *, lesson: int, pupil: Any, missed: bool, value: int | None) -> None:
        """A protocol for a lesson, missed or not, and a mark by it."""
        absence = Absence(lesson=f"L-{lesson}", pupil=pupil, kind=AbsenceKind.ILLNESS)
        name = f"U-{lesson}-{pupil}"
        protocol = MakeUp(
            id=name,
            lesson=absence.lesson,
            pupil=pupil,
            protocol="Протокол № 1",
            held_on=self.now.date(),
            commission=(world.TEACHER,),
        )
        mark = world.mark(f"M-{name}", of=absence.lesson, pupil=pupil, value=value, make_up=name)
        self._bring(*([absence] if missed else []), protocol, *([mark] if value else []))

    @rule(lesson=st.integers(1, 3), pupil=PUPILS, value=st.integers(2, 5), first=st.booleans())
    def be_there_and_not(self, *, lesson: int, pupil: Any, value: int, first: bool) -> None:
        """A mark and an absence at one place, one after the other."""
        absence = Absence(lesson=f"L-{lesson}", pupil=pupil, kind=AbsenceKind.ILLNESS)
        mark = world.mark(f"M-{lesson}-{pupil}", of=f"L-{lesson}", pupil=pupil, value=value)
        self._bring(*((absence, mark) if first else (mark, absence)))

    @rule(data=st.data(), voided=st.booleans())
    def take_back_what_was_made_up_for(self, *, data: st.DataObject, voided: bool) -> None:
        if known := self.journal.records(RecordKind.MAKE_UPS):
            protocol: MakeUp = data.draw(st.sampled_from(known))
            self._bring(Absence(lesson=protocol.lesson, pupil=protocol.pupil, kind=AbsenceKind.LATE, voided=voided))

    @rule(data=st.data(), value=st.integers(2, 5))
    def sum_up_again(self, *, data: st.DataObject, value: int) -> None:
        """The same final mark under another id."""
        if known := self.journal.records(RecordKind.PERIOD_MARKS):
            self.count += 1
            mark: PeriodMark = data.draw(st.sampled_from(known))
            self._bring(replace(mark, id=f"P-again-{self.count}", value=value, sign=None, voided=False))

    @rule(lesson=IDS, text=st.sampled_from([None, "№ 7", "—"]))
    def set_homework(self, lesson: int, text: str | None) -> None:
        self._bring(world.homework(of=f"L-{lesson}", text=text))

    @rule(
        number=IDS,
        pupil=PUPILS,
        period=st.sampled_from([world.Q1, world.Q1, world.Q1, world.YEAR]),
        stage=st.sampled_from([Stage.PERIOD, Stage.PERIOD, Stage.PERIOD, Stage.YEAR, Stage.EXAM]),
        sign=st.sampled_from([None, None, None, MarkSign.NOT_ATTESTED, MarkSign.MASTERED, MarkSign.PLUS]),
        voided=SOMETIMES,
        appeal=SOMETIMES,
    )
    def set_final_mark(
        self, *, number: int, pupil: Any, period: Any, stage: Stage, sign: Any, voided: bool, appeal: bool
    ) -> None:
        self._bring(
            world.period_mark(
                f"P-{pupil}-{period}-{stage}-{appeal}" if number < 4 else f"P-{number}",
                pupil=pupil,
                period=period,
                stage=stage,
                value=None if sign else 4,
                sign=sign,
                voided=voided,
                appeal=appeal,
                announced_on=self.now.date() if stage in OUTSIDE_LOCKS else None,
            )
        )

    @rule(number=IDS, pupil=PUPILS, days=st.integers(-5, 20))
    def defer(self, number: int, pupil: Any, days: int) -> None:
        until = self.now.date() + timedelta(days=days)
        self._bring(
            Deferral(
                id=f"D-{pupil}" if number < 4 else f"D-{number}",
                pupil=pupil,
                subject=world.MATHS,
                period=world.Q1,
                reason="болезнь",
                until=until,
                document="Приказ № 2",
            )
        )

    @rule(data=st.data(), approver=st.sampled_from([world.DEPUTY, world.DEPUTY, world.TEACHER]), asked=SOMETIMES)
    def correct(self, *, data: st.DataObject, approver: Any, asked: bool) -> None:
        """Ask for a correction of a mark, and use it at once, approved or not."""
        if known := self.journal.records(RecordKind.MARKS):
            mark: Mark = data.draw(st.sampled_from(known))
            self.count += 1
            correction = Correction(
                id=f"C-{self.count}",
                record_kind="marks",
                record=name_of(key_of(mark)),
                reason="ошибка",
                requested_by=world.TEACHER,
                requested_at=self.now - timedelta(hours=2),
                decision=Decision.REQUESTED if asked else Decision.APPROVED,
                decided_by=None if asked else approver,
                decided_at=None if asked else self.now - timedelta(hours=1),
            )
            self._bring(correction, replace(mark, value=2, voided=False, correction=correction.id))

    @rule(days=st.integers(0, 3), lasted=st.integers(1, 3))
    def break_down(self, days: int, lasted: int) -> None:
        end = self.now - timedelta(days=days, hours=1)
        self.count += 1
        self._bring(
            Outage(id=f"O-{self.count}", started_at=end - timedelta(days=lasted), ended_at=end, reason="авария")
        )

    @rule(lesson=IDS, pupil=PUPILS)
    def bring_from_hospital(self, lesson: int, pupil: Any) -> None:
        name = f"H-{pupil}"
        certificate = StudyCertificate(
            id=name,
            pupil=pupil,
            organisation="Больница",
            document="Справка № 3",
            valid_from=world.START,
            valid_to=date(2026, 12, 31),
            results=(CertifiedResult(subject=world.MATHS, value=5),),
        )
        mark = world.mark(
            f"M-H-{lesson}-{pupil}", of=f"L-{lesson}", pupil=pupil, origin=MarkOrigin.MEDICAL, certificate=name
        )
        self._bring(certificate, mark)

    @precondition(lambda self: len(self.journal.entries) > 40)
    @rule(state=st.sampled_from([YearState.OPEN, YearState.CLOSING, YearState.CLOSED]))
    def turn_year(self, state: YearState) -> None:
        self._bring(replace(_year(self.journal), state=state))

    @precondition(lambda self: len(self.journal.entries) > 40)
    @rule()
    def close_year(self) -> None:
        """The operation closes the year: no batch may (R-ACAD-22)."""
        self.journal.hold(replace(_year(self.journal), state=YearState.CLOSED))
        if self.frozen is None:
            self.frozen = _facts(self.journal)

    # what happens outside

    @rule(days=st.integers(1, 9))
    def wait(self, days: int) -> None:
        self.now += timedelta(days=days)

    @rule(pupil=st.sampled_from([world.BORIS, world.VERA]))
    def leave(self, pupil: Any) -> None:
        """The registry tells that a pupil leaves after today."""
        *before, last = self.journal.enrollments[pupil]
        if last.valid_to is None:
            self.journal.enrollments[pupil] = (*before, replace(last, valid_to=self.now.date()))

    @rule(pupil=PUPILS)
    def come(self, pupil: Any) -> None:
        """The registry tells that a pupil who left is back from today."""
        places = self.journal.enrollments[pupil]
        if places[-1].valid_to is not None and places[-1].valid_to < self.now.date() and len(places) == 1:
            back = Enrollment(pupil=pupil, school_class=places[0].school_class, valid_from=self.now.date())
            self.journal.enrollments[pupil] = (*places, back)

    @rule(twice=SOMETIMES)
    def post(self, *, twice: bool) -> None:
        """Post what has come together."""
        self._deliver([*self.pending, *self.pending[:1]] if twice else self.pending)

    def _bring(self, *records: Record) -> None:
        self.pending.extend(records)
        if len(self.pending) >= self.size:
            self._deliver(self.pending)

    def _deliver(self, records: list[Record]) -> None:
        """Post records; in parts it comes to the same."""
        self.pending = []
        batch = world.batch_of(*records)
        in_parts = self.journal.copy()
        apart = in_parts.post_in_parts(batch, self.cuts, now=self.now)
        assert apart.faults == self._post(records)
        assert in_parts.stored == self.journal.stored

    def _post(self, records: list[Record]) -> Any:
        before = self.journal.copy()
        verdict = self.journal.post(world.batch_of(*records), now=self.now)
        for kind, key, old, new in _changes(before, self.journal):
            assert not (kind in LOCKABLE and _is_locked(kind, old, new, before, self.journal, self.now)), (kind, key)
        assert self.frozen is not None or _year(self.journal).state is not YearState.CLOSED
        return verdict.faults

    def _day(self, ago: int) -> date:
        return self.now.date() - timedelta(days=ago)

    def _by_correction(self) -> dict[str, Any]:
        known = self.journal.records(RecordKind.CORRECTIONS)
        return {"correction": known[-1].id} if known and self.count % 2 else {}

    # what always holds

    @invariant()
    def nothing_without_enrolment(self) -> None:
        for kind in (RecordKind.MARKS, RecordKind.ABSENCES):
            for fact in _standing(self.journal, kind):
                lesson = _lesson(self.journal, fact.lesson)
                places = [one for one in self.journal.enrollments[fact.pupil] if one.covers(lesson.day)]
                assert places
                if lesson.school_class is not None:
                    assert {place.school_class for place in places} == {lesson.school_class}
                else:
                    assert fact.pupil in (world.FIRST, world.VERA)

    @invariant()
    def no_mark_at_a_missed_lesson_without_protocol(self) -> None:
        missed = _missed(self.journal)
        protocols = {one.id: (one.lesson, one.pupil) for one in self.journal.records(RecordKind.MAKE_UPS)}
        for mark in _standing(self.journal, RecordKind.MARKS):
            place = (mark.lesson, mark.pupil)
            if mark.make_up is not None:
                assert protocols[mark.make_up] == place
            elif mark.origin is MarkOrigin.SCHOOL:
                assert place not in missed

    @invariant()
    def an_absence_stays_when_it_is_made_up_for(self) -> None:
        for protocol in self.journal.records(RecordKind.MAKE_UPS):
            assert (protocol.lesson, protocol.pupil) in _missed(self.journal)

    @invariant()
    def grade_1_is_clean(self) -> None:
        for kind in (RecordKind.MARKS, RecordKind.PERIOD_MARKS):
            assert all(mark.pupil != world.FIRST for mark in _standing(self.journal, kind))
        for homework in self.journal.records(RecordKind.HOMEWORK):
            lesson = _lesson(self.journal, homework.lesson)
            assert homework.text is None or lesson.school_class == world.CLASS_5

    @invariant()
    def marks_are_of_the_scale(self) -> None:
        for mark in _standing(self.journal, RecordKind.MARKS):
            assert mark.value in range(1, 6)
        for final in _standing(self.journal, RecordKind.PERIOD_MARKS):
            assert final.sign is not MarkSign.PLUS

    @invariant()
    def one_final_mark_each(self) -> None:
        finals = [
            (one.pupil, one.subject, one.period, one.stage, one.appeal)
            for one in _standing(self.journal, RecordKind.PERIOD_MARKS)
        ]
        assert len(finals) == len(set(finals))

    @invariant()
    def facts_have_happened(self) -> None:
        assert all(lesson.starts_at <= self.now for lesson in self.journal.records(RecordKind.LESSONS))

    @invariant()
    def a_closed_year_is_as_it_was(self) -> None:
        if self.frozen is not None:
            assert _facts(self.journal) == self.frozen
            assert _year(self.journal).state is YearState.CLOSED

    @invariant()
    def the_audit_chain_is_whole(self) -> None:
        entries = self.journal.entries
        head = (entries[-1].sequence, entries[-1].hash)
        assert first_fault(entries, head=head) is None
        assert len(entries) == sum(one.version for held in self.journal.stored.values() for one in held.values())


# the journal looked at without its rules

FACTS = (
    RecordKind.LESSONS,
    RecordKind.ABSENCES,
    RecordKind.MAKE_UPS,
    RecordKind.MARKS,
    RecordKind.HOMEWORK,
    RecordKind.DEFERRALS,
    RecordKind.PERIOD_MARKS,
)
LOCKABLE = frozenset({RecordKind.LESSONS, RecordKind.ABSENCES, RecordKind.MARKS, RecordKind.HOMEWORK})


def _year(journal: world.MemoryJournal) -> AcademicYear:
    (year,) = journal.records(RecordKind.YEARS)
    assert isinstance(year, AcademicYear)
    return year


def _facts(journal: world.MemoryJournal) -> dict[tuple[RecordKind, tuple[str, ...]], Record]:
    return {(kind, key): one.record for kind in FACTS for key, one in journal.stored[kind].items()}


def _standing(journal: world.MemoryJournal, kind: RecordKind) -> Iterator[Any]:
    return (one for one in journal.records(kind) if not one.voided)


def _lesson(journal: world.MemoryJournal, name: str) -> Lesson:
    found = journal.stored[RecordKind.LESSONS][name,].record
    assert isinstance(found, Lesson)
    return found


def _missed(journal: world.MemoryJournal) -> set[tuple[str, str]]:
    absences = _standing(journal, RecordKind.ABSENCES)
    return {(one.lesson, one.pupil) for one in absences if one.kind is not AbsenceKind.LATE}


def _changes(before: world.MemoryJournal, after: world.MemoryJournal) -> Iterator[tuple[RecordKind, Any, Any, Any]]:
    for kind in FACTS:
        for key, held in after.stored[kind].items():
            old = before.stored[kind].get(key)
            if old != held:
                yield kind, key, old.record if old else None, held.record


def _is_locked(
    kind: RecordKind, old: Any, new: Any, before: world.MemoryJournal, after: world.MemoryJournal, now: datetime
) -> bool:
    """Tell whether a change was made under a lock that was there before it, and that nothing opens."""
    lessons = (
        [one for one in (old, new) if one is not None] if kind is RecordKind.LESSONS else [_lesson(after, new.lesson)]
    )
    pupil = None if kind in {RecordKind.LESSONS, RecordKind.HOMEWORK} else new.pupil
    return any(
        _shuts(final, lesson, pupil, kind, before, after, now) and not _opened(kind, new, lesson, after, now)
        for lesson in lessons
        for final in _standing(before, RecordKind.PERIOD_MARKS)
    )


def _shuts(
    final: PeriodMark,
    lesson: Lesson,
    pupil: str | None,
    kind: RecordKind,
    before: world.MemoryJournal,
    after: world.MemoryJournal,
    now: datetime,
) -> bool:
    period: Period = before.stored[RecordKind.PERIODS][final.period,].record
    if final.stage in OUTSIDE_LOCKS or final.subject != lesson.subject or not period.start <= lesson.day <= period.end:
        return False
    own = final.pupil == pupil
    if own and kind is RecordKind.MARKS:
        return True
    over = now.astimezone(world.ZONE).date() > period.end
    return over and (
        own or (_was_there(final.pupil, lesson, period, before) and not _deferred(kind, pupil, period, after, now))
    )


def _was_there(pupil: str, lesson: Lesson, period: Period, journal: world.MemoryJournal) -> bool:
    if lesson.school_class is None:
        return pupil in {world.FIRST, world.VERA}
    places = journal.enrollments[world.PupilId(pupil)]
    return any(place.school_class == lesson.school_class and place.covers(period.end) for place in places)


def _deferred(kind: RecordKind, pupil: str | None, period: Period, journal: world.MemoryJournal, now: datetime) -> bool:
    today = now.astimezone(world.ZONE).date()
    return kind is RecordKind.MARKS and any(
        (one.pupil, one.period) == (pupil, period.id) and today <= one.until
        for one in journal.records(RecordKind.DEFERRALS)
    )


def _opened(kind: RecordKind, new: Any, lesson: Lesson, after: world.MemoryJournal, now: datetime) -> bool:
    if isinstance(new, Mark) and new.origin is MarkOrigin.MEDICAL:
        return True
    today = now.astimezone(world.ZONE).date()
    for outage in after.records(RecordKind.OUTAGES):
        start, end = (moment.astimezone(world.ZONE).date() for moment in (outage.started_at, outage.ended_at))
        if start <= lesson.day <= end and today <= world.next_working(end):
            return True
    correction = next((one for one in after.records(RecordKind.CORRECTIONS) if one.id == new.correction), None)
    return (
        correction is not None
        and correction.decision is Decision.APPROVED
        and correction.decided_by != correction.requested_by
        and (correction.record_kind, correction.record) == (kind.value, name_of(key_of(new)))
        and now <= correction.decided_at + timedelta(days=1)
    )


Journal.TestCase.settings = settings(
    max_examples=60, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
)
TestJournal: Callable[[], None] = Journal.TestCase
