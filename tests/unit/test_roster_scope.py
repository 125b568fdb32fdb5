"""What a source may touch, what the school keeps, how long absence lasts, what waits for a person."""

from collections.abc import Collection
from dataclasses import replace
from datetime import date, timedelta

import pytest

from gateway.errors import GatewayError
from gateway.model.people import PersonName, Status
from gateway.model.roster import RecordKind, RosterSnapshot, RosterState, snapshot_rows
from gateway.model.roster_change import Action, applied
from gateway.model.roster_hold import split
from gateway.model.roster_ladder import Absence, Fate, missing_from_json, missing_to_json
from gateway.model.roster_link import LINKED, Link
from gateway.model.roster_locks import FieldLock, field_value
from gateway.model.roster_plan import HoldCause, RosterPlan
from gateway.model.roster_planning import plan
from gateway.model.roster_proof import shrinkage, told
from gateway.model.roster_scope import Standing
from gateway.model.roster_source import REGISTRY_RULES, Ladder, Limits, Pause, SourceKind, SourceRules, Thresholds
from gateway.model.roster_warning import WarningCode, warnings_from_json, warnings_to_json
from tests.roster_world import (
    NOON,
    TODAY,
    UNPROVED,
    class_of,
    guardian,
    link,
    place,
    pupil,
    pupil_of,
    roster,
    school_class,
    without,
)

SAID = roster(4).snapshot()
HELD = RosterState(rows=snapshot_rows(SAID))
LISTS = SourceRules(name="lists", kind=SourceKind.LISTS)
ONE = (RecordKind.PUPIL, (pupil_of(1),))


def links(
    source: str = "registry", *, besides: Collection[str] = (), only: Collection[str] | None = None
) -> list[Link]:
    return [
        Link(source=source, kind=kind, source_id=str(fields["source_id"]), id=key[0], confidence=100, rule="created",
             linked_at=NOON)
        for kind in LINKED
        for key, fields in HELD.of(kind).items()
        if key[0] not in besides and (only is None or key[0] in only)
    ]  # fmt: skip


def locked(kind: RecordKind, key: tuple[str, ...], name: str) -> FieldLock:
    return FieldLock(kind=kind, key=key, field=name, locked_at=NOON, locked_by="zavuch")


def planned(snapshot: RosterSnapshot, state: RosterState = HELD, today: date = TODAY, **standing: object) -> RosterPlan:
    return plan(state, snapshot, today=today, standing=Standing(**standing))  # type: ignore[arg-type]


def renamed(snapshot: RosterSnapshot = SAID, family: str = "Новая") -> RosterSnapshot:
    first = replace(snapshot.pupils[0], name=replace(snapshot.pupils[0].name, family=family))
    return replace(snapshot, pupils=(first, *snapshot.pupils[1:]))


def codes(made: RosterPlan) -> list[WarningCode]:
    return [one.code for one in made.warnings]


# scope


def test_a_record_that_is_not_linked_is_neither_missed_nor_changed() -> None:
    own = links(besides={pupil_of(1), guardian(1).id})
    assert planned(without(SAID, 1), links=own).changes == ()
    made = planned(renamed(), links=own)
    assert made.changes == ()
    assert WarningCode.OUT_OF_SCOPE in codes(made)


def test_a_linked_record_is_missed_with_what_hangs_on_it() -> None:
    made = planned(without(SAID, 1), links=links())
    assert {change.kind for change in made.changes} == {
        RecordKind.PUPIL, RecordKind.GUARDIANSHIP, RecordKind.ENROLLMENT
    }  # fmt: skip


def test_new_records_and_their_relations_are_added_though_nobody_has_linked_them_yet() -> None:
    arrived = replace(
        SAID, pupils=(*SAID.pupils, pupil(9)), enrollments=(*SAID.enrollments, place(9, 1)),
        guardians=(*SAID.guardians, guardian(9)), guardianships=(*SAID.guardianships, link(9, 9)),
    )  # fmt: skip
    assert [change.action for change in planned(arrived, links=links()).changes] == [Action.CREATE] * 4


def test_kinds_and_fields_that_are_not_the_sources_stay() -> None:
    only_pupils = replace(REGISTRY_RULES, kinds=frozenset({RecordKind.PUPIL}))
    made = planned(replace(without(renamed(), 2), classes=()), rules=only_pupils)
    assert {(change.kind, change.action) for change in made.changes} == {
        (RecordKind.PUPIL, Action.UPDATE), (RecordKind.PUPIL, Action.DEACTIVATE)
    }  # fmt: skip
    only_given = replace(REGISTRY_RULES, fields={RecordKind.PUPIL: frozenset({"given"})})
    assert planned(renamed(), rules=only_given).changes == ()


