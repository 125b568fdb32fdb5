"""Registries that answer without end, or with what is no XML of ours, when asked for changes and for everything."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from werkzeug.wrappers import Request, Response

from gateway.adapters.registry.adapter import RegistryAdapter
from gateway.errors import ContractChanged
from gateway.model.roster import RosterSnapshot
from gateway.sandbox.server import RunningServer
from gateway.schemas.xml import parse_xml
from tests.contract.test_registry_changes import LATER
from tests.contract.test_registry_service import ENVELOPE, NAMESPACE, adapter_at, answering
from tests.roster_world import SCHOOL

MANY_PAGES = 10**12
PATIENCE = 50
"""Requests after which a reader that goes on would never stop."""

Ask = Callable[[RegistryAdapter], RosterSnapshot]


def _changes(adapter: RegistryAdapter) -> RosterSnapshot:
    return adapter.changes(SCHOOL, "c-0")


def _whole(adapter: RegistryAdapter) -> RosterSnapshot:
    return adapter.snapshot(SCHOOL)


class Endless:
    """A registry that has a trillion pages and promises so many records; each page is as asked for, and empty."""

    def __init__(self, promised: int) -> None:
        self.promised, self.asked = promised, 0

    def answer(self, request: Request) -> bytes:
        self.asked += 1
        if self.asked > PATIENCE:
            return b"enough"
        number = next(one.text for one in parse_xml(request.get_data()).iter("{*}page"))
        totals = (
            f'<totals pupils="{self.promised}" guardians="0" guardianships="0" staff="0" classes="0" enrollments="0"/>'
        )
        told = f"<page>{number}</page><pages>{MANY_PAGES}</pages>{totals}"
        if b"GetRosterChanges" in request.get_data():
            inside = f"<cursor>c-1</cursor>{told}<gone/><records/>"
            answer = f'<GetRosterChangesResponse xmlns="{LATER}">{inside}</GetRosterChangesResponse>'
        else:
            inside = f"<snapshotId>s-1</snapshotId><complete>true</complete>{told}<records/>"
            answer = f'<GetRosterResponse xmlns="{NAMESPACE}">{inside}</GetRosterResponse>'
        return ENVELOPE % f"<s:Body>{answer}</s:Body>".encode()


@contextmanager
def endless(promised: int) -> Iterator[tuple[Endless, RegistryAdapter]]:
    registry = Endless(promised)

    @Request.application
    def application(request: Request) -> Response:
        return Response(registry.answer(request), content_type="text/xml")

    with RunningServer(application) as server, adapter_at(server.url) as adapter:
        yield registry, adapter


@pytest.mark.parametrize("ask", [_changes, _whole], ids=["changes", "whole"])
@pytest.mark.parametrize("promised", [0, MANY_PAGES], ids=["nothing promised", "as many records"])
def test_pages_without_end_are_refused_at_once(ask: Ask, promised: int) -> None:
    with endless(promised) as (registry, adapter), pytest.raises(ContractChanged) as raised:
        ask(adapter)
    assert raised.value.code == "registry.endless_pages"
    assert registry.asked <= 2


BOMB = b"""<?xml version="1.0"?>
<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;">]>
<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>&c;</s:Body></s:Envelope>
"""


@pytest.mark.parametrize("status", [200, 500])
def test_an_entity_bomb_among_changes_is_not_opened(status: int) -> None:
    with answering(BOMB, status=status) as adapter, pytest.raises(ContractChanged) as raised:
        adapter.changes(SCHOOL, "c-0")
    assert "DOCTYPE" in raised.value.text.en


def test_a_cursor_too_long_to_keep_is_refused() -> None:
    inside = (
        f"<cursor>{'c' * 100_000}</cursor><page>1</page><pages>1</pages>"
        '<totals pupils="0" guardians="0" guardianships="0" staff="0" classes="0" enrollments="0"/><gone/><records/>'
    )
    answer = f'<s:Body><GetRosterChangesResponse xmlns="{LATER}">{inside}</GetRosterChangesResponse></s:Body>'
    with answering(ENVELOPE % answer.encode()) as adapter, pytest.raises(ContractChanged):
        adapter.changes(SCHOOL, "c-0")
