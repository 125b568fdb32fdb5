"""A plan's page: what is to be decided first, its lists one at a time, and what a whole sync remarked said once."""

from __future__ import annotations

import csv
import io

import pytest

from gateway.model.access import Role
from gateway.model.roster import RecordKind
from gateway.model.roster_plan import PlanHead, PlanState, RosterPlan, StoredPlan
from gateway.model.roster_warning import PlanWarning, WarningCode
from tests.console_world import CLASS, Browser, Seeded, add_person, seed
from tests.diary_world import NOW, OWN, SCHOOL
from tests.web_world import Site


@pytest.fixture
def site(new_site: Site) -> Site:
    add_person(new_site.world, "coordinator", Role.COORDINATOR)
    return new_site


@pytest.fixture
def seeded(site: Site) -> Seeded:
    return seed(site)


def browser(site: Site, language: str = "ru") -> Browser:
    one = Browser(site.app.test_client(), language)
    assert one.sign_in("coordinator").status_code == 302
    return one


def rows(site: Site, plan: str, query: str) -> list[dict[str, str]]:
    text = browser(site).get(f"/console/roster/{plan}?format=csv&{query}").text
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff")), delimiter=";"))


def keep(site: Site, *, warnings: tuple[PlanWarning, ...]) -> str:
    """Keep an applied plan that changed nothing, as a sync with remarks only leaves it."""
    plan = RosterPlan(source="registry", school=SCHOOL, changes=(), warnings=warnings)
    head = PlanHead(
        id="remarks",
        source="registry",
        made_at=NOW.replace(hour=3),
        state=PlanState.APPLIED,
        digest=plan.digest(),
        counts={},
        rejected=0,
    )
    with site.world.units(SCHOOL)() as unit:
        unit.roster.keep(StoredPlan(head=head, plan=plan))
    return head.id


@pytest.mark.parametrize("language", ["ru", "en"])
def test_what_a_sync_remarked_is_said_with_one_of_its_parts(site: Site, seeded: Seeded, language: str) -> None:
    one = browser(site, language)
    flowed = one.get(f"/console/roster/{seeded.applied_plan}").text
    waits = one.get(f"/console/roster/{seeded.held_plan}").text
    assert "part=rejected" in flowed
    assert "part=rejected" not in waits
    assert f'href="/console/roster/{seeded.applied_plan}"' in waits
    told = ("Это часть одной синхронизации", "This is a part of one sync")[language == "en"]
    assert (told in waits, told in flowed) == (True, False)


def test_a_part_names_those_who_are_missing_among_its_own_records(site: Site, seeded: Seeded) -> None:
    missing = rows(site, seeded.held_plan, "part=missing")
    changed = {(one["kind"], one["key"]) for one in rows(site, seeded.held_plan, "")}
    assert missing
    assert {(one["kind"], one["key"]) for one in missing} <= changed


@pytest.mark.parametrize(
    ("query", "kinds"),
    [
        ("part=missing&kind=staff", {"staff"}),
        ("part=missing&fate=waits&kind=staff", set()),
        ("part=missing&q=nobody", set()),
        (f"class={CLASS}&kind=enrollment", {"enrollment"}),
        ("class=nothing", set()),
        ("action=create", set()),
    ],
)
def test_each_list_is_searched_filtered_and_taken_along(
    site: Site, seeded: Seeded, query: str, kinds: set[str]
) -> None:
    assert {one["kind"] for one in rows(site, seeded.held_plan, query)} == kinds


def test_the_filter_by_class_finds_pupils_and_their_families(site: Site, seeded: Seeded) -> None:
    found = {one["kind"] for one in rows(site, seeded.held_plan, f"class={CLASS}")}
    assert {"pupil", "guardian", "guardianship", "enrollment", "class"} <= found


def test_rejected_records_and_remarks_are_taken_along(site: Site, seeded: Seeded) -> None:
    (rejected,) = rows(site, seeded.applied_plan, "part=rejected")
    assert (rejected["record"], rejected["rule"], rejected["who"]) == ("P-7", "R-ROST-01", "coordinator")
    assert rows(site, seeded.applied_plan, "part=rejected&q=nothing") == []
    warning = PlanWarning(code=WarningCode.LOCK_KEPT, kind=RecordKind.PUPIL, key=(OWN,), field="given", said="Иная")
    (told,) = rows(site, keep(site, warnings=(warning,)), "part=warnings&kind=pupil&q=иная")
    assert (told["code"], told["said"]) == ("lock_kept", "Иная")


def test_a_hold_tells_the_number_of_its_own_part(site: Site, seeded: Seeded) -> None:
    with site.world.units(SCHOOL)() as unit:
        held = unit.roster.plan(seeded.held_plan)
    assert held is not None
    own = sum(change.kind is RecordKind.PUPIL for change in held.plan.changes)
    page = browser(site).get(f"/console/roster/{seeded.held_plan}").text
    assert f'<td>ученики</td><td class="figure"><b>{own}</b></td>' in page


def test_a_plan_of_remarks_is_called_so_and_offers_nothing(site: Site) -> None:
    plan = keep(site, warnings=(PlanWarning(code=WarningCode.ONLY_ADDITIONS, number=2),))
    page = browser(site).get(f"/console/roster/{plan}").text
    assert "только замечания" in page
    assert 'name="verb"' not in page
    assert "только замечания" in browser(site).get("/console/roster").text


def test_what_was_done_is_told_in_the_past(site: Site, seeded: Seeded) -> None:
    done = browser(site).get(f"/console/roster/{seeded.applied_plan}").text
    waits = browser(site).get(f"/console/roster/{seeded.held_plan}").text
    run = browser(site).get(f"/console/roster-runs/{seeded.sync}").text
    assert (">создано<" in done, ">создать<" in done) == (True, False)
    assert ">приостановить<" in waits
    assert ("создано" in run, "создать" in run) == (True, False)
