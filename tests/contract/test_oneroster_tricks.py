"""Everything that providers are known to get wrong, over real sockets and real tables: nobody leaves for it.

A school is loaded from a sound provider. Then a trick is switched on, and the data change under it, too. No sync may
take anybody out of force, and each says what is wrong with the provider.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from gateway.errors import PlatformError, Text
from gateway.model.roster import Key, RecordKind, RosterSnapshot, active_rows
from gateway.model.roster_source import SourceKind, SourceRules
from gateway.model.school import School
from gateway.roster.sync import RosterResult, RosterSync
from gateway.sandbox.oneroster import Trick
from tests.oneroster_world import SOURCE, Provider, provider
from tests.roster_world import SCHOOL, TODAY, Database, Moments, database, roster

PUPILS = 30
"""Enough people for several pages, and for the clamp of the sandbox."""

LISTS_ON_ONE_PAGE = 1000

DOUBTED: Mapping[Trick, str] = {
    Trick.NO_TOTAL: "does not announce how many rows",
    Trick.RIGHTS_LOST_MIDWAY: "our token seems to have no rights",
    Trick.SKIPS_ROWS: "it skips or repeats some",
    Trick.REPEATS_ROWS: "came twice",
    Trick.RESTLESS: "times in a row while it was read",
    Trick.RENUMBERS: "has renumbered its records",
    Trick.NO_OFFSET: "gives the first page only",
}
"""Tricks that leave a snapshot unproved, and words of the doubt."""

REFUSED: Mapping[Trick, str] = {
    Trick.EMPTY_200: "The list of organisations is empty although the answer is a success",
    Trick.OTHER_SCHOOL_ONLY: "the token is for another one",
    Trick.HTML_ERRORS: "a web page instead of JSON",
}
"""Tricks that end the reading, and words of the error."""

REMARKED: Mapping[Trick, str] = {
    Trick.CLAMP_LIMIT: "silently gives at most 50 rows",
    Trick.NO_LINK: "no Link header",
    Trick.TOKEN_LOST_MIDWAY: "lost our token",
    Trick.HALF_PAGE: "half empty",
    Trick.TEXT_429: "to be called less often (status 429)",
    Trick.DATES_IN_THREE_FORMS: "not written as YYYY-MM-DD",
    Trick.RELATIVE_HREF: "href of references is not absolute",
    Trick.WRONG_WRAPPER: "is called 'user'",
    Trick.NO_DEMOGRAPHICS_SCOPE: "no scope roster-demographics.readonly",
    Trick.ENVELOPE: "the count stands in the body",
    Trick.DELTA_LOSSY: "with an older dateLastModified",
}
"""Tricks that do no harm to who reads leniently, and words of the remark."""

HARMLESS = (Trick.FORM_CREDENTIALS,)


class Heard:
    """A source that hears the last snapshot of another one."""

    def __init__(self, source: Provider) -> None:
        self._source = source
        self.last: RosterSnapshot | None = None

    def snapshot(self, school: School) -> RosterSnapshot:
        assert school == SCHOOL
        self.last = self._source.snapshot()
        return self.last


class Loaded:
    """A school that was loaded from a provider when it was sound."""

    def __init__(self, base: Database, source: Provider) -> None:
        self.base = base
        self.source = source
        self.heard = Heard(source)
        rules = SourceRules(name=SOURCE, kind=SourceKind.ONEROSTER)
        self.sync = RosterSync(units=base.units, source=self.heard, clock=Moments(), new_id=base.new_id, rules=rules)
        self.sync.run()
        self.before = self.in_force()
        with base.unit() as unit:
            source.remember(unit.roster_links.all(source=SOURCE), unit.roster.state())

    def in_force(self) -> dict[RecordKind, dict[Key, Mapping[str, object]]]:
        with self.base.unit() as unit:
            return {kind: dict(rows) for kind, rows in active_rows(unit.roster.state().rows, TODAY).items()}

    def run(self, *tricks: Trick) -> tuple[RosterResult, list[str]]:
        """Sync under the tricks; return what was done and all that was said."""
        self.source.holdings.switch(*tricks)
        result = self.sync.run()
        assert self.heard.last is not None
        return result, [text.en for text in said_by(self.heard.last)]

    def nobody_left(self) -> bool:
        now = self.in_force()
        people = (RecordKind.PUPIL, RecordKind.GUARDIAN, RecordKind.GUARDIANSHIP, RecordKind.STAFF, RecordKind.CLASS)
        placed = {key[0] for key in now[RecordKind.ENROLLMENT]} >= {
            key[0] for key in self.before[RecordKind.ENROLLMENT]
        }
        return placed and all(now[kind].keys() >= self.before[kind].keys() for kind in people)


def said_by(snapshot: RosterSnapshot) -> tuple[Text, ...]:
    return (*snapshot.doubts, *snapshot.remarks)


@pytest.fixture
def loaded(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Loaded]:
    page = getattr(request, "param", 7)
    with database(tmp_path) as base, provider(held=roster(PUPILS), page=page) as source:
        yield Loaded(base, source)


def change_data(source: Provider) -> None:
    """Let things happen that remove nobody: a new name, a new pupil, another class."""
    source.holdings.change("users", "P-2", familyName="Новая")
    source.holdings.admit("P-900", "Приёмова", "C-1", date(2026, 9, 28))
    source.holdings.move("P-3", "C-2", date(2026, 9, 28))


def lose_people(source: Provider) -> None:
    """Let one pupil really leave, with everything that names him."""
    source.holdings.drop("P-4")


def test_every_trick_is_met_here() -> None:
    told = {*DOUBTED, *REFUSED, *REMARKED, *HARMLESS}
    assert told == set(Trick)
    assert len(told) == len(DOUBTED) + len(REFUSED) + len(REMARKED) + len(HARMLESS)


def test_a_sound_provider_is_believed_and_its_leaver_leaves(loaded: Loaded) -> None:
    lose_people(loaded.source)
    result, _ = loaded.run()
    assert result.complete
    assert result.deactivated == 3
    assert not loaded.nobody_left()


@pytest.mark.parametrize("trick", DOUBTED, ids=str)
def test_what_is_not_proved_removes_nobody_and_says_why(loaded: Loaded, trick: Trick) -> None:
    result, said = loaded.run(trick)
    assert not result.complete
    assert any(DOUBTED[trick] in text for text in said), said
    assert loaded.nobody_left()


@pytest.mark.parametrize("trick", DOUBTED, ids=str)
def test_what_is_not_proved_removes_nobody_though_somebody_really_left(loaded: Loaded, trick: Trick) -> None:
    change_data(loaded.source)
    lose_people(loaded.source)
    result, _ = loaded.run(trick)
    assert (result.complete, result.deactivated, result.held) == (False, 0, 0)
    assert loaded.nobody_left()


@pytest.mark.parametrize("changed", [False, True], ids=["unchanged", "changed"])
@pytest.mark.parametrize("trick", REFUSED, ids=str)
def test_what_cannot_be_read_changes_nothing_and_says_why(loaded: Loaded, trick: Trick, *, changed: bool) -> None:
    if changed:
        change_data(loaded.source)
        lose_people(loaded.source)
    with pytest.raises(PlatformError) as raised:
        loaded.run(trick)
    assert REFUSED[trick] in raised.value.text.en
    assert loaded.in_force() == loaded.before


@pytest.mark.parametrize("trick", [*REMARKED, *HARMLESS], ids=str)
def test_what_does_no_harm_changes_nothing(loaded: Loaded, trick: Trick) -> None:
    result, _ = loaded.run(trick)
    assert result.complete
    assert loaded.in_force() == loaded.before


@pytest.mark.parametrize(
    ("loaded", "trick"),
    [(LISTS_ON_ONE_PAGE if trick is Trick.CLAMP_LIMIT else 7, trick) for trick in REMARKED],
    indirect=["loaded"],
    ids=str,
)
def test_what_does_no_harm_is_told_and_the_changes_arrive(loaded: Loaded, trick: Trick) -> None:
    loaded.source.holdings.switch(trick)
    change_data(loaded.source)
    result, said = loaded.run(trick)
    assert any(REMARKED[trick] in text for text in said), said
    assert result.complete
    assert loaded.nobody_left()
    families = {row["family"] for row in loaded.in_force()[RecordKind.PUPIL].values()}
    assert "Новая" in families
    assert ("Приёмова" in families) is (trick is not Trick.NO_DEMOGRAPHICS_SCOPE)


def test_a_pupil_without_demographics_waits_with_a_clear_cause(loaded: Loaded) -> None:
    change_data(loaded.source)
    result, _ = loaded.run(Trick.NO_DEMOGRAPHICS_SCOPE)
    assert result.rejected == 2
    assert loaded.heard.last is not None
    codes = {(one.record, one.kind, one.faults[0].code) for one in loaded.heard.last.rejected}
    assert ("P-900", "pupil", "oneroster.no_demographics") in codes


def test_several_tricks_at_once_remove_nobody(loaded: Loaded) -> None:
    lose_people(loaded.source)
    result, _ = loaded.run(
        Trick.NO_TOTAL, Trick.NO_LINK, Trick.HALF_PAGE, Trick.TEXT_429, Trick.WRONG_WRAPPER, Trick.DATES_IN_THREE_FORMS
    )
    assert not result.complete
    assert loaded.nobody_left()


def test_two_readings_that_agree_may_be_taken_as_proof(loaded: Loaded) -> None:
    loaded.source.settings = replace(loaded.source.settings, two_readings_prove=True)
    result, said = loaded.run(Trick.NO_TOTAL)
    assert result.complete
    assert not [text for text in said if "announce" in text]
    result, said = loaded.run(Trick.NO_TOTAL, Trick.RESTLESS)
    assert not result.complete
    assert loaded.nobody_left()


def test_a_list_that_hides_somebody_is_found_out_by_asking_for_him(loaded: Loaded) -> None:
    """The count is right, the pages are steady, and still the list is not whole."""
    loaded.source.holdings.hide("users", "P-5")
    result, said = loaded.run()
    assert not result.complete
    assert any("skips rows" in text for text in said), said
    assert loaded.nobody_left()


def test_who_is_marked_as_gone_is_gone_once_the_rest_is_proved(loaded: Loaded) -> None:
    loaded.source.holdings.bury("P-6")
    result, said = loaded.run()
    assert result.complete
    assert result.deactivated > 0
    assert any("tobedeleted" in text for text in said)


def test_what_changed_is_read_without_missing_anybody(loaded: Loaded) -> None:
    since = datetime.now(UTC).isoformat()
    change_data(loaded.source)
    lose_people(loaded.source)
    with loaded.source.adapter() as adapter:
        snapshot = adapter.changes(SCHOOL, since)
    assert snapshot.partial
    assert not snapshot.complete
    assert {one.source_id for one in snapshot.pupils} >= {"P-2", "P-900", "P-3"}
    assert len(snapshot.pupils) < PUPILS


def test_one_person_is_read_alone(loaded: Loaded) -> None:
    loaded.source.holdings.change("users", "P-2", familyName="Новая")
    with loaded.source.adapter() as adapter:
        snapshot = adapter.one(SCHOOL, RecordKind.PUPIL, "P-2")
        nobody = adapter.one(SCHOOL, RecordKind.PUPIL, "P-0")
        school_class = adapter.one(SCHOOL, RecordKind.CLASS, "C-1")
    assert [one.name.family for one in snapshot.pupils] == ["Новая"]
    assert (snapshot.partial, nobody.pupils) == (True, ())
    assert [one.name for one in school_class.classes] == ["5А"]
    assert school_class.classes[0].class_teacher is not None


def test_the_older_dialect_tells_the_same() -> None:
    with provider(held=roster(PUPILS)) as new, provider(held=roster(PUPILS), version="1.1") as old:
        older, newer = old.snapshot(), new.snapshot()
    assert older.complete
    assert replace(older, received=(), remarks=()) == replace(newer, received=(), remarks=())


def test_who_asks_too_often_waits_as_long_as_told(loaded: Loaded) -> None:
    loaded.run(Trick.TEXT_429)
    assert set(loaded.source.pauses) == {1.0}