def test_the_stronger_source_has_the_last_word_where_both_tell_of_a_record() -> None:
    both = [*links(), *links("lists")]
    said = replace(renamed(), source="lists")
    assert planned(said, links=both, rules=LISTS, stronger=(REGISTRY_RULES,)).changes == ()
    assert len(planned(said, links=both, rules=LISTS, weaker=(REGISTRY_RULES,)).changes) == 1
    alone = [*links(besides={pupil_of(1)}), *links("lists")]
    assert len(planned(said, links=alone, rules=LISTS, stronger=(REGISTRY_RULES,)).changes) == 1


def test_who_another_source_still_tells_of_stays_until_that_one_misses_them_too() -> None:
    both = [*links(), *links("lists", only={pupil_of(1), guardian(1).id, class_of(1)})]
    gone = without(SAID, 1)
    made = planned(gone, links=both, weaker=(LISTS,))
    assert made.changes == ()
    assert {one.fate for one in made.missing} == {Fate.KEPT}
    places = [(one.kind, one.key) for one in made.missing]
    missed = [Absence(source="lists", kind=kind, key=key, since=TODAY) for kind, key in places]
    assert len(planned(gone, links=both, weaker=(LISTS,), absences=missed).changes) == 3
    assert len(planned(gone, links=both).changes) == 3, "a source that is not there any more keeps nobody"


# locks


def test_a_locked_field_survives_and_the_plan_says_so() -> None:
    made = planned(renamed(), locks=[locked(*ONE, "family")])
    assert made.changes == ()
    (warning,) = made.warnings
    assert (warning.code, warning.field, warning.said, warning.kept) == (
        WarningCode.LOCK_KEPT, "family", "Новая", "Тестова"
    )  # fmt: skip
    assert "Новая" not in repr(warning)
    assert "Новая" not in warning.text.ru


def test_other_fields_of_a_locked_record_flow() -> None:
    first = replace(SAID.pupils[0], name=PersonName(family="Новая", given="Другая"))
    said = replace(SAID, pupils=(first, *SAID.pupils[1:]))
    (change,) = planned(said, locks=[locked(*ONE, "family")]).changes
    assert set(change.rows[0].new) == {"given", "patronymic"}


def test_who_is_locked_in_force_stays_with_class_and_guardian() -> None:
    made = planned(without(SAID, 1), locks=[locked(*ONE, "status")])
    assert made.changes == ()
    assert {one.fate for one in made.missing} == {Fate.KEPT}
    assert len(made.missing) == 3


def test_a_transfer_out_of_a_locked_class_is_not_done_by_half() -> None:
    key = (pupil_of(1), class_of(1), "2026-09-01")
    moved = replace(SAID, enrollments=(place(1, 2, since=date(2026, 9, 28)), *SAID.enrollments[1:]))
    made = planned(moved, locks=[locked(RecordKind.ENROLLMENT, key, "valid_to")])
    assert made.changes == ()
    assert codes(made) == [WarningCode.LOCK_KEPT]


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("family", "Новая", "Новая"),
        ("birth_date", "2015-03-04", "2015-03-04"),
        ("grade", "6", 6),
        ("archived", "true", True),
        ("snils", "", None),
        ("status", "archived", "archived"),
    ],
)
def test_a_value_is_read_as_its_field_wants(name: str, text: str, value: object) -> None:
    assert field_value(name, text) == value


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("birth_date", "04.03.2015"),
        ("grade", "six"),
        ("archived", "yes"),
        ("snils", "000-000-001 11"),
        ("sex", "девочка"),
    ],
)
def test_what_is_no_value_of_a_field_is_refused(name: str, text: str) -> None:
    with pytest.raises(GatewayError) as refused:
        field_value(name, text)
    assert refused.value.code == "roster.lock_value"
    assert text not in str(refused.value)


# ladder


def test_absence_waits_its_days_then_suspends_then_archives() -> None:
    rules = replace(REGISTRY_RULES, ladder=Ladder(suspend_after=3, archive_after=30))
    state, told_of = HELD, []
    absences: tuple[Absence, ...] = ()
    for day in (0, 1, 3, 4, 33, 34, 35):
        made = planned(without(SAID, 1), state, TODAY + timedelta(days=day), rules=rules, absences=absences)
        state, absences = applied(state, made.changes), made.absences
        told_of.append((day, {change.action for change in made.changes}, state.of(RecordKind.PUPIL)[ONE[1]]["status"]))
    assert told_of == [
        (0, set(), Status.ACTIVE),
        (1, set(), Status.ACTIVE),
        (3, {Action.DEACTIVATE}, Status.SUSPENDED),
        (4, set(), Status.SUSPENDED),
        (33, set(), Status.SUSPENDED),
        (34, {Action.ARCHIVE}, Status.ARCHIVED),
        (35, set(), Status.ARCHIVED),
    ]


