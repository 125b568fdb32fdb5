"""The commands of the queue as they are called, on both databases: what they show, decide, refuse and answer."""

from __future__ import annotations

import csv
import getpass
import io
import json
import tomllib
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import URL

from gateway.bootstrap import Gateway, policies
from gateway.cli.main import main
from gateway.delivery.outcomes import outcome_of
from gateway.errors import PermanentError, Text
from gateway.settings import Settings, read_settings
from outbox import Delivered, MessageId, NewMessage, Outcome, Sent, Worker
from tests.sqlite_files import upgraded_file

KEY = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
NEW_KEY = "ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA="
REFUSED = outcome_of(
    PermanentError("platform.status_422", Text(ru="Платформа отказала: 17.", en="The platform has refused: 17."))
)
REASON = ("--reason", "checked by telephone")


class Site:
    """An installation in a folder of its own, its commands, and a worker whose answers the test gives."""

    def __init__(self, folder: Path, url: str, *, more: str = "") -> None:
        self.folder = folder
        self.url = url
        self.configure(more)
        if url.startswith("sqlite"):
            upgraded_file(folder / "gateway.db")
        else:
            assert self.run("db", "upgrade").exit_code == 0

    def configure(self, more: str) -> None:
        content = f'database_url = "{self.url}"\nlanguage = "en"\n{more}'
        (self.folder / "gateway.toml").write_text(content, encoding="utf-8")

    @property
    def settings(self) -> Settings:
        return read_settings(self.folder / "gateway.toml", {})

    def run(self, *arguments: str) -> Result:
        config = ("--config", str(self.folder / "gateway.toml"))
        return CliRunner().invoke(main, (*config, *arguments), catch_exceptions=False)

    def json(self, *arguments: str) -> Any:
        ended = self.run("queue", *arguments, "--json")
        assert ended.exit_code == 0, ended.stderr
        return json.loads(ended.stdout)

    def put(self, *keys: str | None, to: str = "portal", **more: Any) -> Sequence[MessageId]:
        fields: dict[str, Any] = {"kind": "mark.added", "payload": b"{}", "owner": "school-1", **more}
        with Gateway(self.settings) as gateway:
            return gateway.desk.enqueue(*(NewMessage(destination=to, ordering_key=key, **fields) for key in keys))

    def deliver(self, outcome: Outcome, to: str = "portal") -> None:
        """Let a worker give everything that may go to a destination the same outcome."""
        with Gateway(self.settings) as gateway:
            worker = Worker(
                gateway.engine,
                {to: lambda _message: outcome},
                policies(gateway.settings),
                name="test",
                sealing=gateway.sealer.payloads,
            )
            assert worker.drain(within=timedelta(seconds=60))

    def state(self, message: str) -> str:
        return str(self.json("show", message)["state"])


NewSite = Callable[..., Site]


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def new_site(request: pytest.FixtureRequest, tmp_path: Path) -> NewSite:
    """Give what makes an installation on a fresh database."""

    def create(more: str = "") -> Site:
        if request.param == "sqlite":
            return Site(tmp_path, f"sqlite:///{tmp_path / 'gateway.db'}", more=more)
        address: URL = request.getfixturevalue("postgres_url")
        return Site(tmp_path, address.render_as_string(hide_password=False), more=more)

    return create


@pytest.fixture
def site(new_site: NewSite) -> Site:
    return new_site()


def code(ended: Result) -> str:
    """Return the code of what a command said on standard error."""
    return str(json.loads(ended.stderr)["code"])


def ids(rows: Sequence[Mapping[str, Any]]) -> set[str]:
    return {row["id"] for row in rows}


# looking


def test_messages_are_found_by_all_that_they_are(site: Site) -> None:
    [mine] = site.put("a", subject="pupil-1", correlation="mark-1")
    [others] = site.put("b", owner="school-2", kind="mark.voided")
    [package] = site.put("c", to="authority", kind="performance")
    site.deliver(REFUSED)
    found = {
        ("--destination", "authority"): {package},
        ("--kind", "mark.voided"): {others},
        ("--state", "dead"): {mine, others},
        ("--school", "school-2"): {others},
        ("--about", "pupil-1"): {mine},
        ("--code", "platform.status_422"): {mine, others},
        ("--since", "2999-01-01"): set(),
        ("--until", "2999-01-01"): {mine, others, package},
        ("--text", "mark-1"): {mine},
        ("--waiting", "--state", "dead"): {mine, others},
    }
    assert {options: ids(site.json("list", *options)) for options in found} == found


