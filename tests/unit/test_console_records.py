"""The pure parts of the journal's and the access pages: names for everything, values as people read them, states."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from gateway.errors import Text
from gateway.model.access import ConsoleUser, Role, Scope
from gateway.model.audit import AuditEntry, AuditRecord, FaultReason
from gateway.model.ids import SchoolId
from gateway.model.journal_records import RecordKind
from gateway.model.record_shape import RecordShape, RosterKind, shape_of, shape_of_kind
from gateway.web.console.choice_names import CHOICES
from gateway.web.console.field_names import field_name
from gateway.web.console.people_pages import AccountState, account_state
from gateway.web.console.record_history import field_changes, plain_of
from gateway.web.console.record_names import KINDS_OF_THEME, MANY, ONE, THEMES, Theme
from gateway.web.console.record_values import Reader, links_in
from gateway.web.console.trail_names import ACCOUNT_STATES, AUDIT_ACTIONS, AUDIT_OBJECTS, CHAIN_FAULTS, SCOPES

NOW = datetime(2026, 10, 14, 9, 0, tzinfo=UTC)
READER = Reader(
    language="ru",
    zone=ZoneInfo("Europe/Moscow"),
    names={(RosterKind.PUPILS, "p-1"): "Ученикова Проба", (RecordKind.SUBJECTS, "math"): "Математика"},
)


def shapes() -> Iterator[RecordShape]:
    """Yield the shape of every kind, and of what is inside it."""
    for kind in RecordKind:
        shape = shape_of_kind(kind)
        yield shape
        yield from (shape_of(one.record) for one in shape.fields if one.record is not None)


def test_every_kind_stands_under_one_theme_and_has_both_names() -> None:
    themed = [kind for kinds in KINDS_OF_THEME.values() for kind in kinds]
    assert sorted(themed) == sorted(RecordKind)
    assert set(THEMES) == set(KINDS_OF_THEME) == set(Theme)
    assert set(MANY) == set(ONE) == set(RecordKind)


def test_every_field_and_every_choice_has_a_name() -> None:
    for shape in shapes():
        for one in shape.fields:
            named = field_name(shape.record, one.name)
            assert named.ru.strip()
            assert named.en.strip()
            if one.choices is not None:
                assert set(CHOICES[one.choices]) == set(one.choices)


def test_everything_of_audit_and_access_has_a_name() -> None:
    assert set(CHAIN_FAULTS) == set(FaultReason)
    assert set(ACCOUNT_STATES) == set(AccountState)
    assert set(SCOPES) == set(Scope)
    assert {kind.one for kind in RecordKind} <= set(AUDIT_OBJECTS)
    texts = [*AUDIT_ACTIONS.values(), *AUDIT_OBJECTS.values(), *SCOPES.values(), *MANY.values(), *ONE.values()]
    assert all(isinstance(text, Text) and text.ru.strip() and text.en.strip() for text in texts)


@pytest.mark.parametrize(
    ("kind", "name", "value", "shown"),
    [
        (RecordKind.MARKS, "pupil", "p-1", "Ученикова Проба"),
        (RecordKind.MARKS, "pupil", "p-2", "p-2"),
        (RecordKind.MARKS, "voided", True, "да"),
        (RecordKind.MARKS, "sign", "debt", "• (долг)"),
        (RecordKind.MARKS, "entered_at", "2026-10-14T09:00:00Z", "14.10.2026 12:00:00"),
        (RecordKind.LESSONS, "day", "2026-10-14", "14.10.2026"),
        (RecordKind.LESSONS, "topic", None, ""),
        (RecordKind.PERIODS, "year", 2026, "2026-2027"),
        (RecordKind.SLOTS, "weekday", 1, "пн"),
        (RecordKind.GROUPS, "members", ["p-1", "p-2"], "Ученикова Проба, p-2"),
        (
            RecordKind.CURRICULA,
            "subjects",
            [{"subject": "math", "hoursAWeek": 5}],
            "предмет Математика, часов в неделю 5",
        ),
    ],
)
def test_values_are_told_as_people_say_them(kind: RecordKind, name: str, value: object, shown: str) -> None:
    assert READER.text(shape_of_kind(kind).field(name), value) == shown


def test_links_are_found_inside_records_too() -> None:
    plain = {"id": "c-1", "subjects": [{"subject": "math"}, {"subject": "art"}]}
    found = set(links_in(shape_of_kind(RecordKind.CURRICULA), plain))
    assert found == {(RecordKind.SUBJECTS, "math"), (RecordKind.SUBJECTS, "art")}


def entry(old: dict[str, object] | None, new: dict[str, object]) -> AuditEntry:
    record = AuditRecord(
        at=NOW, actor="s-1", role="r", channel="api", action="x", object_kind="mark", object_id="m-1", old=old, new=new
    )
    return AuditEntry(sequence=1, previous="", hash="", record=record)


def told(one: AuditEntry, kind: RecordKind) -> list[tuple[str, str | None, str]]:
    return [(change.name, change.was, change.became) for change in field_changes(one, kind, READER)]


def test_only_what_changed_is_told_and_what_is_left_out_means_the_default() -> None:
    changed = entry(
        {"id": "m-1", "pupil": "p-1", "value": 5}, {"id": "m-1", "pupil": "p-1", "value": 4, "voided": True}
    )
    assert told(changed, RecordKind.MARKS) == [("отметка", "5", "4"), ("аннулировано", "нет", "да")]


def test_a_new_record_has_no_values_before() -> None:
    assert told(entry(None, {"id": "m-1", "pupil": "p-1"}), RecordKind.MARKS) == [
        ("номер записи", None, "m-1"),
        ("ученик", None, "Ученикова Проба"),
    ]


def test_what_is_encrypted_is_told_to_be_so() -> None:
    sealed = entry(None, {"id": "h-1", "pupil": "p-1", "content": "sealed:1:xyz"})
    assert told(sealed, RecordKind.HEALTH_SHEETS)[-1] == ("содержание", None, "зашифровано")


def test_a_change_of_keys_holds_no_record() -> None:
    renamed = entry({"key": ["m-1"]}, {"key": ["m-2"]})
    assert plain_of(renamed, RecordKind.MARKS) == []
    assert told(renamed, RecordKind.MARKS) == [("key", "m-1", "m-2")]


ACCOUNT = ConsoleUser(
    school=SchoolId("school-1"), login="anna", role=Role.DEPUTY, password_hash="", must_change=False, created_at=NOW
)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("account", "state"),
    [
        (ACCOUNT, AccountState.OPEN),
        (replace(ACCOUNT, must_change=True), AccountState.ONE_TIME),
        (replace(ACCOUNT, locked_until=NOW + HOUR), AccountState.LOCKED),
        (replace(ACCOUNT, locked_until=NOW), AccountState.OPEN),
        (replace(ACCOUNT, valid_from=NOW + HOUR), AccountState.NOT_YET),
        (replace(ACCOUNT, valid_to=NOW), AccountState.OVER),
        (replace(ACCOUNT, valid_to=NOW + HOUR), AccountState.OPEN),
        (replace(ACCOUNT, disabled=True, valid_to=NOW), AccountState.DISABLED),
    ],
)
def test_how_an_account_stands(account: ConsoleUser, state: AccountState) -> None:
    assert account_state(account, NOW) is state