def test_the_plan_tells_who_is_missing_since_when_and_how_often() -> None:
    rules = replace(REGISTRY_RULES, ladder=Ladder(suspend_after=3))
    first = planned(without(SAID, 1), rules=rules)
    second = planned(without(SAID, 1), today=TODAY + timedelta(days=1), rules=rules, absences=first.absences)
    missing = next(one for one in second.missing if one.kind is RecordKind.PUPIL)
    assert (missing.since, missing.times, missing.fate) == (TODAY, 2, Fate.WAITS)
    assert missing.due == TODAY + timedelta(days=3)
    assert "2" in missing.reason.ru
    assert missing_from_json(missing_to_json(second.missing)) == second.missing


@pytest.mark.parametrize("status", [Status.SUSPENDED, Status.ARCHIVED])
def test_who_comes_back_is_in_force_again_and_nothing_is_remembered(status: Status) -> None:
    rows = {kind: dict(HELD.of(kind)) for kind in RecordKind}
    rows[RecordKind.PUPIL][ONE[1]] = {**rows[RecordKind.PUPIL][ONE[1]], "status": status.value}
    absence = Absence(source="registry", kind=ONE[0], key=ONE[1], since=TODAY, suspended_on=TODAY)
    made = planned(SAID, RosterState(rows=rows), absences=[absence])
    assert [change.action for change in made.changes] == [Action.REACTIVATE]
    assert made.absences == ()


def test_an_unproved_snapshot_counts_no_absence_but_sees_who_is_back() -> None:
    seen = planned(without(SAID, 1), rules=replace(REGISTRY_RULES, ladder=Ladder(suspend_after=9))).absences
    unproved = planned(replace(without(SAID, 1), doubts=UNPROVED), absences=seen)
    assert unproved.absences == seen
    assert unproved.changes == ()
    assert planned(replace(SAID, doubts=UNPROVED), absences=seen).absences == ()


def test_a_partial_snapshot_misses_nobody() -> None:
    made = planned(replace(without(renamed(), 2), partial=True))
    assert [change.action for change in made.changes] == [Action.UPDATE]
    assert made.absences == ()


# additions only


@pytest.mark.parametrize(
    "rules",
    [
        replace(REGISTRY_RULES, additions_only=True),
        replace(REGISTRY_RULES, pauses=(Pause(first=TODAY, last=TODAY, reason="каникулы"),)),
    ],
    ids=["additions only", "pause"],
)
def test_a_source_that_only_adds_changes_and_removes_nothing(rules: SourceRules) -> None:
    said = without(renamed(replace(SAID, pupils=(*SAID.pupils, pupil(9)))), 2)
    made = planned(said, rules=rules)
    assert [change.action for change in made.changes] == [Action.CREATE]
    assert WarningCode.ONLY_ADDITIONS in codes(made)
    assert made.absences == ()


def test_after_the_pause_the_source_has_its_say_again() -> None:
    pause = Pause(first=TODAY - timedelta(days=9), last=TODAY - timedelta(days=1))
    assert len(planned(renamed(), rules=replace(REGISTRY_RULES, pauses=(pause,))).changes) == 1


# what waits


NEVER = Thresholds(percent=0, records=0)


def test_a_source_that_rewrites_everybody_waits_and_the_rest_flows() -> None:
    rules = replace(REGISTRY_RULES, limits=Limits.everywhere(updates=Thresholds(percent=50, records=1)))
    everybody = tuple(replace(one, phone="+7 000 000-00-09") for one in SAID.guardians)
    made = planned(without(replace(SAID, pupils=(*SAID.pupils, pupil(9)), guardians=everybody), 4), rules=rules)
    flowing, (updates,) = split(made)
    assert [reason.cause for reason in updates.hold] == [HoldCause.UPDATES]
    assert "переписывает" in updates.hold[0].text.ru
    assert {change.action for change in updates.changes} == {Action.UPDATE}
    assert {change.action for change in flowing.changes} == {Action.CREATE, Action.DEACTIVATE}