def test_a_message_tells_in_words_why_it_stopped_and_who_has_to_act(site: Site) -> None:
    [message] = site.put("a")
    site.deliver(REFUSED)
    shown = site.run("queue", "show", message)
    assert "reason: The platform has refused: 17. Who has to act: the operator of the other platform." in shown.stdout


def test_causes_are_grouped_and_say_who_has_to_act(site: Site) -> None:
    site.put("a", "a", "b")
    site.deliver(REFUSED)
    [cause] = site.json("causes")
    assert (cause["count"], cause["lanes"], cause["followers"]) == (2, 2, 1)
    assert (cause["destination"], cause["kind"], cause["code"]) == ("portal", "mark.added", "platform.status_422")
    assert cause["advice"].endswith("Who has to act: the operator of the other platform.")
    assert site.json("causes", "--destination", "authority") == []


def test_depth_counts_what_is_not_over(site: Site) -> None:
    site.put("a", "b")
    assert [(one["destination"], one["state"], one["count"]) for one in site.json("depth")] == [("portal", "ready", 2)]


# deciding about messages


def test_many_are_decided_about_at_once_and_the_impossible_is_told(site: Site) -> None:
    first, second = site.put("a", "b")
    assert site.json("hold", first, second, *REASON) == {"ok": True, "done": 2}
    ended = site.run("queue", "release", first, "nothing", second, *REASON, "--json")
    assert (ended.exit_code, json.loads(ended.stdout)) == (1, {"ok": False, "done": 2})
    assert json.loads(ended.stderr)["code"] == "queue.unknown_message"
    assert {site.state(first), site.state(second)} == {"ready"}


@pytest.mark.parametrize(
    ("options", "retried"),
    [
        (("--all",), {"a", "b", "c"}),
        (("--all", "--held"), {"a", "b", "c", "held"}),
        (("--school", "school-2"), {"b"}),
        (("--kind", "mark.voided"), {"c"}),
        (("--code", "no.such"), set()),
        (("--destination", "authority"), set()),
    ],
)
def test_stopped_messages_are_retried_by_what_they_have_in_common(
    site: Site, options: tuple[str, ...], retried: set[str]
) -> None:
    names: dict[str, str] = dict(zip(site.put("a"), "a", strict=True))
    names |= dict(zip(site.put("b", owner="school-2"), "b", strict=True))
    names |= dict(zip(site.put("c", kind="mark.voided"), "c", strict=True))
    site.deliver(REFUSED)
    [held] = site.put("held")
    assert site.json("hold", held, *REASON)["done"] == 1
    assert site.json("retry", *options, *REASON) == {"ok": True, "done": len(retried)}
    names[held] = "held"
    assert {names[one] for one in ids(site.json("list", "--state", "ready"))} == retried


def test_stopped_messages_are_given_up_together(site: Site) -> None:
    site.put("a", "b")
    [follower] = site.put("a")
    site.deliver(REFUSED)
    assert site.json("skip", "--destination", "portal", *REASON) == {"ok": True, "done": 2}
    site.deliver(Delivered())
    assert site.state(follower) == "done"


@pytest.mark.parametrize("chosen", [(), ("message", "--all"), ("message", "--kind", "mark.added")])
@pytest.mark.parametrize("verb", ["retry", "skip"])
def test_messages_are_either_named_or_chosen(site: Site, verb: str, chosen: tuple[str, ...]) -> None:
    assert site.run("queue", verb, *chosen, *REASON).exit_code == 2


