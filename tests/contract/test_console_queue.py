"""The pages of the queue on a real database: what they show, to which school, and what is decided there."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

import outbox
from gateway.model.access import Role
from gateway.storage.tables.audit import audit_entry
from gateway.web.console import cause_pages
from gateway.web.console.listing import PAGE
from outbox import LaneKey, LaneState, MessageId, State
from tests.console_world import Browser, add_person
from tests.diary_world import OTHER_SCHOOL
from tests.queue_world import (
    ELSEWHERE,
    FAMILY,
    PACKAGES,
    SHARED,
    UNSIGNED,
    SeededQueue,
    Sender,
    lane_page,
    open_breaker,
    seed_queue,
)
from tests.web_world import Site

WHY = "Проверил у секретаря <b>"


@contextmanager
def running_site(folder: Path) -> Iterator[Site]:
    site = Site(folder)
    for role in (Role.COORDINATOR, Role.DIRECTOR):
        add_person(site.world, role.value, role)
    add_person(site.world, "neighbour", Role.ADMINISTRATOR, of=OTHER_SCHOOL)
    yield site
    site.close()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with running_site(tmp_path) as site:
        yield site


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Give somebody who changes nothing, in front of a queue that stays as it is; the steps are paused."""
    with running_site(tmp_path_factory.mktemp("queue")) as site:
        seed_queue(site)
        Sender(site).decide(outbox.pause, "steps")
        yield browser(site)


@pytest.fixture
def seeded(site: Site) -> SeededQueue:
    return seed_queue(site)


@pytest.fixture
def person(site: Site, seeded: SeededQueue) -> Browser:
    assert seeded.dead
    return browser(site)


def browser(site: Site, login: str = "coordinator", language: str = "ru") -> Browser:
    one = Browser(site.app.test_client(), language)
    assert one.sign_in(login).status_code == 302
    return one


def entry(site: Site, message: MessageId) -> outbox.Entry:
    with site.world.engine.connect() as connection:
        return outbox.show(connection, message).entry


def lane_state(site: Site, key: LaneKey) -> LaneState:
    with site.world.engine.connect() as connection:
        return outbox.show_lane(connection, *key, now=site.world.clock()).state


def decide(person: Browser, lane: LaneKey, verb: str, **fields: str) -> int:
    """Send the form of a lane's page; return the status of the answer."""
    filled = {"destination": lane.destination, "key": lane.key, "verb": verb, "reason": WHY, **fields}
    return person.post("/console/lane/decision", form_on="/console/lanes", **filled).status_code


def rows(person: Browser, address: str) -> list[dict[str, str]]:
    text = person.get(f"{address}{'&' if '?' in address else '?'}format=csv").text
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff")), delimiter=";"))


def cause_page(person: Browser, code: str) -> str:
    """Return the address of the page of the cause with this code."""
    found = re.search(r'href="(/console/causes/[0-9a-f]+)"', person.get(f"/console/causes?q={code}").text)
    assert found
    return found[1]


def test_every_page_opens_in_both_languages_without_what_the_content_policy_forbids(
    site: Site, seeded: SeededQueue
) -> None:
    for language in ("ru", "en"):
        someone = browser(site, language=language)
        for name, address in seeded.pages().items():
            page = someone.get(address)
            assert (page.status_code, name) == (200, name)
            assert f'<html lang="{language}">' in page.text
            assert not re.search(r"<script|<style|\sstyle=|\son\w+=|javascript:", page.text), name


