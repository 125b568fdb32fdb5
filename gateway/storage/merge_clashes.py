"""What keeps two records from being made one: facts of the journal that cannot both be of one person."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import Connection, RowMapping, Table, select

from gateway.model.attendance import AbsenceKind
from gateway.model.ids import SchoolId
from gateway.model.journal_records import RecordKind as JournalKind
from gateway.model.person_merge import Clash, Collision
from gateway.model.roster import RecordKind
from gateway.storage.journal_rows import TABLES
from gateway.storage.repointing import is_overlap
from gateway.storage.tables.access import console_user
from gateway.storage.tables.people import enrollment


class JournalFacts:
    """What is written of single people of one school, as far as it may contradict."""

    def __init__(self, connection: Connection, school: SchoolId) -> None:
        self._connection = connection
        self._school = school
        self._mark = TABLES[JournalKind.MARKS].table
        self._final = TABLES[JournalKind.PERIOD_MARKS].table
        self._absence = TABLES[JournalKind.ABSENCES].table

    def two_accounts(self, kept: str, absorbed: str) -> Iterator[Collision]:
        """Yield the account of one where the other has one too."""
        if self._of(console_user, kept, "staff_id"):
            for row in self._of(console_user, absorbed, "staff_id"):
                yield Collision(table=console_user.name, key=(row["login"],), clash=Clash.TWO_ACCOUNTS)

    def two_classes(self, kept: str, absorbed: str) -> Iterator[Collision]:
        """Yield places in a class at a time at which the other sat in another one."""
        others = self._of(enrollment, kept)
        for row in self._of(enrollment, absorbed):
            if any(row["class_id"] != other["class_id"] and is_overlap(row, other) for other in others):
                key = (row["pupil_id"], row["class_id"], row["valid_from"].isoformat())
                yield Collision(table=enrollment.name, key=key, clash=Clash.TWO_CLASSES)

    def two_marks(self, kept: str, absorbed: str) -> Iterator[Collision]:
        """Yield marks for work of a kind for which the other has a mark at the same lesson."""
        given = {(row["lesson_id"], row["work_kind"]) for row in self._in_force(self._mark, kept)}
        for row in self._in_force(self._mark, absorbed):
            if (row["lesson_id"], row["work_kind"]) in given:
                yield Collision(table=self._mark.name, key=(row["id"],), clash=Clash.TWO_MARKS)

    def two_final_marks(self, kept: str, absorbed: str) -> Iterator[Collision]:
        """Yield final marks of what the other has a final mark of."""
        names = ("subject_id", "period_id", "stage", "appeal")
        given = {tuple(row[name] for name in names) for row in self._in_force(self._final, kept)}
        for row in self._in_force(self._final, absorbed):
            if tuple(row[name] for name in names) in given:
                yield Collision(table=self._final.name, key=(row["id"],), clash=Clash.TWO_FINAL_MARKS)

    def marks_and_absences(self, kept: str, absorbed: str) -> Iterator[Collision]:
        """Yield who was given a mark at a lesson at which the other was not there; who came late was."""
        missed = {row["lesson_id"] for row in self._missed(kept)}
        for row in self._in_force(self._mark, absorbed):
            if row["lesson_id"] in missed and row["make_up_id"] is None:
                yield Collision(table=self._mark.name, key=(row["id"],), clash=Clash.MARK_AND_ABSENCE)
        given = {row["lesson_id"] for row in self._in_force(self._mark, kept) if row["make_up_id"] is None}
        for row in self._missed(absorbed):
            if row["lesson_id"] in given:
                key = (row["lesson_id"], row["pupil_id"])
                yield Collision(table=self._absence.name, key=key, clash=Clash.MARK_AND_ABSENCE)

    def _missed(self, pupil: str) -> Iterator[RowMapping]:
        there = {AbsenceKind.LATE.value, AbsenceKind.EXEMPT.value}
        return (row for row in self._in_force(self._absence, pupil) if row["kind"] not in there)

    def _in_force(self, table: Table, pupil: str) -> Iterator[RowMapping]:
        return (row for row in self._of(table, pupil) if not row["voided"])

    def _of(self, table: Table, whose: str, column: str = "pupil_id") -> Sequence[RowMapping]:
        statement = select(table).where(table.c.school_id == self._school, table.c[column] == whose)
        return self._connection.execute(statement).mappings().all()


def clashes(facts: JournalFacts, kind: RecordKind, *, kept: str, absorbed: str) -> Iterator[Collision]:
    """Yield the rows of the absorbed record that contradict one of the kept record."""
    if kind is RecordKind.STAFF:
        yield from facts.two_accounts(kept, absorbed)
    if kind is RecordKind.PUPIL:
        yield from facts.two_classes(kept, absorbed)
        yield from facts.two_marks(kept, absorbed)
        yield from facts.two_final_marks(kept, absorbed)
        yield from facts.marks_and_absences(kept, absorbed)