@pytest.mark.parametrize(
    "wrong",
    [
        ("list", "--limit", "0"),
        ("list", "--limit", "1" + "0" * 30),
        ("list", "--since", "0001-01-01T00:00+03:00"),
        ("lanes", "--limit", "-1"),
        ("lanes", "--blocked-for", "1e300"),
        ("lanes", "--blocked-for", "nan"),
        ("health", "--older-than", "1e300"),
        ("health", "--older-than", "-1"),
        ("schedules", "--next", "-1"),
        ("tally", "portal", "--until", "9999-12-31"),
        ("tally", "portal", "--until", "0001-01-03"),
        ("tally", "portal", "--since", "1980-01-01", "--until", "2026-01-01"),
    ],
)
def test_what_is_out_of_bounds_is_refused_with_words(wrong: Sequence[str], tmp_path: Path) -> None:
    site = Site(tmp_path, f"sqlite:///{tmp_path / 'gateway.db'}")
    ended = site.run("queue", *wrong)
    assert (ended.exit_code, "Error: " in ended.stderr) == (2, True)


@pytest.mark.parametrize("verb", ["retry", "skip"])
def test_that_no_message_matched_is_warned_of(site: Site, verb: str) -> None:
    ended = site.run("queue", verb, "--code", "no.such", *REASON, "--json")
    assert (ended.exit_code, json.loads(ended.stdout)["done"], code(ended)) == (0, 0, "queue.nothing_matched")


@pytest.mark.parametrize("verb", [("rebuild", "portal"), ("replay", "portal", *REASON)])
def test_that_nothing_is_there_to_be_built_anew_is_warned_of(site: Site, verb: tuple[str, ...]) -> None:
    ended = site.run("queue", *verb, "--code", "no.such", "--json")
    assert (ended.exit_code, code(ended)) == (0, "queue.nothing_matched")


def test_what_could_not_be_built_anew_is_named_with_exit_code_1(site: Site) -> None:
    [message] = site.put("a")
    site.deliver(REFUSED)
    ended = site.run("queue", "replay", "portal", *REASON, "--json")
    assert json.loads(ended.stdout) == {"ok": False, "sent": 0, "unchanged": 0, "faulty": [message], "refused": []}
    assert (ended.exit_code, code(ended)) == (1, "queue.not_replayed")
    assert message in json.loads(ended.stderr)["text"]["ru"]


def test_failed_steps_are_no_causes_and_it_is_said_where_they_are(site: Site) -> None:
    site.put("a", to="steps", kind="roster_in")
    site.deliver(REFUSED, to="steps")
    ended = site.run("queue", "causes", "--json")
    assert (ended.exit_code, json.loads(ended.stdout), code(ended)) == (0, [], "queue.failed_passed_over")
    assert "Not among these: 1 steps" in json.loads(ended.stderr)["text"]["en"]
    assert site.run("queue", "causes", "--destination", "portal", "--json").stderr == ""


# lanes


def test_lanes_that_stand_still_are_found_with_the_reason(site: Site) -> None:
    [head, *_] = site.put("stuck", "stuck", "stuck")
    site.deliver(REFUSED)
    site.put("fresh")
    [lane] = site.json("lanes", "--blocked-for", "0")
    assert (lane["key"], lane["state"], lane["reason"]) == ("k:stuck", "blocked", "platform.status_422")
    assert (lane["head"], lane["waiting"]) == (head, 2)
    assert site.json("lanes", "--blocked-for", "1000") == []
    assert [one["key"] for one in site.json("lanes", "--text", "resh", "--state", "ready")] == ["k:fresh"]


def test_a_lane_is_decided_about_as_a_whole(site: Site) -> None:
    first, second, third, fourth = site.put("a", "a", "a", "a")
    site.deliver(REFUSED)
    assert site.json("lane", "retry-head", "portal", "k:a", *REASON)["message"] == first
    assert site.json("lane", "pause", "portal", "k:a", *REASON) == {"ok": True, "changed": True}
    shown = site.json("lane", "show", "portal", "k:a")
    assert (shown["reason"], shown["paused_reason"], shown["waiting"]) == ("paused", REASON[1], 3)
    assert [one["verb"] for one in shown["decisions"]] == ["pause_lane"]
    assert site.json("lane", "skip-head", "portal", "k:a", *REASON)["message"] == first
    assert site.json("lane", "drop-until", "portal", "k:a", fourth, *REASON)["dropped"] == 2
    assert site.json("lane", "resume", "portal", "a", *REASON) == {"ok": True, "changed": True}
    site.deliver(Delivered())
    assert [site.state(one) for one in (first, second, third, fourth)] == ["dead", "dead", "dead", "done"]