@pytest.mark.parametrize(
    ("address", "found", "not_found"),
    [
        ("/console/destinations?condition=paused", "steps", "authority"),
        ("/console/destinations?condition=works", "portal", "steps"),
        ("/console/destinations?q=город", "portal", "authority"),
        ("/console/lanes?destination=authority", "performance/school-1", "g-mother"),
        ("/console/lanes?state=blocked", "performance/school-1", "g-mother"),
        ("/console/lanes?q=mother", "g-mother", "performance"),
        ("/console/lanes?longer=hour", "performance/school-1", "g-mother"),
        ("/console/causes?destination=portal", "portal.unknown_pupil", "authority.signature"),
        ("/console/causes?q=Подпись", "authority.signature", "portal.unknown_pupil"),
        ("/console/queue?kind=archive_signed", "archive_signed", "mark.added"),
        ("/console/queue?error=portal.unknown_pupil", "mark.added", "performance"),
        ("/console/queue?only=unfinished", "ready", "done"),
    ],
)
def test_lists_are_searched_and_filtered_and_downloaded(
    reader: Browser, address: str, found: str, not_found: str
) -> None:
    told = [" ".join(row.values()) for row in rows(reader, address)]
    assert told
    assert any(found in line for line in told)
    assert not [line for line in told if not_found in line]


def test_lanes_that_have_not_stood_still_for_so_long_are_left_out(reader: Browser) -> None:
    assert rows(reader, "/console/lanes?longer=day") == []
    assert "Ничего не найдено." in reader.get("/console/lanes?longer=week").text


def test_a_destination_counts_the_messages_of_the_own_school(site: Site, person: Browser) -> None:
    ours = {row["destination"]: row for row in rows(person, "/console/destinations")}
    theirs = {row["destination"]: row for row in rows(browser(site, "neighbour"), "/console/destinations")}
    assert (ours["authority"]["waiting"], theirs["authority"]["waiting"]) == ("5", "1")
    assert (ours["steps"]["delivered_today"], theirs["steps"]["delivered_today"]) == ("1", "0")
    # Three hours old where two are agreed; the neighbour's only message to the portal is fresh.
    assert (ours["portal"]["late"], theirs["portal"]["late"]) == ("yes", "")
    page = person.get("/console/destinations").text
    assert re.search(r'<rect class="ready"[^>]* width="\d', page)
    assert 'class="too-late">! 3 ч' in page


def test_how_a_destination_stands_is_told_in_words(site: Site, person: Browser) -> None:
    sender = Sender(site)
    sender.decide(outbox.pause, "steps")
    sender.decide(outbox.drain, "portal")
    open_breaker(site, "authority")
    page = person.get("/console/destinations").text
    for told in ("приостановлено", "boris: Ремонт у получателя", "новое не принимается", "не отвечает"):
        assert told in page
    assert "следующая попытка 14.10.2026 12:00:30" in page
    site.world.clock.advance(timedelta(hours=9))
    page = browser(site).get("/console/destinations").text
    assert "не в часы работы" in page
    assert "откроется 15.10.2026 08:00:00" in page


def test_a_handlers_pause_is_told_in_the_pages_language(site: Site, person: Browser) -> None:
    with site.world.engine.begin() as connection:
        reason = "Контракт изменился.\nThe contract has changed."
        outbox.pause(connection, "portal", by="outbox", reason=reason, now=site.world.clock())
    assert "сам шлюз: Контракт изменился." in person.get("/console/lanes").text
    assert "the gateway itself: The contract has changed." in browser(site, language="en").get("/console/lanes").text


def test_a_destination_is_paused_resumed_drained_and_reopened_with_a_reason(person: Browser) -> None:
    address, form = "/console/destinations/portal/decision", "/console/destinations"
    for verb, following, there in (
        ("pause", "resume", "paused"),
        ("resume", "pause", "works"),
        ("drain", "reopen", "drained"),
        ("reopen", "drain", "works"),
    ):
        answer = person.post(address, form_on=form, verb=verb, reason=WHY)
        assert answer.headers["Location"] == form
        assert f'value="{following}"' in person.get(f"{form}?q=portal").text
        [row] = rows(person, f"{form}?q=portal")
        assert row["conditions"] == there
        assert (row["by"], row["reason"]) == (("coordinator", WHY) if there != "works" else ("", ""))


