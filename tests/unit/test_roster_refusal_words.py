"""Refusals about records of the roster call kinds and fields as people do, in both languages."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gateway.errors import GatewayError, Text
from gateway.model.roster import RecordKind, snapshot_rows
from gateway.model.roster_field_names import FIELD_NAMES, field_called
from gateway.model.roster_kind_names import KIND_NAMES, ONE_NAMES
from gateway.model.roster_locks import field_value
from gateway.roster.locks import FieldLocks
from tests.roster_life_world import SAID, Life
from tests.roster_world import class_of, database, pupil_of

WORD = re.compile(r"«([^»]*)»")


@pytest.fixture
def locks(tmp_path: Path) -> Iterator[FieldLocks]:
    with database(tmp_path) as base:
        life = Life(base=base)
        life.run()
        yield FieldLocks(units=base.units, clock=life.clock, new_id=base.new_id)


def refused(act: Callable[[], object]) -> Text:
    with pytest.raises(GatewayError) as caught:
        act()
    return caught.value.text


def test_every_field_and_kind_of_a_roster_has_a_name() -> None:
    fields = {name for rows in snapshot_rows(SAID).values() for fields in rows.values() for name in fields}
    assert fields <= FIELD_NAMES.keys()
    assert KIND_NAMES.keys() == ONE_NAMES.keys() == set(RecordKind)


def test_a_field_is_told_with_the_word_that_commands_know_it_by() -> None:
    assert field_called("birth_date") == Text(ru="«дата рождения» (birth_date)", en="'date of birth' (birth_date)")
    assert field_called("letter") == Text(ru="«буква» (letter)", en="'letter'")
    assert field_called("classTeacher") == Text(ru="«classTeacher»", en="'classTeacher'")


def test_refusals_of_locks_speak_russian(locks: FieldLocks) -> None:
    def lock(kind: RecordKind, key: tuple[str, ...], name: str, value: str | None = None) -> Callable[[], object]:
        return lambda: locks.lock(kind, key, name, by="anna", reason="r", value=value)

    told = [
        refused(lock(RecordKind.PUPIL, (pupil_of(1),), "source_id")),
        refused(lock(RecordKind.CLASS, ("nobody",), "letter")),
        refused(lock(RecordKind.PUPIL, (pupil_of(1),), "birth_date", "вчера")),
        refused(lock(RecordKind.CLASS, (class_of(1),), "class_teacher", "nobody")),
        refused(lambda: locks.unlock(RecordKind.PUPIL, (pupil_of(1),), "family", by="anna", reason="r")),
    ]
    quoted = [word for one in told for word in WORD.findall(one.ru) if word != "nobody"]
    assert quoted[0] == "номер в источнике"
    assert {"ученик", "класс", "дата рождения", "классный руководитель", "фамилия"} <= set(quoted)
    assert not [word for word in quoted if re.search("[a-z]", word)], "no English word stands where a name belongs"


def test_a_value_that_is_none_names_its_field() -> None:
    told = refused(lambda: field_value("snils", "1"))
    assert "«СНИЛС» (snils)" in told.ru
    assert "'SNILS' (snils)" in told.en