def test_a_lane_is_named_by_its_plain_ordering_key_too(site: Site) -> None:
    [plain, marked] = site.put("a", "k:a")
    shown = {key: site.json("lane", "show", "portal", key) for key in ("a", "k:a", "k:k:a")}
    assert {key: one["head"] for key, one in shown.items()} == {"a": plain, "k:a": plain, "k:k:a": marked}
    assert site.json("skip", plain, *REASON)["done"] == 1
    with Gateway(site.settings) as gateway:
        gateway.desk.purge(finished_before=gateway.clock(), by="test", reason="test")
    assert site.json("lane", "show", "portal", "k:a")["head"] == marked


def test_a_second_pause_of_a_lane_tells_of_the_first(site: Site) -> None:
    site.put("a")
    assert site.json("lane", "pause", "portal", "a", "--reason", "first") == {"ok": True, "changed": True}
    again = site.run("queue", "lane", "pause", "portal", "a", "--reason", "second")
    assert (again.exit_code, again.stdout) == (0, "ok: True\nchanged: False\n")
    assert again.stderr.startswith("Warning: queue.nothing_changed: Nothing has changed: lane 'k:a' is paused since 20")
    assert again.stderr.endswith(": first).\n")
    assert site.json("lane", "resume", "portal", "a", *REASON)["changed"]
    assert not site.json("lane", "resume", "portal", "a", *REASON)["changed"]


def test_a_lane_that_is_not_there_is_told_so(site: Site) -> None:
    ended = site.run("queue", "lane", "pause", "portal", "k:nowhere", *REASON)
    assert (ended.exit_code, ended.stdout) == (1, "")
    assert ended.stderr.startswith("queue.unknown_lane: No message waits in lane 'k:nowhere'")


# destinations


def test_what_holds_for_a_destination_is_printed_as_the_settings_understand_it(new_site: NewSite) -> None:
    site = new_site(
        """
        [destinations.portal]
        rate = { messages = 20, per_seconds = 1 }
        breaker = false
        [destinations.portal.windows]
        zone = "Europe/Moscow"
        quiet = [{ days = [0, 6], opens = "22:00", closes = "07:00" }]
        [destinations.authority.kinds."performance"]
        await_answer = true
        """
    )
    printed = site.run("queue", "policies").stdout
    again = Settings(destinations=tomllib.loads(printed)["destinations"])
    assert policies(again) == policies(site.settings)
    assert policies(again) != policies(Settings())
    assert site.json("policies") == tomllib.loads(printed)["destinations"]


def test_a_destination_that_nobody_knows_stops_the_start(new_site: NewSite) -> None:
    site = new_site("[destinations.mars]\nrun = 1\n")
    ended = site.run("queue", "depth", "--json")
    assert (ended.exit_code, json.loads(ended.stderr)["code"]) == (1, "configuration.destination")


def test_a_destination_is_paused_drained_and_opened_again(new_site: NewSite) -> None:
    site = new_site('[destinations.portal.windows]\nzone = "Europe/Moscow"\nclosed_days = ["2999-01-01"]\n')

    def portal() -> Mapping[str, Any]:
        [found] = [one for one in site.json("destinations") if one["destination"] == "portal"]
        return dict(found)

    assert (portal()["breaker"], portal()["window_open"], portal()["paused_at"]) == ("closed", True, None)
    assert site.json("pause", "portal", *REASON) == {"ok": True, "changed": True}
    assert site.json("drain", "portal", *REASON) == {"ok": True, "changed": True}
    assert portal()["reason"] == REASON[1]
    assert portal()["paused_at"]
    assert portal()["drained_at"]
    assert site.json("reopen", "portal", *REASON) == {"ok": True, "changed": True}
    assert site.json("resume", "portal", *REASON) == {"ok": True, "changed": True}
    assert (portal()["paused_at"], portal()["drained_at"]) == (None, None)