def test_while_everything_is_stopped_every_page_of_the_queue_says_so(seeded: SeededQueue, person: Browser) -> None:
    address, form = "/console/destinations/decision", "/console/destinations"
    person.post(address, form_on=form, verb="stop", reason=WHY)
    pages = {**seeded.pages(), "overview": "/console", "cause": cause_page(person, "portal.unknown_pupil")}
    for name, page in pages.items():
        text = person.get(page).text
        assert "Отправка остановлена полностью" in text, name
        assert "coordinator: Проверил у секретаря &lt;b&gt;" in text, name
    assert {row["conditions"] for row in rows(person, form)} == {"stopped"}
    person.post(address, form_on=form, verb="start", reason=WHY)
    assert "Отправка остановлена" not in person.get(form).text


def test_the_stop_is_told_at_every_destination_with_since_when_and_by_whom(person: Browser) -> None:
    address, form = "/console/destinations/decision", "/console/destinations"
    person.post(address, form_on=form, verb="stop", reason="учения")
    standings = re.findall(r'<ul class="standings">.*?</ul>', person.get(form).text, re.DOTALL)
    assert standings
    for told in standings:
        assert re.search(r"остановлено всё</span>\s+с .*coordinator: учения", told, re.DOTALL), told


def test_the_latest_decisions_about_destinations_are_listed(person: Browser) -> None:
    form = "/console/destinations"
    assert "Решения о получателях" not in person.get(form).text
    person.post(f"{form}/portal/decision", form_on=form, verb="pause", reason="ремонт")
    person.post(f"{form}/decision", form_on=form, verb="stop", reason="учения")
    decide(person, FAMILY, "pause_lane")
    listed = person.get(form).text.partition("Решения о получателях")[2].partition("</table>")[0]
    assert listed.count("<tr>") == 3
    assert re.search(r"все</td><td>coordinator</td><td>Остановить всё</td><td>учения", listed)
    assert re.search(r"городской портал</td><td>coordinator</td><td>Приостановить</td><td>ремонт", listed)
    assert listed.index("учения") < listed.index("ремонт")


def test_an_unknown_destination_is_not_decided_about(person: Browser) -> None:
    answer = person.post("/console/destinations/x/decision", form_on="/console/destinations", verb="pause", reason=WHY)
    assert answer.status_code == 404
    assert "x" not in {row["destination"] for row in rows(person, "/console/destinations")}


def test_a_lane_tells_its_head_why_it_stands_and_what_waits(seeded: SeededQueue, person: Browser) -> None:
    page = person.get(lane_page(PACKAGES)).text
    for told in ("authority.signature", "Кто исправляет: директор.", "3 ч", "Повторить первое"):
        assert told in page
    for message in (seeded.dead, *seeded.followers):
        assert f'href="/console/queue/{message}"' in page
    assert page.count('type="radio"') == len(seeded.followers)


def test_what_waits_in_a_long_lane_goes_on_the_next_page(reader: Browser) -> None:
    first = reader.get(lane_page(FAMILY)).text
    following = re.search(r'rel="next" href="([^"]+)"', first)
    assert following
    rest = reader.get(following[1].replace("&amp;", "&")).text
    assert (first.count("<tr><td>"), rest.count("<tr><td>")) == (PAGE, 5)


def test_the_head_of_a_lane_is_retried(site: Site, seeded: SeededQueue, person: Browser) -> None:
    assert f'name="head" value="{seeded.dead}"' in person.get(lane_page(PACKAGES)).text
    assert decide(person, PACKAGES, "retry_head", head=seeded.dead) == 302
    assert entry(site, seeded.dead).state is State.READY
    assert "Проверил у секретаря &lt;b&gt;" in person.get(f"/console/queue/{seeded.dead}").text


