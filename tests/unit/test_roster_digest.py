"""The roster's day: what changed, what waits, what to mend, who is missing, which source failed and who has to act."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from gateway.cli.roster_digest import content, page
from gateway.errors import Fault, Party, Rejected, Text, TransientError
from gateway.model.matching_cases import Case, CaseReason, CaseState
from gateway.model.roster import RecordKind
from gateway.model.roster_digest import RosterDigest, SourceDay, SourceStanding
from gateway.model.roster_digest_words import digest_sections, missing_groups
from gateway.model.roster_link import Link
from gateway.model.roster_locks import FieldLock
from gateway.model.roster_missing import NextStep
from gateway.model.roster_plan import PlanState
from gateway.model.roster_source import REGISTRY_RULES, Ladder, SourceKind, SourceRules, Thresholds
from gateway.roster.digest import RosterDays
from tests.roster_life_world import SAID, Life
from tests.roster_world import NOON, SCHOOL, TODAY, UNPROVED, database, guardian, pupil_of, without

MOSCOW = ZoneInfo("Europe/Moscow")
STRICT = Thresholds(percent=0, records=0)
TOMORROW = TODAY + timedelta(days=1)
LISTS = SourceRules(name="lists", kind=SourceKind.LISTS)
FAULT = Fault(
    code="roster.birth_date",
    text=Text(ru="Дата рождения не читается.", en="The date of birth cannot be read."),
    field="birthDate",
    who=Party.PLATFORM_OPERATOR,
)


@pytest.fixture
def life(tmp_path: Path) -> Iterator[Life]:
    with database(tmp_path) as base:
        yield Life(base=base)


def days(life: Life, *rules: SourceRules, asked: Collection[str] = ()) -> RosterDays:
    return RosterDays(units=life.base.units, clock=life.clock, rules=rules or (REGISTRY_RULES,), asked=lambda *_: asked)


def only(found: RosterDigest) -> SourceDay:
    (source,) = found.sources
    return source


def told(found: RosterDigest) -> str:
    return page("…", digest_sections(found, MOSCOW), "ru")


def test_a_good_day_is_quiet_and_tells_what_changed(life: Life) -> None:
    life.run()
    found = days(life).of()
    assert (found.day, found.is_quiet, only(found).standing, only(found).who) == (TODAY, True, SourceStanding.OK, None)
    assert found.changed["pupil"] == {"create": 4}
    assert not any((found.waiting, found.questions, found.causes, found.missing, found.decided))
    assert "ученики: добавлено 4." in told(found)


def test_a_source_that_fails_names_who_has_to_act(life: Life) -> None:
    life.run()
    life.clock.now += timedelta(days=1)
    words = Text(ru="Токен отвергнут.", en="The token was refused.")
    life.source.failure = TransientError("oneroster.token", words, who=Party.COORDINATOR)
    with pytest.raises(TransientError):
        life.run()
    source = only(days(life).of())
    assert (source.standing, source.who, source.text) == (SourceStanding.FAILED, Party.COORDINATOR, words)
    assert source.good_at is not None
    assert source.good_at < NOON + timedelta(days=1)
    assert not source.changed


def test_a_source_is_silent_only_when_the_clock_has_asked_it(life: Life) -> None:
    assert only(days(life).of()).standing is SourceStanding.RESTS
    never = only(days(life, asked={"registry"}).of())
    assert (never.standing, never.who) == (SourceStanding.SILENT, Party.COORDINATOR)
    life.run()
    assert only(days(life, asked={"registry"}).of()).standing is SourceStanding.OK
    life.clock.now += timedelta(days=1)
    assert only(days(life, asked={"registry"}).of()).standing is SourceStanding.SILENT
    assert only(days(life).of()).standing is SourceStanding.OK


def test_the_clock_is_asked_about_the_day_but_for_the_last_hour(life: Life) -> None:
    asked: list[tuple[datetime, datetime]] = []

    def noted(begins: datetime, ends: datetime) -> Collection[str]:
        asked.append((begins, ends))
        return ()

    looked = replace(days(life), asked=noted)
    looked.of()
    looked.of(TODAY - timedelta(days=1))
    (today, earlier) = asked
    assert today == (NOON.replace(hour=21) - timedelta(days=1), NOON + timedelta(seconds=1) - timedelta(hours=1))
    assert earlier == (NOON.replace(hour=21) - timedelta(days=2), NOON.replace(hour=21) - timedelta(days=1))


def test_a_doubted_snapshot_is_told_until_a_person_accepts_it(life: Life) -> None:
    life.run()
    life.run(replace(SAID, doubts=UNPROVED))
    source = only(days(life).of())
    assert (source.standing, source.who) == (SourceStanding.DOUBTED, Party.PLATFORM_OPERATOR)
    assert source.text == UNPROVED[0]
    assert source.run is not None
    life.history.accept(source.run.id, by="director", reason="checked by hand")
    assert only(days(life).of()).standing is SourceStanding.OK


@pytest.mark.parametrize(
    ("kind", "who"),
    [
        (SourceKind.LISTS, Party.COORDINATOR),
        (SourceKind.REGISTRY, Party.PLATFORM_OPERATOR),
        (SourceKind.ONEROSTER, Party.PLATFORM_OPERATOR),
        (SourceKind.ONEROSTER_FILES, Party.PLATFORM_OPERATOR),
    ],
)
def test_who_answers_for_a_doubt_depends_on_whose_source_it_is(life: Life, kind: SourceKind, who: Party) -> None:
    life.run(replace(SAID, doubts=UNPROVED))
    assert only(days(life, replace(REGISTRY_RULES, kind=kind)).of()).who is who


def test_what_to_mend_names_the_rows_of_the_file(life: Life) -> None:
    rows = [replace(FAULT, path="classes.xlsx [5А]", line=row) for row in (14, 3, 20, 21)]
    away = tuple(Rejected(record=f"3f{row.line}", kind="pupil", faults=(row,), raw="") for row in rows)
    life.run(replace(SAID, rejected=away))
    page = told(days(life).of())
    places = "; ".join(f"classes.xlsx, лист «5А», строка {row}" for row in (3, 14, 20))
    assert f"Записей: 4 ({places} …)." in page


def test_a_single_record_does_not_hide_a_doubted_sync(life: Life) -> None:
    life.run(replace(SAID, doubts=UNPROVED))
    life.run(replace(SAID, partial=True))
    assert only(days(life).of()).standing is SourceStanding.DOUBTED


def test_what_waits_stays_until_a_person_decides(life: Life) -> None:
    life.run()
    life.thresholds = STRICT
    held = life.run(without(SAID, 1)).held_plan
    assert held is not None
    life.clock.now += timedelta(days=1)
    found = days(life).of()
    assert [one.id for one in found.waiting] == [held]
    assert not found.is_quiet
    assert f"План {held} (registry)" in told(found)
    life.decisions.reject(held, by="coordinator", reason="they are here")
    found = days(life).of()
    assert found.waiting == ()
    assert [(one.id, one.state) for one in found.decided] == [(held, PlanState.REJECTED)]
    assert f"coordinator: план {held} отклонён. they are here" in told(found)
    assert [one.id for one in days(life).of(TODAY).waiting] == [held], "yesterday it waited"


def test_what_was_taken_back_on_the_day_has_not_changed_anything(life: Life) -> None:
    life.run()
    life.clock.now += timedelta(days=1)
    plan = life.applied(without(SAID, 1))
    assert days(life).of().changed["pupil"] == {"deactivate": 1}
    life.reverting.run(plan, by="director", reason="a mistake")
    assert days(life).of().changed == {}


def test_one_root_cause_is_one_line_until_it_is_mended(life: Life) -> None:
    rejected = tuple(Rejected(record=f"P-{n}", kind="pupil", faults=(FAULT,), raw="<pupil/>") for n in (7, 8))
    life.run(replace(SAID, rejected=rejected))
    found = days(life).of()
    (cause,) = found.causes
    assert (len(cause.records), cause.who) == (2, Party.PLATFORM_OPERATOR)
    assert "Записей: 2. Кто действует: оператор внешней платформы." in told(found)
    life.clock.now += timedelta(days=1)
    life.run(SAID)
    assert days(life).of().causes == ()
    assert len(days(life).of(TODAY).causes) == 1


def test_open_questions_are_counted(life: Life) -> None:
    case = Case(source="registry", kind=RecordKind.PUPIL, source_id="P-9", reason=CaseReason.AMBIGUOUS)
    with life.base.unit() as unit:
        unit.roster_cases.ask([case], source="registry", at=NOON, complete=True)
    found = days(life).of()
    assert [one.case for one in found.questions] == [case]
    assert "Кто есть кто (registry): вопросов без ответа — 1." in told(found)
    with life.base.unit() as unit:
        unit.roster_cases.decide(
            found.questions[0].id, CaseState.NEW, chosen=None, by="deputy", at=NOON + timedelta(days=1)
        )
    assert days(life).of(TOMORROW).questions == ()
    assert len(days(life).of().questions) == 1


def test_who_is_missing_since_when_and_what_comes_next(life: Life) -> None:
    life.run()
    life.run(without(SAID, 1))
    life.clock.now += timedelta(days=1)
    life.run()
    found = [one for one in days(life).missing() if one.kind is RecordKind.PUPIL]
    assert [(one.key, one.since, one.times, one.step, one.due) for one in found] == [
        ((pupil_of(1),), TODAY, 2, NextStep.ARCHIVE, TOMORROW + timedelta(days=365))
    ]
    patient = replace(REGISTRY_RULES, ladder=Ladder(suspend_after=5))
    with life.base.unit() as unit:
        unit.roster_absences.keep("registry", [])
    life.run(SAID)
    life.thresholds = STRICT
    life.run(without(SAID, 2))
    (waits,) = [one for one in days(life, patient).missing(source="registry") if one.kind is RecordKind.PUPIL]
    assert (waits.step, waits.due) == (NextStep.SUSPENSION, TOMORROW + timedelta(days=5))
    assert days(life, patient).missing(source="lists") == []
    assert days(life, LISTS).missing() == [], "a source that is set up no longer misses nobody"


def test_who_is_kept_by_another_source_or_by_the_school_stays(life: Life) -> None:
    life.run()
    life.thresholds = STRICT
    life.run(without(SAID, 1, 2))
    told_of = [(RecordKind.PUPIL, pupil_of(1)), (RecordKind.GUARDIAN, guardian(1).id)]
    with life.base.unit() as unit:
        unit.roster_links.put(
            Link(source="lists", kind=kind, source_id=one, id=one, confidence=100, rule="created", linked_at=NOON)
            for kind, one in told_of
        )
        unit.roster_locks.put(
            FieldLock(kind=RecordKind.PUPIL, key=(pupil_of(2),), field="status", locked_at=NOON, locked_by="director")
        )
    steps = {(one.kind, one.key[0]): one.step for one in days(life, REGISTRY_RULES, LISTS).missing()}
    assert set(steps.values()) == {NextStep.NONE}
    assert {kind for kind, _ in steps} == {RecordKind.PUPIL, RecordKind.GUARDIANSHIP, RecordKind.ENROLLMENT}
    alone = {(one.kind, one.key[0]): one.step for one in days(life).missing()}
    assert alone[RecordKind.PUPIL, pupil_of(1)] is NextStep.SUSPENSION
    assert alone[RecordKind.PUPIL, pupil_of(2)] is NextStep.NONE


def test_missing_records_are_told_by_kind(life: Life) -> None:
    life.run()
    life.run(without(SAID, 1, 2))
    found = days(life).of()
    groups = {one.kind: one for one in missing_groups(found.missing)}
    assert (groups[RecordKind.PUPIL].number, groups[RecordKind.PUPIL].since) == (2, TODAY)
    assert "registry: ученики — 2, дольше всего с 01.10.2026. Дальше – " in told(found)
    assert days(life).of(TODAY - timedelta(days=1)).missing == ()


def test_a_digest_holds_no_personal_data(life: Life) -> None:
    life.run()
    life.thresholds = STRICT
    life.run(without(SAID, 1))
    found = days(life).of()
    everything = told(found) + page("…", digest_sections(found, MOSCOW), "en") + json.dumps(content(found), default=str)
    names = [one.name for ones in (SAID.pupils, SAID.guardians, SAID.staff) for one in ones]
    assert not [name for name in names if name.family in everything or name.given in everything]


def test_the_page_says_text_as_text() -> None:
    empty = RosterDigest(
        day=date(2026, 10, 1), sources=(), changed={}, decided=(), waiting=(), questions=(), causes=(), missing=()
    )
    html = page("<script>", digest_sections(empty, MOSCOW), "en")
    assert "&lt;script&gt;" in html
    assert "<script>" not in html
    assert "No source is set up." in html
    assert SCHOOL.name not in html