@pytest.mark.parametrize(
    ("verb", "back", "words"),
    [
        (("pause", "portal"), ("resume", "portal"), "'portal' is paused already since "),
        (("drain", "portal"), ("reopen", "portal"), "nothing is taken in for 'portal' already since "),
        (("stop",), ("start",), "everything is stopped already since "),
    ],
)
def test_what_was_decided_before_is_told_with_since_when_and_by_whom(
    site: Site, verb: tuple[str, ...], back: tuple[str, ...], words: str
) -> None:
    assert site.json(*verb, "--reason", "the first time") == {"ok": True, "changed": True}
    again = site.run("queue", *verb, *REASON, "--json")
    assert (again.exit_code, json.loads(again.stdout)) == (0, {"ok": True, "changed": False})
    told = json.loads(again.stderr)
    assert (told["ok"], told["code"]) == (True, "queue.nothing_changed")
    assert words in told["text"]["en"]
    assert told["text"]["en"].endswith(f"({getpass.getuser()}: the first time).")
    assert site.json(*back, *REASON) == {"ok": True, "changed": True}
    again = site.run("queue", *back, *REASON, "--json")
    assert (again.exit_code, json.loads(again.stdout)["changed"], code(again)) == (0, False, "queue.nothing_changed")


def test_the_global_stop_is_seen_at_every_destination(site: Site) -> None:
    assert site.json("pause", "portal", *REASON)["changed"]
    assert site.json("stop", "--reason", "exercise")["changed"]
    found = {one["destination"]: one for one in site.json("destinations")}
    assert {one["conditions"][0] for one in found.values()} == {"stopped"}
    assert found["portal"]["conditions"] == ["stopped", "paused"]
    assert (found["steps"]["all_stopped_reason"], found["steps"]["reason"]) == ("exercise", None)
    assert found["steps"]["all_stopped_at"]
    assert "stopped, paused" in site.run("queue", "destinations").stdout
    resumed = site.run("queue", "resume", "portal", *REASON, "--json")
    assert (resumed.exit_code, code(resumed)) == (0, "queue.all_stopped")
    assert site.json("start", *REASON)["changed"]
    assert {one["all_stopped_at"] for one in site.json("destinations")} == {None}


def test_decisions_about_destinations_are_listed_with_who_and_why(site: Site) -> None:
    [message] = site.put("a")
    assert site.json("hold", message, *REASON)["done"] == 1
    assert site.json("lane", "pause", "portal", "a", *REASON)["changed"]
    for verb in (("pause", "portal"), ("drain", "authority"), ("stop",), ("start",), ("resume", "portal")):
        assert site.json(*verb, "--reason", verb[0])["changed"]
    listed = site.json("decisions")
    assert [(one["verb"], one["destination"]) for one in listed] == [
        ("resume", "portal"),
        ("start", None),
        ("stop", None),
        ("drain", "authority"),
        ("pause", "portal"),
    ]
    assert {(one["by"], one["reason"] == one["verb"]) for one in listed} == {(getpass.getuser(), True)}
    assert len(site.json("decisions", "--limit", "2")) == 2


def test_a_worker_without_enough_time_says_what_is_left_and_why(site: Site) -> None:
    assert site.run("school", "add", "school-1", "--name", "Школа", "--registry-id", "R").exit_code == 0
    assert site.run("step", "run", "roster_in").exit_code == 0
    assert site.json("pause", "steps", *REASON)["changed"]
    ended = site.run("worker", "--drain", "0.2", "--json")
    told = json.loads(ended.stderr.splitlines()[-1])
    assert (ended.exit_code, told["code"], told["who"]) == (1, "worker.not_drained", "coordinator")
    assert "after 0.2 s. Left: steps: 1 lanes (paused)." in told["text"]["en"]
    assert "steps – полос 1 (приостановлено)." in told["text"]["ru"]
    assert "alembic" not in ended.stderr


def test_a_drained_destination_turns_away_in_our_words(site: Site) -> None:
    assert site.run("school", "add", "school-1", "--name", "Школа", "--registry-id", "R").exit_code == 0
    assert site.json("drain", "steps", *REASON)["ok"]
    ended = site.run("step", "run", "roster_in", "--json")
    assert (ended.exit_code, json.loads(ended.stderr)["code"]) == (1, "queue.destination_closed")
    assert json.loads(ended.stderr)["who"] == "coordinator"


# keeping