def test_the_head_of_a_lane_is_given_up_and_the_next_goes(site: Site, seeded: SeededQueue, person: Browser) -> None:
    assert decide(person, PACKAGES, "skip_head", head=seeded.dead) == 302
    assert entry(site, seeded.dead).finished_at is not None
    assert lane_state(site, PACKAGES) is LaneState.READY


@pytest.mark.parametrize("verb", ["skip_head", "retry_head"])
def test_a_decision_about_a_head_that_is_no_longer_there_does_not_touch_the_next_one(
    site: Site, seeded: SeededQueue, person: Browser, verb: str
) -> None:
    assert decide(person, PACKAGES, "skip_head", head=seeded.dead) == 302
    before = entry(site, seeded.followers[1])
    assert decide(person, PACKAGES, verb, head=seeded.dead) == 409
    assert decide(person, PACKAGES, verb) == 409
    assert entry(site, seeded.followers[1]) == before


def test_everything_before_a_message_is_given_up(site: Site, seeded: SeededQueue, person: Browser) -> None:
    _, second, third = seeded.followers
    assert decide(person, PACKAGES, "drop_until", message=third) == 302
    assert entry(site, second).finished_at is not None
    assert f'href="/console/queue/{second}"' not in person.get(lane_page(PACKAGES)).text
    assert entry(site, third).state is State.READY


def test_a_lane_is_paused_and_resumed_and_the_decisions_are_kept(site: Site, person: Browser) -> None:
    assert decide(person, FAMILY, "pause_lane") == 302
    assert lane_state(site, FAMILY) is LaneState.BLOCKED
    page = person.get(lane_page(FAMILY)).text
    assert "полоса приостановлена" in page
    assert "Решения людей" in page
    assert decide(person, FAMILY, "resume_lane") == 302
    assert lane_state(site, FAMILY) is LaneState.WAITING


def test_the_lane_of_a_single_message_goes_away_with_it(site: Site, person: Browser) -> None:
    alone = Sender(site).put(None, "mark.added")
    lane = outbox.lane_key("portal", None, alone)
    assert "отдельное сообщение" in person.get("/console/lanes").text
    address = "/console/lane/decision"
    fields = {"destination": lane.destination, "key": lane.key, "verb": "skip_head", "head": alone, "reason": WHY}
    answer = person.post(address, form_on="/console/lanes", **fields)
    assert answer.headers["Location"] == "/console/lanes"
    assert person.get(lane_page(lane)).status_code == 404


def test_an_emptied_lane_is_still_there_for_its_school_only(site: Site, person: Browser) -> None:
    family = LaneKey("authority", "k:former")
    assert "Здесь больше ничего не ждёт." in person.get(lane_page(family)).text
    assert browser(site, "neighbour").get(lane_page(family)).status_code == 404


def test_what_no_longer_makes_sense_is_refused(site: Site, seeded: SeededQueue, person: Browser) -> None:
    assert decide(person, FAMILY, "drop_until", message=seeded.dead) == 404
    assert decide(person, FAMILY, "drop_until") == 400
    assert decide(person, FAMILY, "purge") == 400
    assert decide(person, LaneKey("authority", "k:former"), "skip_head") == 409
    assert entry(site, seeded.dead).finished_at is None


def test_another_schools_lane_is_not_there(site: Site, seeded: SeededQueue, person: Browser) -> None:
    assert "school-2" not in " ".join(str(row) for row in rows(person, "/console/lanes"))
    assert person.get(lane_page(ELSEWHERE)).status_code == 404
    assert person.get(lane_page(LaneKey("authority", "k:nowhere"))).status_code == 404
    for verb in ("retry_head", "skip_head", "pause_lane"):
        assert decide(person, ELSEWHERE, verb) == 404
    assert entry(site, seeded.elsewhere).state is State.DEAD
    assert browser(site, "neighbour").get(lane_page(ELSEWHERE)).status_code == 200
    assert browser(site, "neighbour").get(lane_page(PACKAGES)).status_code == 404


