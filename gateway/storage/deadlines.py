"""The facts of a school's duties in the database (port `gateway.ports.deadlines.DutyFacts`)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select

from gateway.model.deadlines import Counting, OfficeFacts
from gateway.model.diary import decision_in_force
from gateway.model.ids import ClassId, PupilId, SchoolId
from gateway.model.journal import Lesson
from gateway.model.journal_records import RecordKey, RecordKind
from gateway.model.lesson_duties import Addressee, LessonFacts
from gateway.model.people import Consent, ConsentDecision, Status
from gateway.model.period_duties import PeriodFacts
from gateway.model.policy import policy_of
from gateway.model.school import Period, SchoolClass, StudyGroup
from gateway.model.setup_progress import SetupFacts
from gateway.model.timetable import Bell, BellSchedule, Regime
from gateway.model.working_days import SchoolCalendar
from gateway.storage import readers
from gateway.storage.journal_rows import TABLES
from gateway.storage.schools import read_school
from gateway.storage.tables.audit import audit_entry
from gateway.storage.tables.people import enrollment, staff
from gateway.storage.tables.records import RECORD_TABLES
from gateway.storage.tables.school import school_class

_YEAR_BEGINS = (9, 1)
"""Where no school year is set up, it begins on 1 September."""

_OF_LESSONS = (RecordKind.LESSONS, RecordKind.HOMEWORK, RecordKind.MARKS, RecordKind.ABSENCES)
_ENTRY_LAG = timedelta(days=366)
"""How long before the end of a period a final mark may have been entered."""


class SqlDutyFacts:
    """The facts of one school's duties."""

    def __init__(self, connection: Connection, school: SchoolId) -> None:
        self._connection = connection
        self._school = school

    def counting(self) -> Counting:
        """Return the school's calendar, its decisions and its outages."""
        school = read_school(self._connection, self._school)
        calendar = SchoolCalendar(
            zone=ZoneInfo(school.zone if school else "UTC"),
            regimes=tuple(self._all(RecordKind.REGIMES)),
            vacations=tuple(self._all(RecordKind.VACATIONS)),
            special_days={one.day: one.working for one in self._all(RecordKind.SPECIAL_DAYS)},
        )
        return Counting(
            calendar=calendar,
            policy=policy_of(self._all(RecordKind.POLICIES)),
            outages=tuple(self._all(RecordKind.OUTAGES)),
        )

    def office(self, today: date) -> OfficeFacts:
        """Return the records that start and end the duties of the office, in the school year of a day."""
        year, since = self._year_of(today)
        return OfficeFacts(
            since=since,
            corrections=self._all(RecordKind.CORRECTIONS),
            error_reports=self._all(RecordKind.ERROR_REPORTS),
            account_orders=self._all(RecordKind.ACCOUNT_ORDERS),
            profile_issues=self._all(RecordKind.PROFILE_ISSUES),
            staff_changes=self._all(RecordKind.STAFF_CHANGES),
            movement_orders=self._all(RecordKind.MOVEMENT_ORDERS),
            incidents=self._all(RecordKind.INCIDENTS),
            control_checks=self._all(RecordKind.CONTROL_CHECKS),
            profile_verifications=self._all(RecordKind.PROFILE_VERIFICATIONS),
            paper_slips=self._all(RecordKind.PAPER_SLIPS),
            class_teachers={one.id: one.class_teacher for one in self._classes(year)},
            on_paper=self._on_paper(today),
        )

    def lessons(self, first: date, last: date) -> LessonFacts:
        """Return the journal of some days, first and last included, and what was planned for them."""
        table = RECORD_TABLES[RecordKind.LESSONS]
        days = table.c.day.between(first, last)
        of_lessons = select(table.c.id).where(table.c.school_id == self._school, days)
        at_lessons = {
            kind: self._all(kind, RECORD_TABLES[kind].c.lesson_id.in_(of_lessons))
            for kind in (RecordKind.HOMEWORK, RecordKind.MARKS, RecordKind.ABSENCES)
        }
        lessons = self._all(RecordKind.LESSONS, days)
        groups: Sequence[StudyGroup] = self._all(RecordKind.GROUPS)
        pupils = self._pupils(groups, first, last)
        facts = (*lessons, *(one for found in at_lessons.values() for one in found))
        is_told = all(one.entered_at is not None for one in facts)
        return LessonFacts(
            first=first,
            last=last,
            grades=self._grades(groups, pupils),
            pupils=pupils,
            lessons=lessons,
            homework=at_lessons[RecordKind.HOMEWORK],
            marks=at_lessons[RecordKind.MARKS],
            absences=at_lessons[RecordKind.ABSENCES],
            control_works=self._all(
                RecordKind.CONTROL_WORKS, RECORD_TABLES[RecordKind.CONTROL_WORKS].c.day.between(first, last)
            ),
            slots=self._all(RecordKind.SLOTS),
            substitutions=self._all(
                RecordKind.SUBSTITUTIONS, RECORD_TABLES[RecordKind.SUBSTITUTIONS].c.day.between(first, last)
            ),
            transfers=self._all(RecordKind.TRANSFERS),
            bells=self._bells(last),
            first_entered={} if is_told else self._first_entered(_OF_LESSONS, self._start_of(first)),
        )

    def periods(self, first: date, last: date) -> PeriodFacts:
        """Return the final marks of the periods that end in some days, and who taught what to whom in them."""
        periods: Sequence[Period] = self._all(
            RecordKind.PERIODS, RECORD_TABLES[RecordKind.PERIODS].c.end_on.between(first, last)
        )
        if not periods:
            return PeriodFacts()
        ids = [period.id for period in periods]
        groups: Sequence[StudyGroup] = self._all(RecordKind.GROUPS)
        pupils = self._pupils(groups, min(one.end for one in periods), max(one.end for one in periods))
        since = self._start_of(min(one.end for one in periods)) - _ENTRY_LAG
        entered = self._first_entered((RecordKind.PERIOD_MARKS,), since)
        return PeriodFacts(
            periods=periods,
            vacations=self._all(RecordKind.VACATIONS),
            grades=self._grades(groups, pupils),
            pupils=pupils,
            lessons=[lesson for period in periods for lesson in self._last_lessons(period)],
            period_marks=self._all(
                RecordKind.PERIOD_MARKS, RECORD_TABLES[RecordKind.PERIOD_MARKS].c.period_id.in_(ids)
            ),
            deferrals=self._all(RecordKind.DEFERRALS, RECORD_TABLES[RecordKind.DEFERRALS].c.period_id.in_(ids)),
            first_entered={key[0]: at for (_, key), at in entered.items()},
        )

    def setup(self, year: int, today: date) -> SetupFacts:
        """Return what is set up for the school year that begins in a calendar year."""
        classes = self._classes(year)
        groups: Sequence[StudyGroup] = self._all(RecordKind.GROUPS)
        named = {one.id for one in classes}
        pupils = self._pupils(groups, today, today)
        first, last = date(year, *_YEAR_BEGINS), date(year + 1, *_YEAR_BEGINS)
        return SetupFacts(
            year=year,
            today=today,
            classes=classes,
            pupils={one: there for (one, _), there in pupils.items() if one in named},
            decided=set(self._decisions(today)),
            periods=self._all(RecordKind.PERIODS),
            vacations=self._all(RecordKind.VACATIONS),
            subjects=self._all(RecordKind.SUBJECTS),
            groups=groups,
            regimes=self._all(RecordKind.REGIMES),
            curricula=self._all(RecordKind.CURRICULA),
            individual_plans=self._all(RecordKind.INDIVIDUAL_PLANS),
            thematic_plans=self._all(RecordKind.THEMATIC_PLANS),
            loads=self._all(RecordKind.LOADS),
            slots=self._all(RecordKind.SLOTS),
            control_works=self._all(
                RecordKind.CONTROL_WORKS, RECORD_TABLES[RecordKind.CONTROL_WORKS].c.day.between(first, last)
            ),
            appointments=self._all(RecordKind.APPOINTMENTS),
            attestation_plans=self._all(RecordKind.ATTESTATION_PLANS),
            rooms=self._all(RecordKind.ROOMS),
            scales=self._all(RecordKind.SCALES),
            absence_codes=self._all(RecordKind.ABSENCE_CODES),
            staff=self._staff(),
        )

    def _all(self, kind: RecordKind, *conditions: ColumnElement[bool]) -> Sequence[Any]:
        home = TABLES[kind]
        key = [column for column in home.table.primary_key if column.name != "school_id"]
        statement = select(home.table).where(home.table.c.school_id == self._school, *conditions).order_by(*key)
        return [home.read(row) for row in self._connection.execute(statement).mappings()]

    def _classes(self, year: int) -> Sequence[SchoolClass]:
        wanted = school_class.c.school_id == self._school, school_class.c.year == year, ~school_class.c.archived
        statement = select(school_class).where(*wanted).order_by(school_class.c.grade, school_class.c.letter)
        return [readers.school_class(row) for row in self._connection.execute(statement).mappings()]

    def _year_of(self, day: date) -> tuple[int, date]:
        """Return the school year of a day, and its first day."""
        for year in self._all(RecordKind.YEARS):
            if year.start <= day <= year.end:
                return year.year, year.start
        begins = date(day.year, *_YEAR_BEGINS)
        start = begins if begins <= day else date(day.year - 1, *_YEAR_BEGINS)
        return start.year, start

    def _staff(self) -> int:
        wanted = staff.c.school_id == self._school, staff.c.status == Status.ACTIVE
        return self._connection.execute(select(func.count()).select_from(staff).where(*wanted)).scalar_one()

    def _pupils(self, groups: Sequence[StudyGroup], first: date, last: date) -> Mapping[Addressee, frozenset[PupilId]]:
        """Return who is in every class and group on some of the days."""
        found: dict[Addressee, set[PupilId]] = defaultdict(set)
        rows = self._connection.execute(
            select(enrollment.c.class_id, enrollment.c.pupil_id).where(
                enrollment.c.school_id == self._school,
                enrollment.c.valid_from <= last,
                or_(enrollment.c.valid_to.is_(None), enrollment.c.valid_to >= first),
            )
        )
        for row in rows:
            found[ClassId(row.class_id), None].add(PupilId(row.pupil_id))
        for group in groups:
            dated = {
                one.pupil
                for one in group.dated
                if one.valid_from <= last and (one.valid_to is None or one.valid_to >= first)
            }
            found[None, group.id] = {*group.members, *dated}
        return {addressee: frozenset(pupils) for addressee, pupils in found.items()}

    def _grades(
        self, groups: Sequence[StudyGroup], pupils: Mapping[Addressee, frozenset[PupilId]]
    ) -> Mapping[Addressee, int]:
        """Return the grade of every class; of a group, the highest grade in it (R-ACAD-10)."""
        rows = self._connection.execute(
            select(school_class.c.id, school_class.c.grade).where(school_class.c.school_id == self._school)
        )
        grades: dict[Addressee, int] = {(ClassId(row.id), None): row.grade for row in rows}
        of_pupil: dict[PupilId, int] = {}
        for addressee, grade in grades.items():
            of_pupil |= dict.fromkeys(pupils.get(addressee, frozenset()), grade)
        for group in groups:
            known = [of_pupil[pupil] for pupil in pupils[None, group.id] if pupil in of_pupil]
            if known:
                grades[None, group.id] = max(known)
        return grades

    def _bells(self, day: date) -> Mapping[Addressee, Mapping[int, Bell]]:
        schedules: dict[str, BellSchedule] = {one.id: one for one in self._all(RecordKind.BELLS)}
        regimes: Sequence[Regime] = self._all(RecordKind.REGIMES)
        return {
            (one.school_class, one.group): {bell.number: bell for bell in schedules[one.bells].lessons}
            for one in regimes
            if one.bells in schedules and one.valid_from <= day and (one.valid_to is None or one.valid_to >= day)
        }

    def _last_lessons(self, period: Period) -> Sequence[Lesson]:
        """Return the last lesson of every class or group and subject in a period."""
        table = RECORD_TABLES[RecordKind.LESSONS]
        parts = (table.c.class_id, table.c.group_id, table.c.subject_id)
        number = func.row_number().over(partition_by=parts, order_by=(table.c.starts_at.desc(), table.c.id))
        wanted = table.c.school_id == self._school, table.c.day.between(period.start, period.end)
        ranked = select(table.c.id, number.label("number")).where(*wanted).subquery()
        return self._all(RecordKind.LESSONS, table.c.id.in_(select(ranked.c.id).where(ranked.c.number == 1)))

    def _first_entered(
        self, kinds: Collection[RecordKind], since: datetime
    ) -> Mapping[tuple[RecordKind, RecordKey], datetime]:
        """Return when records were created, by the audit."""
        kind_of = {kind.one: kind for kind in kinds}
        statement = (
            select(audit_entry.c.object_kind, audit_entry.c.object_id, func.min(audit_entry.c.at).label("at"))
            .where(
                and_(
                    audit_entry.c.school_id == self._school,
                    audit_entry.c.at >= since,
                    audit_entry.c.action == "create",
                    audit_entry.c.object_kind.in_(sorted(kind_of)),
                )
            )
            .group_by(audit_entry.c.object_kind, audit_entry.c.object_id)
        )
        return {
            (kind_of[row.object_kind], tuple(row.object_id.split(" "))): row.at
            for row in self._connection.execute(statement)
        }

    def _decisions(self, today: date) -> Mapping[PupilId, tuple[ConsentDecision, date]]:
        """Return how every pupil's family wants to be informed: electronically if one of them does, and since when."""
        by_pair: dict[tuple[str, PupilId], list[Consent]] = defaultdict(list)
        for consent in self._all(RecordKind.CONSENTS):
            by_pair[consent.guardian, consent.pupil].append(consent)
        found: dict[PupilId, tuple[ConsentDecision, date]] = {}
        for (_, pupil), consents in by_pair.items():
            decision = decision_in_force(consents, today=today)
            if decision is None or found.get(pupil, (None,))[0] is ConsentDecision.CONSENT:
                continue
            found[pupil] = (decision, max(one.decided_on for one in consents if one.decided_on <= today))
        return found

    def _on_paper(self, today: date) -> Mapping[PupilId, date]:
        return {
            pupil: since
            for pupil, (decision, since) in self._decisions(today).items()
            if decision is ConsentDecision.REFUSAL
        }

    def _start_of(self, day: date) -> datetime:
        school = read_school(self._connection, self._school)
        return SchoolCalendar(zone=ZoneInfo(school.zone if school else "UTC")).start_of(day)