def test_schedules_show_their_next_ticks(new_site: NewSite) -> None:
    site = new_site('[[schedules]]\nname = "x"\nschool = "school-1"\nstep = "export_out"\ncron = "30 2 * * *"\n')
    nightly, upkeep = site.json("schedules", "--next", "2")
    assert (nightly["name"], nightly["kind"], upkeep["kind"]) == ("x", "export_out", "retention")
    assert nightly["next"].count("T02:30:00+03:00") == 2


def test_days_are_counted_as_table_csv_and_json(site: Site) -> None:
    site.put("a", "b")
    site.deliver(Delivered())
    [*_, today] = site.json("tally", "portal")
    assert (today["produced"], today["delivered"], today["outstanding"], today["lines"]) == (2, 2, 0, 2)
    printed = site.run("queue", "tally", "portal", "--csv").stdout
    rows = list(csv.DictReader(io.StringIO(printed)))
    assert [row["hash"] for row in rows][-1] == today["hash"]
    assert len(rows) == 7
    assert len(site.json("tally", "portal", "--since", "2026-10-01", "--until", "2026-10-03")) == 3
    for wrong in (
        ("--since", "yesterday"),
        ("--zone", "Mars/Olympus"),
        ("--until", "2020-01-01", "--since", "2021-01-01"),
    ):
        assert site.run("queue", "tally", "portal", *wrong).exit_code == 2


def test_what_is_over_is_purged_by_retention_or_by_a_persons_word(new_site: NewSite) -> None:
    site = new_site("[queue]\ncontent_days = 0.0000001\n")
    [message] = site.put("a")
    site.deliver(Delivered())
    assert site.json("purge")["payloads"] == 1
    assert site.json("show", message)["content_gone_at"]
    moment = datetime.now(UTC).isoformat()
    assert site.run("queue", "purge", "--before", moment).exit_code == 2
    future = site.run("queue", "purge", "--before", "2999-01-01", *REASON, "--yes")
    assert (future.exit_code, "in the future" in future.stderr) == (2, True)
    refused = site.run("queue", "purge", "--before", moment, *REASON, "--json")
    assert (refused.exit_code, code(refused)) == (1, "queue.purge_not_agreed")
    assert "1 messages" in json.loads(refused.stderr)["text"]["en"]
    assert "0 messages" in site.run("queue", "purge", "--before", "2020-01-01", *REASON).stderr
    assert site.json("purge", "--before", moment, *REASON, "--yes")["messages"] == 1
    assert site.run("queue", "show", message).exit_code == 1


def test_a_pupil_is_forgotten_and_what_is_not_over_is_named(site: Site) -> None:
    [over] = site.put("a", subject="pupil-1")
    site.deliver(Delivered())
    [waiting] = site.put("a", subject="pupil-1")
    [other] = site.put("b", subject="pupil-2")
    ended = site.run("queue", "forget", "--subject", "pupil-1", *REASON, "--json")
    assert (ended.exit_code, code(ended)) == (1, "queue.not_forgotten")
    assert json.loads(ended.stdout) == {"ok": False, "destroyed": 1, "unfinished": [waiting]}
    gone = {one: bool(site.json("show", one)["content_gone_at"]) for one in (over, waiting, other)}
    assert gone == {over: True, waiting: False, other: False}
    assert site.json("skip", waiting, *REASON)["done"] == 1
    assert site.json("forget", "--subject", "pupil-1", *REASON) == {"ok": True, "destroyed": 2, "unfinished": []}
    unknown = site.run("queue", "forget", "--subject", "pupil-9", *REASON, "--json")
    assert (unknown.exit_code, unknown.stdout, code(unknown)) == (1, "", "queue.unknown_subject")