def test_removals_wait_with_a_class_change_of_everybody() -> None:
    since = date(2026, 9, 28)
    moved = tuple(replace(one, school_class=class_of(3), valid_from=since) for one in SAID.enrollments)
    said = replace(SAID, classes=(school_class(3, letter="В"),), enrollments=moved)
    rules = replace(REGISTRY_RULES, limits=Limits.everywhere(updates=NEVER))
    flowing, parts = split(planned(said, rules=rules))
    assert [change.action for change in flowing.changes] == [Action.CREATE]
    assert [{change.kind for change in part.changes} for part in parts] == [{RecordKind.CLASS}, {RecordKind.ENROLLMENT}]


def test_another_person_under_an_old_id_waits_with_what_hangs_on_the_id() -> None:
    other = replace(SAID.pupils[0], name=PersonName(family="Чужая", given="Иная"), birth_date=date(2014, 1, 1))
    said = replace(
        SAID,
        pupils=(other, *SAID.pupils[1:]),
        enrollments=(place(1, 2, since=date(2026, 9, 28)), *SAID.enrollments[1:]),
    )
    made = planned(said)
    flowing, (waiting,) = split(made)
    assert flowing.changes == ()
    assert [reason.cause for reason in waiting.hold] == [HoldCause.IDENTITY]
    assert {change.kind for change in waiting.changes} == {RecordKind.PUPIL, RecordKind.ENROLLMENT}
    assert codes(made) == [WarningCode.OTHER_PERSON]


@pytest.mark.parametrize(
    "now",
    [
        replace(SAID.pupils[0], name=replace(SAID.pupils[0].name, family="Новая")),
        replace(SAID.pupils[0], birth_date=date(2015, 4, 3)),
        replace(SAID.pupils[0], name=replace(SAID.pupils[0].name, family="ТЕСТОВА"), birth_date=date(2015, 4, 3)),
        replace(SAID.pupils[0], name=replace(SAID.pupils[0].name, family="Новая"), snils=None),
    ],
    ids=["married", "a corrected day", "the same name in capitals", "a number that is left out"],
)
def test_one_mark_of_identity_may_change(now: object) -> None:
    made = planned(replace(SAID, pupils=(now, *SAID.pupils[1:])))  # type: ignore[arg-type]
    assert made.hold == ()


def test_a_class_without_a_teacher_in_force_is_remarked() -> None:
    first = replace(SAID.classes[0], class_teacher=None)
    made = planned(replace(SAID, classes=(first, *SAID.classes[1:])))
    assert [(one.code, one.key) for one in made.warnings] == [(WarningCode.NO_CLASS_TEACHER, (first.id,))]
    assert warnings_from_json(warnings_to_json(made.warnings)) == made.warnings


# proof by looking back


@pytest.mark.parametrize(
    ("now", "before", "is_doubted"),
    [(50, 100, False), (49, 100, True), (0, 1, True), (0, 0, False), (100, 10, False)],
)
def test_a_kind_that_shrinks_below_half_is_doubted(now: int, before: int, *, is_doubted: bool) -> None:
    doubts = shrinkage({RecordKind.PUPIL: now}, {RecordKind.PUPIL: before}, REGISTRY_RULES)
    assert bool(doubts) == is_doubted
    assert all(str(before) in doubt.ru and str(now) in doubt.en for doubt in doubts)


def test_the_first_run_and_a_school_that_allows_it_doubt_nothing() -> None:
    before = {RecordKind.PUPIL: 100}
    assert shrinkage({}, None, REGISTRY_RULES) == ()
    assert shrinkage({}, before, replace(REGISTRY_RULES, least_percent=0)) == ()
    assert shrinkage({}, before, replace(REGISTRY_RULES, kinds=frozenset({RecordKind.STAFF}))) == ()


def test_everything_a_source_gave_counts() -> None:
    assert told(SAID)[RecordKind.PUPIL] == 4


def test_of_whom_a_source_tells_for_the_first_time_ours_stands() -> None:
    # The mapping could not keep what the source does not tell: it did not know yet whom the source means.
    said = renamed(without_accounts())
    both = {"rules": LISTS, "links": [*links(), *links("lists")]}
    met = frozenset((one.kind, one.id) for one in links("lists"))
    assert planned(said, **both, met=met).changes == ()
    assert planned(said, **both).changes != ()


def without_accounts() -> RosterSnapshot:
    guardians = tuple(replace(one, portal_user=None, phone="") for one in SAID.guardians)
    ships = tuple(replace(one, valid_from=one.valid_from + timedelta(days=1)) for one in SAID.guardianships)
    return replace(SAID, source="lists", guardians=guardians, guardianships=ships)
