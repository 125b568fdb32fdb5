"""The lives of records under changing keys."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from gateway.model.audit import GENESIS, AuditEntry, AuditRecord, seal
from gateway.model.record_history import REKEY, lives, names_over_time

AT = datetime(2026, 9, 14, 6, tzinfo=UTC)


def chain(*operations: tuple[str, ...]) -> list[AuditEntry]:
    return list(seal(_records(operations), sequence=0, previous=GENESIS))


def _records(operations: tuple[tuple[str, ...], ...]) -> Iterator[AuditRecord]:
    for action, *names in operations:
        yield AuditRecord(
            at=AT,
            actor="journal",
            role="journal_system",
            channel="api",
            action=action,
            object_kind="mark",
            object_id=names[-1],
            old={"key": [names[0]]} if action == REKEY else None,
            new={"key": [names[-1]]} if action == REKEY else {"id": names[-1]},
        )


def numbers(entries: list[AuditEntry]) -> list[list[int]]:
    return [[entry.sequence for entry in life] for life in lives(entries)]


def test_a_key_change_carries_the_life_on_and_frees_the_old_key() -> None:
    """R-AUD-01."""
    told = chain(("create", "A"), (REKEY, "A", "B"), ("create", "A"), ("update", "B"), ("update", "A"))
    assert numbers(told) == [[1, 2, 4], [3, 5]]


def test_two_records_may_change_places() -> None:
    told = chain(("create", "A"), ("create", "B"), (REKEY, "A", "C"), (REKEY, "B", "A"), (REKEY, "C", "B"))
    assert numbers(told) == [[1, 3, 5], [2, 4]]


def test_what_is_made_under_a_key_begins_a_life() -> None:
    assert numbers(chain(("create", "A"), ("create", "A"), ("update", "A"))) == [[1], [2, 3]]


def test_all_names_of_a_record_are_found_from_any_of_them() -> None:
    renamings = chain((REKEY, "A", "B"), (REKEY, "B", "C"), (REKEY, "X", "Y"))
    for name in "ABC":
        assert names_over_time({("mark", name)}, renamings) == {("mark", "A"), ("mark", "B"), ("mark", "C")}
