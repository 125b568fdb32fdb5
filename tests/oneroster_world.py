"""A OneRoster provider over a real socket, an adapter of it, and a school that was loaded from it before."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from gateway.adapters.oneroster.adapter import OneRosterAdapter
from gateway.adapters.oneroster.client import OneRosterClient
from gateway.adapters.oneroster.settings import OneRosterSettings
from gateway.model.ids import SchoolId
from gateway.model.roster import RosterSnapshot, RosterState
from gateway.model.roster_known import NOTHING_KNOWN, Known, known_of
from gateway.model.roster_link import Link
from gateway.sandbox.oneroster import Holdings, Trick, oneroster_emulator
from gateway.sandbox.server import RunningServer
from tests.roster_world import NOON, SCHOOL, TODAY, Moments, Roster, roster

SOURCE = "provider"


@dataclass
class Provider:
    """A provider, how it is reached, and how long its client was made to wait."""

    holdings: Holdings
    settings: OneRosterSettings
    known: Known = NOTHING_KNOWN
    pauses: list[float] = field(default_factory=list)

    def snapshot(self) -> RosterSnapshot:
        with self.adapter() as adapter:
            return adapter.snapshot(SCHOOL)

    @contextmanager
    def adapter(self) -> Iterator[OneRosterAdapter]:
        client = OneRosterClient(self.settings, clock=lambda: NOON, pause=self.pauses.append)
        try:
            yield OneRosterAdapter(client, clock=Moments(), known=self._known)
        finally:
            client.close()

    def _known(self, school: SchoolId) -> Known:
        assert school == SCHOOL.id
        return self.known

    def remember(self, links: Iterable[Link], state: RosterState) -> None:
        """Take what is held and linked to this source as known."""
        self.known = known_of(links, state, TODAY, read_at=NOON - timedelta(days=1))


@contextmanager
def provider(*tricks: Trick, held: Roster | None = None, version: str = "1.2", **more: Any) -> Iterator[Provider]:
    holdings = Holdings(held or roster(12), tricks=tricks)
    with RunningServer(oneroster_emulator(holdings, version=version)) as server:
        settings = OneRosterSettings(
            name=SOURCE,
            url=server.url,
            token_url=f"{server.url}/token",
            client_id="gateway",
            secret="sandbox",
            timeout=timedelta(seconds=30),
            page=7,
        )
        yield Provider(holdings=holdings, settings=replace(settings, **more))