def test_of_a_shared_lane_only_the_own_messages_are_shown_and_nothing_is_decided(
    site: Site, seeded: SeededQueue, person: Browser
) -> None:
    page = person.get(lane_page(SHARED)).text
    assert "сообщение другой школы" in page
    assert seeded.shared not in page
    assert "решает тот, кто ведёт установку" in page
    for verb in ("skip_head", "pause_lane"):
        assert decide(person, SHARED, verb) == 403
    assert lane_state(site, SHARED) is LaneState.READY
    assert seeded.shared in browser(site, "neighbour").get(lane_page(SHARED)).text


def test_the_list_of_lanes_names_no_message_of_another_school(seeded: SeededQueue, person: Browser) -> None:
    [shared] = rows(person, "/console/lanes?q=shared")
    assert shared["behind"] == "1"
    assert seeded.shared not in person.get("/console/lanes").text + str(shared)


def test_causes_are_counted_with_what_they_hold_up(reader: Browser) -> None:
    unknown, unsigned = rows(reader, "/console/causes")
    assert [(one["code"], one["count"], one["lanes"], one["behind"]) for one in (unknown, unsigned)] == [
        ("portal.unknown_pupil", "4", "4", "1"),
        ("authority.signature", "1", "1", "3"),
    ]
    page = reader.get("/console/causes").text
    assert "Кто исправляет: школьный координатор." in page
    assert "Who has to act" not in page


def test_all_letters_of_a_cause_are_retried_once_their_number_is_confirmed(site: Site, person: Browser) -> None:
    page = cause_page(person, "portal.unknown_pupil")
    assert 'name="count" value="4"' in person.get(page).text
    form = {"form_on": page, "verb": "retry", "reason": WHY}
    assert person.post(f"{page}/decision", **form, count="4").status_code == 400
    assert person.post(f"{page}/decision", **form, confirm="yes").status_code == 400
    changed = person.post(f"{page}/decision", **form, confirm="yes", count="3")
    assert (changed.status_code, "3 – 4" in changed.text) == (409, True)
    assert len(rows(person, "/console/queue?error=portal.unknown_pupil&state=dead")) == 4
    done = person.post(f"{page}/decision", **form, confirm="yes", count="4")
    assert done.headers["Location"] == "/console/causes?done=4"
    assert "Сообщений, которых оно коснулось: 4" in person.get("/console/causes?done=4").text
    assert rows(person, "/console/queue?error=portal.unknown_pupil&state=dead") == []
    assert person.get(page).status_code == 404
    assert {one.code for one in site.services.console.desk.causes()} == {UNSIGNED.code}


def test_giving_a_cause_up_leaves_the_letters_of_other_schools_alone(
    site: Site, seeded: SeededQueue, person: Browser
) -> None:
    page = cause_page(person, UNSIGNED.code)
    person.post(f"{page}/decision", form_on=page, verb="skip", reason=WHY, confirm="yes", count="1")
    assert entry(site, seeded.dead).finished_at is not None
    assert entry(site, seeded.elsewhere).finished_at is None
    assert lane_state(site, PACKAGES) is LaneState.READY
    assert browser(site, "neighbour").get(page).status_code == 200


def test_a_decision_is_carried_out_for_so_many_at_once(person: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cause_pages, "MOST_DECIDED", 1)
    page = cause_page(person, "portal.unknown_pupil")
    assert "За один раз – не больше 1." in person.get(page).text
    person.post(f"{page}/decision", form_on=page, verb="retry", reason=WHY, confirm="yes", count="4")
    # A piece is never cut: it is a transaction of the queue's own.
    assert rows(person, "/console/queue?error=portal.unknown_pupil&state=dead") == []


def test_without_dead_letters_the_page_says_so(site: Site) -> None:
    assert "Недоставленных сообщений, которые ждут решения, нет." in browser(site).get("/console/causes").text