def test_a_person_enters_what_the_recipient_says_later(site: Site) -> None:
    [taken] = site.put("a", to="authority")
    site.deliver(Sent(receipt="R-1"), to="authority")
    [refused] = site.put("b", to="authority")
    site.deliver(Sent(receipt="R-2"), to="authority")
    assert site.json("answer", "accept", "authority", "R-1", "--acceptance", "№ 17")["answered"] == "matched"
    assert site.json("answer", "reject", "authority", "R-2", *REASON)["answered"] == "matched"
    assert (site.json("show", taken)["acceptance"], site.state(refused)) == ("№ 17", "dead")
    [answer] = site.json("show", refused)["answers"]
    assert (answer["receipt"], answer["verdict"]) == ("R-2", "rejected")
    conflict = site.run("queue", "answer", "reject", "authority", "R-1", *REASON, "--json")
    assert (conflict.exit_code, json.loads(conflict.stderr)["code"]) == (1, "queue.answer_conflict")
    assert "conflict" in {one["verb"] for one in site.json("show", taken)["decisions"]}
    again = site.run("queue", "answer", "accept", "authority", "R-1", "--acceptance", "№ 17", "--json")
    assert (again.exit_code, code(again)) == (0, "queue.nothing_changed")
    unknown = site.run("queue", "answer", "accept", "authority", "R-9", "--json")
    assert (unknown.exit_code, json.loads(unknown.stdout)["answered"]) == (0, "unknown")
    assert (code(unknown), json.loads(unknown.stderr)["ok"]) == ("queue.unknown_receipt", True)
    assert [one["receipt"] for one in site.json("answer", "strays")] == ["R-9"]


@pytest.mark.postgres
def test_the_queue_moves_to_another_database(tmp_path: Path, new_postgres: Callable[[], URL]) -> None:
    site = Site(tmp_path, f"sqlite:///{tmp_path / 'gateway.db'}")
    [message] = site.put("a")
    target = new_postgres().render_as_string(hide_password=False)
    refused = site.run("queue", "move", "--to", target, *REASON)
    assert (refused.exit_code, refused.stderr.split(":")[0]) == (1, "queue.move_refused")
    assert site.json("stop", *REASON)["ok"]
    assert site.json("move", "--to", target, *REASON)["rows"]["outbox_message"] == 1
    site.url = target
    site.configure("")
    site.deliver(Delivered())
    assert site.state(message) == "done"


# keys


def test_stored_messages_are_sealed_anew_with_the_newest_key(new_site: NewSite) -> None:
    site = new_site()
    site.put("a")
    site.configure(f'[storage]\nseal_key = "{KEY}"\n')
    site.put("b")
    assert "doctor.queue_plain" in _doctor(site)
    site.configure(f'[storage]\nseal_key = "{NEW_KEY} {KEY}"\n')
    assert "doctor.queue_old_key" in _doctor(site)
    refused = site.run("db", "reseal", "--json")
    assert (refused.exit_code, json.loads(refused.stderr)["code"]) == (1, "queue.payload_plain")
    assert json.loads(refused.stdout)["messages"] == 1
    assert json.loads(site.run("db", "reseal", "--accept-plain", "--json").stdout)["messages"] == 1
    assert json.loads(site.run("db", "reseal", "--json").stdout)["messages"] == 0
    site.configure(f'[storage]\nseal_key = "{KEY}"\n')
    ended = site.run("db", "reseal", "--json")
    assert (ended.exit_code, json.loads(ended.stderr)["code"]) == (1, "queue.payload_unreadable")
    site.configure(f'[storage]\nseal_key = "{NEW_KEY}"\n')
    site.deliver(Delivered())
    assert {one["state"] for one in site.json("list")} == {"done"}


# what is wrong


def _doctor(site: Site) -> Mapping[str, Mapping[str, Any]]:
    """Return what the doctor finds wrong with the queue, by its code.

    The server of the tests does not write to the disk, of which the doctor tells, too.
    """
    found = json.loads(site.run("doctor", "--json").stdout)
    told = {one["code"]: one for one in found if one["check"] in {"queue", "stops"} and one["code"]}
    told.pop("doctor.queue_database_setting", None)
    return told


def test_the_doctor_tells_of_the_queue_what_stands_still_and_who_must_act(site: Site) -> None:
    assert _doctor(site) == {}
    site.put("a", "b")
    site.deliver(REFUSED)
    assert site.json("stop", *REASON)["ok"]
    told = _doctor(site)
    assert set(told) == {"doctor.queue_blocked", "doctor.stopped"}
    assert told["doctor.queue_blocked"]["text"].startswith("2 lanes to 'portal' stand still (platform.status_422)")
    assert told["doctor.queue_blocked"]["who"] == "the school's coordinator"
