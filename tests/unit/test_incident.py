"""What an incident makes void: windows, what a record goes back to, what a person has to decide."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.model.audit import GENESIS, AuditEntry, AuditRecord, seal
from gateway.model.ids import ClassId, PeriodId, RecordId
from gateway.model.incident import (
    VOID_ACTION,
    Doubt,
    EffectKind,
    Footprint,
    MadeDocument,
    VoidScope,
    Window,
    notified_at,
    quarantine,
    revival,
    superseded,
    void_window,
)
from gateway.model.oversight import AccessIncident
from gateway.model.policy import Receipt

START = datetime(2026, 9, 14, 6, tzinfo=UTC)
THIEF, TEACHER = "thief", "teacher"


def hour(number: int) -> datetime:
    return START + timedelta(hours=number)


INCIDENT = AccessIncident(
    id=RecordId("I"),
    account=THIEF,
    learned_at=hour(0),
    reported_at=hour(1),
    director_notified_at=hour(2),
    support_notified_at=hour(4),
    administrator_notified_at=hour(3),
    credentials_reissued_at=hour(10),
)


def test_quarantine_runs_from_the_earliest_receipt() -> None:
    """C-18."""
    assert quarantine(INCIDENT) == Window(start=hour(2), end=hour(10))
    nobody = replace(INCIDENT, director_notified_at=None, support_notified_at=None, administrator_notified_at=None)
    assert quarantine(nobody) is None


@pytest.mark.parametrize(
    ("changes", "counted", "expected"),
    [
        ({}, Receipt.LATEST, Window(start=hour(4), end=hour(10))),
        ({}, Receipt.EARLIEST, Window(start=hour(2), end=hour(10))),
        ({"support_notified_at": None}, Receipt.LATEST, Window(start=hour(3), end=hour(10))),
        ({"director_notified_at": None}, Receipt.LATEST, None),
        ({"director_notified_at": None}, Receipt.EARLIEST, Window(start=hour(3), end=hour(10))),
        ({"support_notified_at": None, "administrator_notified_at": None}, Receipt.LATEST, None),
        ({"void_from": hour(-5)}, Receipt.LATEST, Window(start=hour(-5), end=hour(10))),
        ({"credentials_reissued_at": None}, Receipt.LATEST, Window(start=hour(4))),
        ({"credentials_reissued_at": hour(3)}, Receipt.LATEST, None),
    ],
)
def test_void_runs_from_the_receipt_that_the_policy_counts(
    changes: dict[str, datetime | None], counted: Receipt, expected: Window | None
) -> None:
    """R-SEC-05, C-18: the director may widen it; new credentials end it."""
    assert void_window(replace(INCIDENT, **changes), counted) == expected  # type: ignore[arg-type]  # moments all


def test_the_notice_is_given_with_the_director_and_one_more() -> None:
    """R-SEC-04."""
    assert notified_at(INCIDENT) == hour(3)
    assert notified_at(replace(INCIDENT, director_notified_at=None)) is None


SCOPE = VoidScope(incident="I", names=frozenset({THIEF, "staff-7"}), window=Window(start=hour(4), end=hour(10)))


def chain(*records: AuditRecord) -> list[AuditEntry]:
    return list(seal(records, sequence=0, previous=GENESIS))


def wrote(
    value: int, at: int, by: str = TEACHER, *, action: str = "update", author: str | None = None, client: str = ""
) -> AuditRecord:
    new = {"value": value} | ({"author": author} if author else {})
    return AuditRecord(
        at=hour(at),
        actor=by,
        role="journal_system",
        channel="api",
        action=action,
        object_kind="mark",
        object_id="M-1",
        new=new,
        client=client,
    )


def is_void(entry: AuditEntry) -> bool:
    return SCOPE.covers(entry)


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        (wrote(2, 5, THIEF), True),
        (wrote(2, 5, "journal-client", author="staff-7"), True),
        (wrote(2, 5, "somebody", client=THIEF), True),
        (wrote(2, 5, TEACHER), False),
        (wrote(2, 3, THIEF), False),
        (wrote(2, 10, THIEF), False),
        (wrote(2, 5, THIEF, action=VOID_ACTION), False),
    ],
    ids=["login", "author", "client", "somebody else", "before", "after", "settlement"],
)
def test_operations_are_known_by_login_client_or_author(record: AuditRecord, *, expected: bool) -> None:
    """R-AUD-08."""
    assert SCOPE.covers(chain(record)[0]) is expected


def test_a_record_goes_back_to_its_last_value_that_was_not_void() -> None:
    """R-SEC-05."""
    history = chain(wrote(4, 0, action="create"), wrote(5, 1), wrote(2, 5, THIEF), wrote(3, 6, THIEF))
    found = revival(history, SCOPE, is_void)
    assert found is not None
    assert (found.value, found.is_due, found.doubt) == ({"value": 5}, True, None)
    assert (found.since, found.until, found.versions) == (hour(5), None, frozenset({("M-1", 3), ("M-1", 4)}))


def test_a_record_that_a_void_operation_made_goes_back_to_nothing() -> None:
    found = revival(chain(wrote(2, 5, THIEF, action="create")), SCOPE, is_void)
    assert found is not None
    assert (found.value, found.is_due) == (None, True)


def test_a_record_that_nobody_touched_in_the_window_is_left_alone() -> None:
    assert revival(chain(wrote(4, 0), wrote(5, 2, THIEF), wrote(3, 11, THIEF)), SCOPE, is_void) is None


def test_a_change_on_top_of_a_void_value_is_left_to_a_person() -> None:
    found = revival(chain(wrote(4, 0), wrote(2, 5, THIEF), wrote(5, 6)), SCOPE, is_void)
    assert found is not None
    assert (found.is_due, found.doubt, found.until) == (False, Doubt.LATER_CHANGE, hour(6))


def test_a_value_between_two_void_ones_comes_back_with_a_question() -> None:
    found = revival(chain(wrote(4, 0), wrote(2, 5, THIEF), wrote(5, 6), wrote(1, 7, THIEF)), SCOPE, is_void)
    assert found is not None
    assert (found.value, found.is_due, found.doubt) == ({"value": 5}, True, Doubt.EARLIER_CHANGE)


def test_what_was_put_back_stays_so_whatever_comes_after() -> None:
    settled = [wrote(4, 0), wrote(2, 5, THIEF), wrote(4, 12, action=VOID_ACTION)]
    for history in (settled, [*settled, wrote(5, 13)]):
        found = revival(chain(*history), SCOPE, is_void)
        assert found is not None
        assert (found.is_due, found.doubt, found.until) == (False, None, hour(12))


def test_a_value_that_another_incident_made_void_never_comes_back() -> None:
    other = VoidScope(incident="J", names=frozenset({"other"}), window=Window(start=hour(0)))
    history = chain(wrote(4, 0), wrote(3, 3, "other"), wrote(2, 5, THIEF))
    found = revival(history, SCOPE, lambda entry: SCOPE.covers(entry) or other.covers(entry))
    assert found is not None
    assert found.value == {"value": 4}


def test_a_renaming_is_left_to_a_person() -> None:
    found = revival(chain(wrote(4, 0), wrote(4, 5, THIEF, action="rekey")), SCOPE, is_void)
    assert found is not None
    assert (found.is_due, found.doubt) == (False, Doubt.OTHER_OPERATION)


WRITES = st.lists(
    st.tuples(st.integers(0, 12), st.sampled_from([THIEF, TEACHER, "other"]), st.integers(1, 5)), min_size=1, max_size=8
)


@given(WRITES)
def test_settling_ends_and_leaves_no_void_value(writes: Sequence[tuple[int, str, int]]) -> None:
    """Law: after putting back what is due nothing is due any more, and the value that stands was not void."""
    other = VoidScope(incident="J", names=frozenset({"other"}), window=Window(start=hour(2), end=hour(8)))
    scopes = (SCOPE, other)

    def void(entry: AuditEntry) -> bool:
        return any(scope.covers(entry) for scope in scopes)

    records = [wrote(value, at, by) for at, by, value in sorted(writes, key=lambda one: one[0])]
    valid = [dict(entry.record.new or {}) for entry in chain(*records) if not void(entry)]
    records = put_back_all(records, scopes, void)
    assert all(
        found is None or not found.is_due for scope in scopes for found in [revival(chain(*records), scope, void)]
    )
    last = chain(*records)[-1]
    assert not void(last)
    assert last.record.new == {} or last.record.new in valid


def put_back_all(
    records: list[AuditRecord], scopes: Sequence[VoidScope], void: Callable[[AuditEntry], bool]
) -> list[AuditRecord]:
    for scope in scopes:
        found = revival(chain(*records), scope, void)
        if found is not None and found.is_due:
            back = wrote(0, 20, "director", action=VOID_ACTION)
            records = [*records, replace(back, new=found.value or {})]
    return records


DAY = date(2026, 9, 14)
PACKAGE = MadeDocument(
    kind=EffectKind.PACKAGE,
    id="P",
    made_at=hour(6),
    period=PeriodId("Q1"),
    first=date(2026, 9, 1),
    last=date(2026, 10, 25),
)
PRINT = Footprint(since=hour(5), until=hour(12), first=DAY, last=DAY, school_class=ClassId("5A"))


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (PACKAGE, True),
        (replace(PACKAGE, made_at=hour(4)), False),
        (replace(PACKAGE, made_at=hour(12)), False),
        (replace(PACKAGE, first=date(2026, 9, 15)), False),
        (replace(PACKAGE, last=date(2026, 9, 13)), False),
        (replace(PACKAGE, kind=EffectKind.ARCHIVE, school_class=ClassId("5A")), True),
        (replace(PACKAGE, kind=EffectKind.ARCHIVE, school_class=ClassId("6A")), False),
    ],
    ids=["made then", "made before", "made after", "later days", "earlier days", "same class", "other class"],
)
def test_documents_made_of_void_data_have_to_be_superseded(document: MadeDocument, *, expected: bool) -> None:
    """R-SEC-05."""
    assert list(superseded([PRINT], [document])) == [document] * expected


def test_void_data_without_a_day_may_be_in_any_document() -> None:
    anywhere = Footprint(since=hour(5), until=hour(12))
    assert list(superseded([anywhere], [PACKAGE])) == [PACKAGE]
