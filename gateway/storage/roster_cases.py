"""Questions of matching to a person, in the database (port `gateway.ports.roster_links`)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, select, update

from gateway.model.file_place import place_from_json
from gateway.model.ids import SchoolId
from gateway.model.matching_cases import (
    Case,
    CaseReason,
    CaseState,
    StoredCase,
    candidates_from_json,
    case_to_json,
    proposed_from_json,
)
from gateway.model.roster import RecordKind
from gateway.storage.bulk import put_rows
from gateway.storage.tables.roster_links import roster_case


class SqlCases:
    """The cases of one school."""

    def __init__(self, connection: Connection, school: SchoolId) -> None:
        self._connection = connection
        self._school = school

    def ask(self, cases: Iterable[Case], *, source: str, at: datetime, complete: bool) -> int:
        """Keep what matching a source asks now; return how many cases were not open before.

        A case that is open stays open since it was; a decided one that is asked again is open again. Where the source
        was read whole, open cases that it asks no longer are closed.
        """
        case = roster_case.c
        still_open = select(case.id, case.since).where(
            case.school_id == self._school, case.source == source, case.state == CaseState.OPEN
        )
        since = {row.id: row.since for row in self._connection.execute(still_open)}
        asked = {one.id_in(self._school): one for one in cases}
        put_rows(self._connection, roster_case, [self._row(id_, one, since.get(id_, at)) for id_, one in asked.items()])
        if complete:
            for gone in since.keys() - asked.keys():
                self.decide(gone, CaseState.CLOSED, chosen=None, by=source, at=at)
        return len(asked.keys() - since.keys())

    def all(self, *, state: CaseState | None = None, source: str | None = None) -> Sequence[StoredCase]:
        """Return the cases, the one that waits longest first; the decided ones after them, newest first."""
        case = roster_case.c
        statement = select(roster_case).where(case.school_id == self._school)
        if state is not None:
            statement = statement.where(case.state == state)
        if source is not None:
            statement = statement.where(case.source == source)
        found = [_stored(row) for row in self._connection.execute(statement.order_by(case.since, case.id)).mappings()]
        waiting = [one for one in found if one.state is CaseState.OPEN]
        decided = [one for one in found if one.state is not CaseState.OPEN]
        return waiting + sorted(decided, key=lambda one: (one.decided_at or one.since, one.id), reverse=True)

    def get(self, case: str) -> StoredCase | None:
        """Return one case."""
        statement = select(roster_case).where(roster_case.c.school_id == self._school, roster_case.c.id == case)
        row = self._connection.execute(statement).mappings().first()
        return _stored(row) if row else None

    def decide(self, case: str, state: CaseState, *, chosen: str | None, by: str, at: datetime) -> None:
        """Keep what somebody decided."""
        self._connection.execute(
            update(roster_case)
            .where(roster_case.c.school_id == self._school, roster_case.c.id == case)
            .values(state=state, chosen=chosen, decided_by=by, decided_at=at)
        )

    def ignored(self, source: str) -> frozenset[tuple[RecordKind, str]]:
        """Return the records of a source, by kind and id there, that a person said to leave alone."""
        case = roster_case.c
        statement = select(case.kind, case.source_id).where(
            case.school_id == self._school,
            case.source == source,
            case.state == CaseState.IGNORED,
            case.source_id != "",
        )
        return frozenset((RecordKind(row.kind), row.source_id) for row in self._connection.execute(statement))

    def _row(self, id_: str, one: Case, since: datetime) -> dict[str, Any]:
        return {
            "school_id": self._school,
            "id": id_,
            "source": one.source,
            "kind": one.kind.value,
            "source_id": one.source_id,
            "reason": one.reason.value,
            "content": case_to_json(one),
            "state": CaseState.OPEN.value,
            "since": since,
            "decided_at": None,
            "decided_by": None,
            "chosen": None,
        }


def _stored(row: RowMapping) -> StoredCase:
    content = row["content"]
    return StoredCase(
        id=row["id"],
        case=Case(
            source=row["source"],
            kind=RecordKind(row["kind"]),
            source_id=row["source_id"],
            reason=CaseReason(row["reason"]),
            record=content["record"],
            candidates=candidates_from_json(content["candidates"]),
            proposed=proposed_from_json(content["proposed"]),
            records=content["records"],
            place=place_from_json(content.get("place")),
        ),
        state=CaseState(row["state"]),
        since=row["since"],
        decided_at=row["decided_at"],
        decided_by=row["decided_by"],
        chosen=row["chosen"],
    )
