"""The six steps of the road for one school, each over real connections, each checked when it is over."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx

from gateway.bootstrap import Gateway
from gateway.delivery.steps import StepTask, step_message
from gateway.demo.preparation import AUTHORITY_TIMEOUT, ClientSecrets
from gateway.demo.processes import Program
from gateway.demo.scenario import Family, Scenario, choose_family, first_quarter, journal_days, shown_class
from gateway.errors import PermanentError, Text, TransientError
from gateway.model.batch import Batch
from gateway.model.steps import Step, StepRun
from gateway.sandbox.journal_system import Form, JournalSystem
from gateway.sandbox.portal import CityPortal
from gateway.sandbox.school import SampleSchool, journal_day, setup_batch
from outbox import Entry, History, MessageId, State

_PATIENCE = timedelta(minutes=3)
_LOOK = 0.05
_KILLER_LOOK = 0.01
_DAWDLE = {"kind": "slow", "seconds": 1.0}
_AUTHORITY_FAULTS = [
    {"operation": "SubmitPackage", "kind": "refuse", "times": 3},
    {"operation": "SubmitPackage", "kind": "timeout", "seconds": AUTHORITY_TIMEOUT * 2},
]

Tell = Callable[[str], None]
"""Takes a sentence about what is going on."""


@dataclass(frozen=True, kw_only=True, slots=True)
class World:
    """Where everything is: the gateway's own address and those of the outside world."""

    web: str
    registry: str
    netschool: str
    authority: str
    portal: str