def test_a_message_tells_both_receipts(seeded: SeededQueue, person: Browser) -> None:
    asking = person.get(f"/console/queue/{seeded.asking}").text
    assert "отправлено, ждём ответа" in asking
    assert "ещё нет, ждём ответа до 16.10.2026 09:00:00" in asking
    assert "Повторить" in asking
    accepted = person.get(f"/console/queue/{seeded.accepted}").text
    for told in ("ИС-", "Принято, № 17/26", "Ответы о содержании", "принято"):
        assert told in accepted
    assert "Что сделать" not in accepted


def test_an_answer_about_the_content_is_looked_at_on_record(site: Site, seeded: SeededQueue, person: Browser) -> None:
    person.get(f"/console/queue/{seeded.accepted}")
    person.get(f"/console/queue/{seeded.asking}")
    noted = [(row["actor"], row["object_id"]) for row in site.world.rows(audit_entry) if row["channel"] == "console"]
    assert noted == [("coordinator", seeded.accepted)]


def test_a_superseded_message_says_why_it_was_not_sent(seeded: SeededQueue, person: Browser) -> None:
    page = person.get(f"/console/queue/{seeded.superseded}").text
    assert "заменено новым" in page
    assert "заменило более новое о том же" in page
    assert 'href="/console/lane?destination=portal&amp;key=k:own:g-mother"' in page


def test_an_attempt_that_is_under_way_is_shown(site: Site, person: Browser) -> None:
    message = Sender(site).put(LaneKey("steps", "k:running"), "journal_in")
    with site.world.engine.begin() as connection:
        outbox.claim(
            connection, policies={"steps": outbox.Policy()}, worker="host-9:1", limit=1, now=site.world.clock()
        )
    page = person.get(f"/console/queue/{message}").text
    assert "отправляется" in page
    assert 'class="badge running"' in page
    assert "host-9:1" in page
    assert 'value="skip"' not in page
    assert decide(person, LaneKey("steps", "k:running"), "skip_head") == 409


def test_who_only_looks_decides_nothing(site: Site, seeded: SeededQueue) -> None:
    director = browser(site, "director")
    page = cause_page(director, UNSIGNED.code)
    for address in (lane_page(PACKAGES), page, f"/console/queue/{seeded.dead}"):
        assert "Решение принимает координатор или администратор." in director.get(address).text
    assert "<form" not in re.sub(
        r'<form (class="filter" )?method="(get|post)" action="/console/(destinations|sign-out)">',
        "",
        director.get("/console/destinations").text,
    )
    assert decide_as(director, "/console/lane/decision", verb="skip_head", destination="authority", key=PACKAGES.key)
    assert decide_as(director, f"{page}/decision", verb="skip", confirm="yes", count="1")
    assert decide_as(director, "/console/destinations/portal/decision", verb="pause")
    assert decide_as(director, "/console/destinations/decision", verb="stop")
    assert entry(site, seeded.dead).finished_at is None
    assert site.services.console.desk.pauses() == []


def decide_as(person: Browser, address: str, **fields: str) -> bool:
    """Send a form; tell whether it was refused for want of the right."""
    return person.post(address, form_on="/console/destinations", reason=WHY, **fields).status_code == 403


def test_a_long_list_of_lanes_goes_on_the_next_page_with_its_filter(site: Site) -> None:
    sender, someone = Sender(site), browser(site)
    for number in range(PAGE + 1):
        sender.put(LaneKey("portal", f"k:lane-{number}"), "mark.added")
    first = someone.get("/console/lanes?q=lane&destination=portal").text
    following = re.search(r'rel="next" href="([^"]+)"', first)
    assert following
    address = following[1].replace("&amp;", "&")
    assert parse_qs(urlsplit(address).query)["q"] == ["lane"]
    assert (first.count("<tr><td>"), someone.get(address).text.count("<tr><td>")) == (PAGE, 1)
    assert len(rows(someone, "/console/lanes?q=lane")) == PAGE + 1
