"""What other systems wrote into our OneRoster gradebook, in the database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, func, select

from gateway.model.ids import LessonId, SchoolId
from gateway.model.journal_records import RecordKind
from gateway.model.oneroster import ObjectKind
from gateway.model.oneroster_submission import Action, Submission, SubmissionState, submission_id
from gateway.storage.bulk import put_rows
from gateway.storage.chunks import one_of
from gateway.storage.roster_quarantine import fault_json, fault_of
from gateway.storage.tables.provider_submissions import provider_submission
from gateway.storage.tables.school import school

_TABLE = provider_submission.c
_OPEN = tuple(state.value for state in SubmissionState if state.is_open)


class SqlSubmissions:
    """Those of one school."""

    def __init__(self, connection: Connection, school: SchoolId) -> None:
        self._connection = connection
        self._school = school

    def put(self, submissions: Iterable[Submission]) -> None:
        """Keep submissions, each over the one with its id."""
        put_rows(self._connection, provider_submission, [self._row(one) for one in submissions])

    def lock(self) -> None:
        """Keep all others waiting who write submissions, decide on them or write into the journal.

        It is the school's row that is locked, as wherever the journal is written: nobody waits for each other.
        """
        self._connection.execute(select(school.c.school_id).where(school.c.school_id == self._school).with_for_update())

    def next_ids(self, client: str, kind: ObjectKind, sourced_ids: Iterable[str]) -> Mapping[str, str]:
        """Return the ids of what a client writes of objects now: of its open form where an object has one."""
        wanted = list(sourced_ids)
        statement = (
            select(_TABLE.sourced_id, func.count().label("decided"))
            .where(_TABLE.school_id == self._school, _TABLE.client_id == client, _TABLE.kind == kind.value)
            .where(_TABLE.state.not_in(_OPEN), one_of(self._connection, _TABLE.sourced_id, wanted))
            .group_by(_TABLE.sourced_id)
        )
        decided: dict[str, int] = {row.sourced_id: row.decided for row in self._connection.execute(statement)}
        return {one: submission_id(self._school, client, kind, one, decided.get(one, 0)) for one in wanted}

    def get(self, submission: str) -> Submission | None:
        """Return one."""
        return self._first(self._all().where(_TABLE.id == submission))

    def newest(self, client: str, kind: ObjectKind, sourced_id: str) -> Submission | None:
        """Return the newest that a client wrote of an object."""
        held = [_TABLE.client_id == client, _TABLE.kind == kind.value, _TABLE.sourced_id == sourced_id]
        open_first = _TABLE.state.in_(_OPEN).desc()
        statement = self._all().where(*held).order_by(None)
        return self._first(statement.order_by(open_first, _TABLE.received_at.desc(), _TABLE.decided_at.desc()))

    def approved(self, kind: ObjectKind, sourced_id: str) -> Submission | None:
        """Return the newest form of an object that was taken into the journal, whoever wrote it."""
        statement = self._all().where(
            _TABLE.kind == kind.value,
            _TABLE.sourced_id == sourced_id,
            _TABLE.state == SubmissionState.APPROVED.value,
            _TABLE.action == Action.WRITE.value,
        )
        return self._first(statement)

    def of_record(self, kind: RecordKind, record: str) -> Sequence[Submission]:
        """Return what was taken into the journal as a record, by its key's parts with blanks between, and stands."""
        return self._read(
            self._all().where(
                _TABLE.record_kind == kind.value,
                _TABLE.record_id == record,
                _TABLE.state == SubmissionState.APPROVED.value,
                _TABLE.action == Action.WRITE.value,
            )
        )

    def all(self, *, state: SubmissionState | None = None, most: int) -> Sequence[Submission]:
        """Return the latest ones first, ``most`` at most."""
        statement = self._all().limit(most)
        return self._read(statement if state is None else statement.where(_TABLE.state == state.value))

    def taken(self, *kinds: ObjectKind) -> Sequence[Submission]:
        """Return what was taken into the journal of some kinds, the oldest first."""
        statement = self._all().where(
            _TABLE.kind.in_([kind.value for kind in kinds]),
            _TABLE.state == SubmissionState.APPROVED.value,
            _TABLE.action == Action.WRITE.value,
        )
        return self._read(statement)[::-1]

    def _all(self) -> Select[Any]:
        return (
            select(provider_submission)
            .where(_TABLE.school_id == self._school)
            .order_by(_TABLE.received_at.desc(), _TABLE.id)
        )

    def _read(self, statement: Select[Any]) -> Sequence[Submission]:
        return [_submission(row) for row in self._connection.execute(statement).mappings()]

    def _first(self, statement: Select[Any]) -> Submission | None:
        row = self._connection.execute(statement.limit(1)).mappings().first()
        return None if row is None else _submission(row)

    def _row(self, one: Submission) -> dict[str, Any]:
        return {
            "school_id": self._school,
            "id": one.id,
            "client_id": one.client,
            "kind": one.kind.value,
            "sourced_id": one.sourced_id,
            "action": one.action.value,
            "received_at": one.received_at,
            "state": one.state.value,
            "body": dict(one.body),
            "decided_by": one.decided_by,
            "decided_at": one.decided_at,
            "reason": one.reason,
            "faults": [fault_json(fault) for fault in one.faults],
            "lesson_id": one.lesson,
            "record_kind": one.record_kind.value if one.record_kind else None,
            "record_id": one.record,
        }


def _submission(row: RowMapping) -> Submission:
    return Submission(
        id=row["id"],
        client=row["client_id"],
        kind=ObjectKind(row["kind"]),
        sourced_id=row["sourced_id"],
        action=Action(row["action"]),
        received_at=row["received_at"],
        state=SubmissionState(row["state"]),
        body=row["body"],
        decided_by=row["decided_by"],
        decided_at=row["decided_at"],
        reason=row["reason"],
        faults=tuple(fault_of(item) for item in row["faults"]),
        lesson=LessonId(row["lesson_id"]) if row["lesson_id"] else None,
        record_kind=RecordKind(row["record_kind"]) if row["record_kind"] else None,
        record=row["record_id"],
    )