@dataclass(kw_only=True, slots=True)
class Road:
    """Walks the road for one school.

    Attributes:
        worker: the worker's process; with ``kill_worker`` it is killed in the middle of every message it works on,
            once a message, and started again.
        problems: what did not come out as it should, in words; empty when all is well.
    """

    gateway: Gateway
    world: World
    sample: SampleSchool
    scenario: Scenario
    journal_client: ClientSecrets
    portal_client: ClientSecrets
    worker: Program
    tell: Tell
    kill_worker: bool = False
    problems: list[str] = field(default_factory=list)
    _killed_in: set[str] = field(default_factory=set)

    def walk(self) -> dict[str, dict[str, Any]]:
        """Walk the six steps and return their figures."""
        return {
            "roster": self.roster_in(),
            "journal": self.journal_in(),
            "platform": self.platform_compared(),
            "export": self.export_out(),
            "diary": self.diary_seen(),
            "archive": self.archive_signed(),
        }

    def roster_in(self) -> dict[str, Any]:
        """Step 1: pull the roster from the registry and apply it."""
        self.tell("roster: pulling from the registry over SOAP")
        with self._faults(self.world.registry, self._time_to_kill()):
            summary = self._run_step(Step.ROSTER_IN).summary
        self._expect(summary["complete"] is True and summary["held_plan"] is None, "the roster is incomplete or held")
        return {name: summary[name] for name in ("created", "updated", "deactivated", "rejected")}

    def journal_in(self) -> dict[str, Any]:
        """Step 2: the journal system posts the set-up and every day, in turn as JSON and as XML."""
        totals = dict.fromkeys(("lessons", "marks", "absences", "rejected"), 0)
        with self._journal_system() as journal:
            self._post(journal, f"setup-{self.sample.year}", setup_batch(self.sample), Form.JSON)
            days = list(journal_days(self.sample, self.scenario))
            for number, day in enumerate(days, start=1):
                self.tell(f"journal: day {number} of {len(days)}")
                form = Form.XML if number % 2 else Form.JSON
                answer = self._post(journal, f"day-{day}", journal_day(self.sample, day), form)
                for name in ("lessons", "marks", "absences"):
                    totals[name] += answer["accepted"].get(name, 0)
                totals["rejected"] += len(answer["rejected"])
        self._expect(totals["rejected"] == 0, "the journal turned records away")
        return totals

    def platform_compared(self) -> dict[str, Any]:
        """Step 3: hold a class's week against the «Сетевой город»-style platform."""
        self.tell("platform: comparing a class's week")
        week = {"class": shown_class(self.sample).id, "monday": self.scenario.compared_monday.isoformat()}
        with self._faults(self.world.netschool, self._time_to_kill()):
            run = self._run_step(Step.PLATFORM_COMPARED, week)
        with self.gateway.database.unit(self.sample.school.id) as unit:
            comparison = unit.comparisons.get(str(run.summary["comparison"]))
        found = (
            sorted((d.kind.value, d.pupil or "", str(d.day or "")) for d in comparison.found.differences)
            if comparison
            else []
        )
        planted = httpx.get(f"{self.world.netschool}/_sandbox/planted", trust_env=False).json()
        expected = sorted((one["kind"], one["pupil"], one["day"]) for one in planted)
        self._expect(found == expected, f"found {found}, planted were {expected}")
        return {"lessons": run.summary["lessons"], "differences": run.summary["differences"]}

    def export_out(self) -> dict[str, Any]:
        """Step 4: build, sign and deliver the report of the quarter to an intake that refuses and times out."""
        self.tell("export: building, signing and delivering to a troubled intake")
        period = first_quarter(self.sample).id
        with self._faults(self.world.authority, [*self._time_to_kill(), *_AUTHORITY_FAULTS]):
            self._run_step(Step.EXPORT_OUT, {"period": period})
            with self.gateway.database.unit(self.sample.school.id) as unit:
                package = unit.exports.newest("performance", period)
            if package is None or package.message is None:
                raise _step_failed(Step.EXPORT_OUT, "no package was made")
            history = self._wait(package.message)
        with self.gateway.database.unit(self.sample.school.id) as unit:
            package = unit.exports.package(package.id)
        if package is None:
            raise _step_failed(Step.EXPORT_OUT, "the package is gone")
        self._expect(package.receipt is not None, "there is no receipt")
        self._check_accepted(package.id, history.entry)
        return {
            "documents": 1,
            "bytes": package.size,
            "attempts": history.entry.attempts,
            "receipt": package.receipt,
        }

    def diary_seen(self) -> dict[str, Any]:
        """Step 5: the city portal reads a child's week, is refused another's, and hears of a new mark."""
        self.tell("diary: the portal reads a week and hears of a new mark")
        family = choose_family(self.sample, self.scenario)
        user = str(family.guardian.portal_user)
        monday = self.scenario.last_day - timedelta(days=self.scenario.last_day.weekday())
        portal = CityPortal(self.world.web, self.portal_client.client_id, self.portal_client.client_secret)
        try:
            portal.subscribe(user, family.child).raise_for_status()
            self._add_mark(family)
            week = portal.week(user, family.child, monday).raise_for_status().json()
            foreign = portal.week(user, family.foreign_child, monday).status_code
        finally:
            portal.close()
        self._expect(foreign == httpx.codes.NOT_FOUND, "a foreign child could be seen")
        lessons = week["lessons"]
        marks = sum(len(lesson["marks"]) for lesson in lessons)
        self._expect(bool(lessons) and marks > 0, "the week is empty")
        return {"lessons": len(lessons), "marks": marks, "foreign_child_status": foreign}

    def archive_signed(self) -> dict[str, Any]:
        """Step 6: the quarter's journal of the class as a signed PDF, entered in the registry and verified."""
        self.tell("archive: typesetting and signing")
        school, period = self.sample.school.id, first_quarter(self.sample).id
        self._run_step(Step.ARCHIVE_SIGNED, {"period": period, "class": shown_class(self.sample).id})
        reports = list(self.gateway.archive_verifier(school).verify())
        sound = [report for report in reports if report.sound]
        self._expect(bool(reports) and len(sound) == len(reports), "an archive file is not sound")
        return {
            "files": len(reports),
            "pages": sum(report.pages or 0 for report in reports),
            "signed": sum(report.signer is not None for report in reports),
            "verified": len(sound),
        }

    def _add_mark(self, family: Family) -> None:
        batch = Batch(
            school=self.sample.school.id,
            sent_at=journal_day(self.sample, self.scenario.last_day).sent_at,
            marks=(family.new_mark,),
        )
        with self._faults(self.world.portal, self._time_to_kill()), self._journal_system() as journal:
            self._post(journal, f"added-{family.new_mark.lesson}", batch, Form.JSON)
            told = self.gateway.desk.find(destination="portal", text=family.new_mark.id).entries
            self._expect(len(told) == 1, f"{len(told)} events tell of the new mark, not one")
            for entry in told:
                self._wait(entry.id)

    def _check_accepted(self, package: str, entry: Entry) -> None:
        """Hold what the authority has against what was sent; an authority that was started afresh knows nothing."""
        accepted = httpx.get(f"{self.world.authority}/_sandbox/accepted", trust_env=False).json()
        known = [one for one in accepted if one["packageId"] == package]
        self._expect(
            all(one["sha256"] == entry.digest for one in known), "the authority has other bytes than were signed"
        )
        self._expect(len(accepted) <= 1, "the authority has taken more than one package")

    def _journal_system(self) -> JournalSystem:
        return JournalSystem(self.world.web, self.journal_client.client_id, self.journal_client.client_secret)

    def _post(self, journal: JournalSystem, key: str, batch: Batch, form: Form) -> Mapping[str, Any]:
        reply = journal.post(batch, idempotency_key=key, form=form)
        if reply.status != httpx.codes.OK:
            raise _step_failed(Step.JOURNAL_IN, f"posting {key} was answered with {reply.status}")
        return reply.content

    def _run_step(self, step: Step, arguments: Mapping[str, str] | None = None) -> StepRun:
        task = StepTask(school=self.sample.school.id, step=step, arguments=arguments or {})
        (message,) = self.gateway.desk.enqueue(step_message(task))
        self._wait(message)
        with self.gateway.database.unit(task.school) as unit:
            runs = [run for run in unit.steps.recent(step=step) if run.message == message]
        if not runs:
            raise _step_failed(step, "the run left no record")
        return runs[0]

    def _wait(self, message: str) -> History:
        """Wait until a message is done; kill the worker while it has it, if that is wanted."""
        deadline = time.monotonic() + _PATIENCE.total_seconds()
        while time.monotonic() < deadline:
            history = self.gateway.desk.show(MessageId(message))
            entry = history.entry
            if entry.state is State.DONE:
                return history
            if entry.state is State.DEAD:
                reason = f"{entry.last_error.code}: {entry.last_error.reason}" if entry.last_error else "dead"
                raise _step_failed(entry.kind, reason)
            if self.kill_worker and entry.state is State.LEASED and message not in self._killed_in:
                self._killed_in.add(message)
                self.worker.kill()
                self.worker.start()
            time.sleep(_KILLER_LOOK if self.kill_worker else _LOOK)
        raise TransientError(
            "demo.step_too_slow",
            Text(
                ru=f"Сообщение {message} не доставлено за {_PATIENCE.total_seconds():.0f} с.",
                en=f"Message {message} was not delivered within {_PATIENCE.total_seconds():.0f} s.",
            ),
        )

    def _time_to_kill(self) -> list[dict[str, object]]:
        """Return the fault script that makes a platform's first answer slow enough for the worker to be killed in."""
        return [_DAWDLE] if self.kill_worker else []

    @contextmanager
    def _faults(self, address: str, script: object) -> Iterator[None]:
        httpx.post(f"{address}/_sandbox/faults", json=script, trust_env=False).raise_for_status()
        yield
        httpx.post(f"{address}/_sandbox/faults", json=[], trust_env=False).raise_for_status()

    def _expect(self, holds: bool, otherwise: str) -> None:  # noqa: FBT001  it is read as a sentence
        if not holds:
            self.problems.append(otherwise)


def _step_failed(step: str, reason: str) -> PermanentError:
    return PermanentError(
        "demo.step_failed",
        Text(ru=f"Шаг «{step}» не выполнен: {reason}.", en=f"Step '{step}' failed: {reason}."),
    )
