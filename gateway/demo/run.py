"""The demo from an empty folder to its summary: programs up, the road walked for every school, programs down."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from gateway.bootstrap import Gateway, utc_now
from gateway.demo.people import Person, one_time_password, people
from gateway.demo.preparation import SENDER, DemoFolder, Ports
from gateway.demo.processes import Program, free_ports
from gateway.demo.road import Road, Tell, World
from gateway.demo.scenario import Scenario, choose, likely_year, shown_class
from gateway.model.access import Scope
from gateway.sandbox.school import SampleSchool, count_schools, nth_school
from gateway.signing.authority import AuthoritySubjects, create_test_authority

_ZONE = ZoneInfo("Europe/Moscow")

_JOURNAL_SCOPES = (
    Scope.JOURNAL_WRITE,
    Scope.JOURNAL_CORRECT,
    Scope.HEALTH_WRITE,
    Scope.INCIDENTS_WRITE,
    Scope.RULES_WRITE,
    Scope.ROSTER_READ,
)
"""A school's days have corrections, medical certificates, appointments and, rarely, an outage or a breach of access."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DemoOptions:
    """What can be asked of the demo.

    ``pupils`` beyond one school make several, one after another; without ``console`` nobody is given a password.
    """

    folder: Path
    pupils: int = 600
    web_port: int = 0
    kill_worker: bool = False
    console: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class DemoResult:
    """What the demo gave.

    Attributes:
        summary: the figures of the six steps.
        problems: what went otherwise than it should.
        console: where the console is.
        passwords: who signs in there, with the one-time password; ``None`` where an own one was chosen before.
        programs: what runs until the demo is left.
    """

    summary: Mapping[str, Any]
    problems: tuple[str, ...]
    console: str
    passwords: Mapping[Person, str | None] = field(repr=False)
    programs: tuple[Program, ...]


@contextmanager
def running_demo(options: DemoOptions, tell: Tell) -> Iterator[DemoResult]:
    """Walk the road and give the result while the gateway's programs still run; leaving stops them."""
    started = time.monotonic()
    with ExitStack() as programs:
        demo = _Demo(options, programs, tell)
        for number in range(1, count_schools(options.pupils) + 1):
            demo.walk(number)
        seconds = round(time.monotonic() - started, 1)
        yield DemoResult(
            summary={"ok": not demo.problems, **demo.totals, "seconds": seconds},
            problems=tuple(demo.problems),
            console=f"{_loopback(demo.ports.web)}/console",
            passwords=demo.passwords,
            programs=demo.programs,
        )


class _Demo:
    """One run: the web service and the worker from the first school to the last, the outside world school by school."""

    def __init__(self, options: DemoOptions, programs: ExitStack, tell: Tell) -> None:
        self._options, self._programs, self._tell = options, programs, tell
        self._folder = DemoFolder(options.folder)
        self._lock = programs.enter_context(self._folder.taken())
        web, *others = free_ports(5)
        self.ports = Ports(options.web_port or web, *others)
        self.totals: dict[str, dict[str, Any]] = {}
        self.problems: list[str] = []
        self.passwords: dict[Person, str | None] = {}
        self._gateway: Gateway | None = None
        self._web: Program | None = None
        self._worker: Program | None = None
        self._outside: Program | None = None

    def walk(self, number: int) -> None:
        """Walk the road for one school; the outside world of the last one stays."""
        sample, scenario = self._school(number)
        gateway = self._opened(sample)
        self._tell(f"{sample.school.name}: {len(sample.pupils)} pupils")
        gateway.add_school(sample.school)
        journal = self._folder.client(gateway, sample.school, "journal", *_JOURNAL_SCOPES)
        portal = self._folder.client(gateway, sample.school, "portal", Scope.DIARY_READ, Scope.DIARY_SUBSCRIBE)
        self._meet(sample, scenario, number)
        road = Road(
            gateway=gateway,
            world=World(
                web=_loopback(self.ports.web),
                registry=_loopback(self.ports.registry),
                netschool=_loopback(self.ports.netschool),
                authority=_loopback(self.ports.authority),
                portal=_loopback(self.ports.portal),
            ),
            sample=sample,
            scenario=scenario,
            journal_client=journal,
            portal_client=portal,
            worker=self._running_worker(),
            tell=self._tell,
            kill_worker=self._options.kill_worker,
        )
        _add(self.totals, road.walk())
        self.problems += [f"{sample.school.id}: {problem}" for problem in road.problems]
        if self._options.console and not self.passwords:
            self.passwords = {one: one_time_password(gateway, sample.school.id, one) for one in people(sample)}

    @property
    def programs(self) -> tuple[Program, ...]:
        """What runs."""
        return tuple(one for one in (self._web, self._worker, self._outside) if one is not None)

    def _school(self, number: int) -> tuple[SampleSchool, Scenario]:
        today = utc_now().astimezone(_ZONE).date()
        scenario = self._folder.scenario()
        year = scenario.year if scenario else likely_year(today)
        sample = nth_school(number, self._options.pupils, year=year)
        if scenario is None:
            scenario = choose(sample, today)
            self._folder.keep_scenario(scenario)
        return sample, scenario

    def _opened(self, sample: SampleSchool) -> Gateway:
        """Set the installation up and start its two programs, once."""
        if self._gateway is not None:
            return self._gateway
        self._folder.write_settings(self.ports, shown_class(sample).name)
        subjects = AuthoritySubjects(organization=sample.school.name)
        create_test_authority(self._folder.keys, now=utc_now(), subjects=subjects)
        self._gateway = self._programs.enter_context(self._folder.open_gateway())
        self._gateway.upgrade_database()
        self._web = self._programs.enter_context(self._program("serve"))
        self._web.announcement()
        self._worker = self._programs.enter_context(self._program("worker"))
        return self._gateway

    def _meet(self, sample: SampleSchool, scenario: Scenario, number: int) -> None:
        """Start the outside world of a school in the place of the one before."""
        if self._outside is not None:
            self._outside.stop()
        shared = self._folder.shared()
        arguments = {
            "--school-size": self._options.pupils,
            "--school-number": number,
            "--year": sample.year,
            "--class": shown_class(sample).name,
            "--monday": scenario.compared_monday,
            "--sender": SENDER,
        }
        self._outside = self._program(
            "sandbox",
            *(str(part) for pair in arguments.items() for part in pair),
            *("--ports", *(str(port) for port in self.ports.outside)),
            secrets={"SANDBOX_PASSWORD": shared.netschool_password, "SANDBOX_PORTAL_SECRET": shared.portal_secret},
        )
        self._programs.enter_context(self._outside).announcement()

    def _running_worker(self) -> Program:
        if self._worker is None:
            raise RuntimeError("the worker has not been started")
        return self._worker

    def _program(self, name: str, *arguments: str, secrets: Mapping[str, str] | None = None) -> Program:
        return Program(
            [name, "--json", *arguments],
            config=self._folder.config,
            log=self._folder.log(name),
            lock=self._lock,
            secrets=secrets,
        )


def _add(totals: dict[str, dict[str, Any]], walked: Mapping[str, Mapping[str, Any]]) -> None:
    """Add a school's figures to those of the others; texts and the status of a refusal stay the last school's."""
    for step, figures in walked.items():
        sums = totals.setdefault(step, {})
        for name, figure in figures.items():
            is_count = isinstance(figure, int) and name != "foreign_child_status"
            sums[name] = sums.get(name, 0) + figure if is_count else figure


def _loopback(port: int) -> str:
    return f"http://127.0.0.1:{port}"
