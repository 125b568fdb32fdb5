"""A copy of a walked demo that runs: web service and worker as programs, the outside world where it can be broken."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from werkzeug.wrappers import Response

from gateway.bootstrap import Gateway
from gateway.demo.preparation import SENDER, DemoFolder, Ports
from gateway.demo.processes import Program, free_ports
from gateway.demo.scenario import shown_class
from gateway.model.access import Scope
from gateway.sandbox.authority import authority_emulator
from gateway.sandbox.journal_system import Form, JournalSystem, Reply
from gateway.sandbox.netschool import Account, class_journal, netschool_emulator, one_of_each_kind
from gateway.sandbox.outside import NETSCHOOL_LOGIN
from gateway.sandbox.portal import PortalInbox, portal_emulator
from gateway.sandbox.registry import Registry, registry_emulator
from gateway.sandbox.school import nth_school
from gateway.sandbox.server import Emulator, RunningServer
from gateway.signing.keys import load_roots
from outbox import History, MessageId, State
from tests.e2e.demo_world import SIZE, Ended, counts, gateway_here

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_PATIENCE = 30.0
"""Seconds; only a test that fails waits so long for a message."""

LOGS = (
    *(
        "step_run",
        "roster_run",
        "outbox_message",
        "outbox_payload",
        "outbox_attempt",
        "outbox_lane",
        "outbox_destination",
    ),
    *("outbox_decision", "sqlite_sequence"),
)
"""Tables in which a step that fails leaves its traces, and only there."""


class Interposed:
    """Stands before a platform and answers in its place as often as it is told to."""

    def __init__(self, platform: Emulator) -> None:
        self.platform = platform
        self._answers: list[Response] = []

    def answer(self, response: Response, *, times: int = 1) -> None:
        """Give this answer to the next requests."""
        self._answers = [response] * times

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request (PEP 3333)."""
        return (self._answers.pop() if self._answers else self.platform)(environ, start_response)


class Installation:
    """The running copy. Everything is given back when the stack is closed."""

    def __init__(self, walked: Path, folder: Path, stack: ExitStack) -> None:
        shutil.copytree(walked, folder)
        self.folder, self._kept = folder, DemoFolder(folder)
        self._lock = stack.enter_context(self._kept.taken())
        scenario = self._kept.scenario()
        assert scenario is not None
        self.scenario = scenario
        self.sample = nth_school(1, SIZE, year=scenario.year)
        self.registry_holdings = Registry({self.sample.school.registry_id: self.sample})
        self.registry = Interposed(registry_emulator(self.registry_holdings))
        self.netschool = Interposed(self._platform())
        roots = load_roots(folder / "keys" / "roots.pem")
        self.authority = Interposed(authority_emulator(senders=[SENDER], roots=roots, clock=_now))
        inbox = PortalInbox(self._kept.shared().portal_secret, _now)
        outside = (self.registry, self.netschool, self.authority, Interposed(portal_emulator(inbox)))
        ports = [stack.enter_context(RunningServer(platform)).port for platform in outside]
        [web] = free_ports(1)
        self._kept.write_settings(Ports(web, *ports), shown_class(self.sample).name)
        self.web = f"http://127.0.0.1:{web}"
        self.gateway: Gateway = stack.enter_context(self._kept.open_gateway())
        self.server = self._program("serve")
        stack.enter_context(self.server).announcement()
        stack.enter_context(self._program("worker"))
        self.journal = stack.enter_context(self.journal_system())
        self._keys = count(1)

    @property
    def config(self) -> Path:
        """The settings file."""
        return self._kept.config

    def credentials(self, name: str, *scopes: Scope) -> tuple[str, str]:
        """Return the demo's own credentials of ``journal`` or ``portal``."""
        client = self._kept.client(self.gateway, self.sample.school, name, *scopes)
        return client.client_id, client.client_secret

    def journal_system(self) -> JournalSystem:
        """Return the school's journal system."""
        return JournalSystem(self.web, *self.credentials("journal"))

    def post(self, content: bytes, form: Form) -> Reply:
        """Post a document as it is, under a key of its own."""
        return self.journal.post_document(content, idempotency_key=self.new_key(), form=form)

    def new_key(self) -> str:
        """Return an idempotency key that was never used."""
        return f"wrong-{next(self._keys)}"

    def cli(self, *arguments: str) -> Ended:
        """Run a command of this installation."""
        return gateway_here(self.config, *arguments)

    def run_step(self, name: str, *options: str) -> History:
        """Put a step into the queue, as an operator would, and wait until it is settled."""
        return self.settled(self.cli("step", "run", name, *options, "--json").json()["message"])

    def settled(self, message: str) -> History:
        """Wait until a message is done or dead."""
        return self.waited(message, lambda history: history.entry.state in {State.DONE, State.DEAD})

    def waited(self, message: str, until: Callable[[History], bool]) -> History:
        """Wait until something is so of a message."""
        deadline = time.monotonic() + _PATIENCE
        while time.monotonic() < deadline:
            history = self.gateway.desk.show(MessageId(message))
            if until(history):
                return history
            time.sleep(0.02)
        raise AssertionError(f"the message stays as it is: {history.entry}")

    def give_up(self, message: str) -> None:
        """Decide that a dead message stays undone, so that the next of its kind may go, where it holds that up."""
        if self.gateway.desk.show(MessageId(message)).entry.finished_at is not None:
            return
        assert self.cli("queue", "skip", message, "--reason", "seen and understood").code == 0

    def give_up_waiting(self, message: str) -> None:
        """Decide that a message that waits for its next attempt stays undone."""
        assert self.cli("queue", "hold", message, "--reason", "not worth the wait").code == 0
        self.give_up(message)

    def state(self) -> Mapping[str, int]:
        """Return how many rows each table has, those apart in which failures are logged."""
        return {table: number for table, number in counts(self.folder).items() if table not in LOGS}

    def _platform(self) -> Emulator:
        journal = class_journal(self.sample, shown_class(self.sample).id)
        week = [self.scenario.compared_monday + timedelta(days=day) for day in range(6)]
        password = self._kept.shared().netschool_password
        account = Account(login=NETSCHOOL_LOGIN, password=password, name="Читатель класса")
        return netschool_emulator(journal, account=account, planted=one_of_each_kind(journal, week), clock=_now)

    def _program(self, name: str) -> Program:
        return Program([name, "--json"], config=self.config, log=self._kept.log(name), lock=self._lock)


def _now() -> datetime:
    return datetime.now(UTC)


def running_copy(walked: Path, folder: Path) -> Iterator[Installation]:
    """Yield a running copy and stop it afterwards."""
    with ExitStack() as stack:
        yield Installation(walked, folder, stack)
