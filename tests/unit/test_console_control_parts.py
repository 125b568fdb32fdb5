"""The pure parts of the console's pages of control: a name for everything, spans of time, bars of shares, the menu."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from gateway.errors import Text
from gateway.model.access import Role
from gateway.model.clocks import Clock, Unit
from gateway.model.deadlines import DutyState
from gateway.model.incident import Doubt, EffectKind
from gateway.model.policy import describe
from gateway.web.console.control_words import CONTROL_WORDS
from gateway.web.console.duty_names import CLOCKS, DOUBTS, DUTY_STATES, EFFECTS, MOMENTS, UNITS
from gateway.web.console.incident_pages import NOTABLE
from gateway.web.console.menu import MENU, menu_of
from gateway.web.console.pictures import shares
from gateway.web.console.policy_names import SETTINGS, value_name
from gateway.web.console.presentation import span_text
from gateway.web.console.queue_words import QUEUE_WORDS
from gateway.web.console.record_words import RECORD_WORDS
from gateway.web.console.rights import PAGES
from gateway.web.console.words import WORDS


@pytest.mark.parametrize(
    ("table", "known"),
    [(CLOCKS, Clock), (DUTY_STATES, DutyState), (UNITS, Unit), (EFFECTS, EffectKind), (DOUBTS, Doubt)],
)
def test_everything_that_can_be_shown_has_a_name(table: Mapping[str, Text], known: type) -> None:
    assert set(table) == set(known)
    assert all(text.ru.strip() and text.en.strip() for text in table.values())


def test_every_setting_and_every_value_that_is_a_word_has_a_name() -> None:
    assert set(SETTINGS) == {one.name for one in describe()}
    unnamed = [
        (one.name, value) for one in describe() for value in one.choices if value_name(one.name, value).ru == value
    ]
    assert unnamed == []
    assert value_name("copies_paper", "3") == Text(ru="3", en="3")


def test_no_word_is_said_twice() -> None:
    named = [name for words in (CONTROL_WORDS, RECORD_WORDS, QUEUE_WORDS) for name in words]
    assert len(named) == len(set(named))
    assert {name for name, text in {**CONTROL_WORDS, **QUEUE_WORDS}.items() if WORDS[name] is not text} == set()


def test_moments_that_are_noted_have_a_name() -> None:
    assert set(NOTABLE) < set(MOMENTS)


@pytest.mark.parametrize(
    ("minutes", "russian", "english"),
    [
        (0, "0 мин", "0 min"),
        (59, "59 мин", "59 min"),
        (-61, "1 ч 1 мин", "1 h 1 min"),
        (24 * 60 + 5, "1 д 5 мин", "1 d 5 min"),
        (50 * 60 + 30, "2 д 2 ч", "2 d 2 h"),
    ],
)
def test_a_span_is_told_in_its_two_largest_units(minutes: int, russian: str, english: str) -> None:
    assert (span_text(minutes, "ru"), span_text(minutes, "en")) == (russian, english)


def test_bars_of_shares_are_all_as_long() -> None:
    many, few = shares({"many": {"a": 300, "b": 100}, "few": {"a": 1}})
    assert [one.width for one in many.segments] == [75, 25]
    assert [one.width for one in few.segments] == [100]


def test_the_menu_has_every_page_once_and_a_word_for_it() -> None:
    pages = [page for group in MENU for one in group.entries for page in (one.page, *one.inside)]
    assert len(pages) == len(set(pages))
    assert set(pages) <= set(PAGES)
    assert {group.name for group in MENU} | {one.page for group in MENU for one in group.entries} <= set(WORDS)


@pytest.mark.parametrize("role", list(Role))
def test_nobody_is_shown_what_they_may_not_open(role: Role) -> None:
    for group in menu_of(role, "overview").groups:
        inside = menu_of(role, group.page)
        assert [one.current for one in inside.groups].count("true") == 1
        assert all(PAGES[one.page] is not None for one in inside.entries)


def test_the_menu_tells_where_one_is() -> None:
    shown = menu_of(Role.DIRECTOR, "incident")
    assert [one.page for one in shown.groups if one.current] == ["deadlines"]
    assert [(one.page, one.current) for one in shown.entries if one.current] == [("incidents", "true")]
    assert [one.current for one in menu_of(Role.DIRECTOR, "incidents").entries if one.current] == ["page"]
    assert menu_of(Role.DIRECTOR, "change_password").entries == ()
