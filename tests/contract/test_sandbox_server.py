"""What every emulator can be told to do wrong, over a real connection."""

from __future__ import annotations

import json
from collections.abc import Iterator

import httpx
import pytest
from werkzeug.wrappers import Request, Response

from gateway.sandbox.faults import Fault, FaultKind, FaultScript, read_faults
from gateway.sandbox.server import Emulator, Route, RunningServer, json_answer, named


class Till:
    """Counts what it is given."""

    def __init__(self) -> None:
        self.taken: list[str] = []

    def put(self, request: Request) -> Response:
        self.taken.append(request.get_data(as_text=True))
        return json_answer({"taken": len(self.taken)})

    def count(self, _request: Request, name: str) -> Response:
        return json_answer({"name": name, "taken": len(self.taken)})


class Site:
    """An emulator on a port, with a client."""

    def __init__(self, *, case_insensitive: bool = False) -> None:
        self.till = Till()
        self.emulator = Emulator(
            "till",
            [
                Route(rule="/Put", methods=("POST",), handler=self.till.put, operation=named("Put")),
                Route(rule="/Count/<name>", methods=("GET",), handler=self.till.count, operation=named("Count")),
            ],
            case_insensitive=case_insensitive,
        )
        self.server = RunningServer(self.emulator)
        self.http = httpx.Client(base_url=self.server.url, timeout=10, trust_env=False)

    def script(self, *faults: dict[str, object]) -> httpx.Response:
        return self.http.post("/_sandbox/faults", json=faults)

    def put(self, content: str = "x") -> httpx.Response:
        return self.http.post("/Put", content=content)

    def close(self) -> None:
        self.http.close()
        self.server.close()


@pytest.fixture
def site() -> Iterator[Site]:
    site = Site()
    yield site
    site.close()


def test_without_a_script_all_is_well(site: Site) -> None:
    assert site.put("5").json() == {"taken": 1}
    assert site.http.get("/Count/Анна").json() == {"name": "Анна", "taken": 1}
    assert site.till.taken == ["5"]


@pytest.mark.parametrize(("kind", "status"), [("refuse", 503), ("error", 500)])
def test_a_request_without_effect_is_answered_with_a_status(site: Site, kind: str, status: int) -> None:
    site.script({"operation": "Put", "kind": kind})
    refused = site.put()
    assert (refused.status_code, site.till.taken) == (status, [])
    assert refused.headers.get("Retry-After") == ("0" if kind == "refuse" else None)
    assert site.put().json() == {"taken": 1}


def test_a_closed_connection_has_no_answer_and_no_effect(site: Site) -> None:
    site.script({"kind": "close"})
    with pytest.raises(httpx.RemoteProtocolError):
        site.put()
    assert site.till.taken == []
    assert site.put().json() == {"taken": 1}


def test_a_malformed_answer_is_cut_off_but_the_request_had_its_effect(site: Site) -> None:
    site.script({"kind": "malformed"})
    answer = site.put()
    assert (answer.status_code, site.till.taken) == (200, ["x"])
    with pytest.raises(json.JSONDecodeError):
        answer.json()


def test_a_timeout_has_its_effect_and_comes_too_late(site: Site) -> None:
    site.script({"kind": "timeout", "seconds": 2})
    with pytest.raises(httpx.ReadTimeout):
        site.http.post("/Put", content="x", timeout=0.5)
    assert site.till.taken == ["x"]


def test_a_slow_answer_is_the_right_one(site: Site) -> None:
    site.script({"kind": "slow", "seconds": 0.2})
    assert site.put().json() == {"taken": 1}
    assert [arrival.fault for arrival in site.emulator.arrivals()] == ["slow"]


def test_a_duplicate_is_taken_twice_and_answered_once(site: Site) -> None:
    site.script({"kind": "duplicate"})
    assert site.put("x").json() == {"taken": 2}
    assert site.till.taken == ["x", "x"]


def test_a_script_is_followed_in_order_for_the_operation_it_names(site: Site) -> None:
    site.script({"operation": "Put", "kind": "refuse", "times": 2}, {"operation": "*", "kind": "error"})
    assert site.http.get("/_sandbox/faults").json() == {"remaining": 3}
    assert site.http.get("/Count/x").status_code == 500  # the first that names it is the one for any
    assert [site.put().status_code for _ in range(3)] == [503, 503, 200]
    assert site.http.get("/_sandbox/faults").json() == {"remaining": 0}


def test_a_new_script_replaces_the_old_one(site: Site) -> None:
    site.script({"kind": "refuse", "times": 5})
    assert site.script().status_code == 204
    assert site.put().status_code == 200


@pytest.mark.parametrize(
    "script",
    [b"", b"1", b"[1]", b'[{"operation": "Put"}]', b'[{"kind": "explode"}]', b'[{"kind": "slow", "second": 1}]',
     b'[{"kind": "slow", "times": "many"}]'],
)  # fmt: skip
def test_a_wrong_script_is_refused_and_the_old_one_stays(site: Site, script: bytes) -> None:
    site.script({"kind": "refuse"})
    refused = site.http.post("/_sandbox/faults", content=script)
    assert refused.status_code == 400
    assert refused.json()["error"]
    assert site.http.get("/_sandbox/faults").json() == {"remaining": 1}


def test_the_log_tells_what_arrived_what_was_told_and_which_fault_hit(site: Site) -> None:
    site.script({"operation": "Put", "kind": "refuse"})
    site.put()
    site.put()
    site.http.get("/nowhere")
    site.http.get("/Put")
    assert site.http.get("/_sandbox/log").json() == [
        {"operation": "Put", "status": 503, "fault": "refuse"},
        {"operation": "Put", "status": 200, "fault": ""},
        {"operation": "/nowhere", "status": 404, "fault": ""},
        {"operation": "/Put", "status": 405, "fault": ""},
    ]


def test_addresses_may_ignore_case() -> None:
    site = Site(case_insensitive=True)
    try:
        assert site.http.post("/pUT", content="x").json() == {"taken": 1}
        assert site.http.get("/COUNT/anna").json() == {"name": "anna", "taken": 1}
    finally:
        site.close()


def test_a_closed_server_is_gone_and_its_port_free() -> None:
    site = Site()
    address, port = site.server.url, site.server.port
    site.close()
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{address}/Count/x", trust_env=False)
    RunningServer(site.emulator, port=port).close()


def test_a_spent_fault_is_gone_for_every_thread() -> None:
    script = FaultScript()
    script.replace(read_faults([{"kind": "slow", "times": 2, "seconds": 1.5}]))
    expected = Fault(operation="*", kind=FaultKind.SLOW, times=2, seconds=1.5)
    assert [script.next_for("Put") for _ in range(3)] == [expected, expected, None]
