"""What every emulator shares: a real HTTP server on loopback, the fault script, a log of what arrived.

Each emulator is an `Emulator`: a table of routes to functions. ``/_sandbox/faults`` (POST, GET) sets and shows the
script, ``/_sandbox/log`` (GET) lists the requests that arrived (operation and status, no content).
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from threading import Lock, Thread
from typing import TYPE_CHECKING, Any, Self

from waitress.server import create_server
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from gateway.sandbox.faults import Fault, FaultKind, FaultScript, read_faults

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

Handler = Callable[..., Response]
"""Takes the request and the route's variables, returns the answer."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Arrival:
    """A request that arrived: what it asked for, what it was told, which fault hit it."""

    operation: str
    status: int
    fault: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Route:
    """One address of an emulator. ``operation`` reads the name a fault script uses from a request."""

    rule: str
    methods: tuple[str, ...]
    handler: Handler
    operation: Callable[[Request], str]


def named(name: str) -> Callable[[Request], str]:
    """Return an ``operation`` that is always called ``name``."""
    return lambda _request: name


class Emulator:
    """A WSGI application that answers its routes, obeys its fault script and remembers what arrived."""

    def __init__(self, name: str, routes: Iterable[Route], *, case_insensitive: bool = False) -> None:
        self.name = name
        self.faults = FaultScript()
        self._routes = tuple(routes)
        self._case_insensitive = case_insensitive
        self._log: list[Arrival] = []
        self._lock = Lock()
        self._map = Map([Rule(self._folded(r.rule), methods=r.methods, endpoint=r) for r in self._routes])

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request (PEP 3333)."""
        request = Request(environ)
        response = self._control(request) or self._serve(request)
        return response(environ, start_response)

    def arrivals(self) -> tuple[Arrival, ...]:
        """Return what arrived so far, oldest first."""
        with self._lock:
            return tuple(self._log)

    def _folded(self, path: str) -> str:
        if not self._case_insensitive:
            return path
        return "".join(part if part.startswith("<") else part.lower() for part in _split_variables(path))

    def _control(self, request: Request) -> Response | None:
        if request.path == "/_sandbox/faults" and request.method == "POST":
            try:
                self.faults.replace(read_faults(json.loads(request.get_data())))
            except (ValueError, KeyError, TypeError) as error:
                return json_answer({"error": str(error)}, status=400)
            return Response(status=204)
        if request.path == "/_sandbox/faults":
            return json_answer({"remaining": self.faults.remaining()})
        if request.path == "/_sandbox/log":
            return json_answer(
                [{"operation": a.operation, "status": a.status, "fault": a.fault} for a in self.arrivals()]
            )
        return None

    def _serve(self, request: Request) -> Response:
        path = request.path.lower() if self._case_insensitive else request.path
        try:
            route, variables = self._map.bind("sandbox").match(path, method=request.method)
            operation = route.operation(request)
            fault = self.faults.next_for(operation)
            response = self._answer(request, route, variables, fault)
        except HTTPException as error:
            operation, fault, response = request.path, None, Response(error.description, status=error.code)
        with self._lock:
            self._log.append(
                Arrival(operation=operation, status=response.status_code, fault=fault.kind if fault else "")
            )
        return response

    def _answer(self, request: Request, route: Route, variables: Mapping[str, Any], fault: Fault | None) -> Response:
        if fault is not None and fault.kind in _WITHOUT_EFFECT:
            return _WITHOUT_EFFECT[fault.kind]()
        response = route.handler(request, **variables)
        if fault is None:
            return response
        if fault.kind is FaultKind.DUPLICATE:
            return route.handler(request, **variables)
        if fault.kind is FaultKind.MALFORMED:
            body = response.get_data()
            return Response(body[: len(body) // 2], status=response.status_code, mimetype=response.mimetype)
        time.sleep(fault.seconds)
        return response


_WITHOUT_EFFECT: dict[FaultKind, Callable[[], Response]] = {
    FaultKind.REFUSE: lambda: Response("not now", status=503, headers={"Retry-After": "0"}),
    FaultKind.ERROR: lambda: Response("internal error", status=500, mimetype="text/plain"),
    # Much is promised and nothing sent: the client sees the connection break off.
    FaultKind.CLOSE: lambda: Response(iter(()), status=200, headers={"Content-Length": "1000000"}),
}


def _split_variables(path: str) -> list[str]:
    """Cut a rule into literal parts and ``<variables>``."""
    parts: list[str] = []
    rest = path
    while rest:
        start = rest.find("<")
        if start < 0:
            return [*parts, rest]
        end = rest.index(">", start) + 1
        parts += [rest[:start], rest[start:end]]
        rest = rest[end:]
    return parts


def json_answer(content: object, *, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """Return an answer of JSON in UTF-8."""
    return Response(
        json.dumps(content, ensure_ascii=False), status=status, mimetype="application/json", headers=headers
    )


class RunningServer:
    """A WSGI application served on a loopback port by a thread of this process, until closed."""

    def __init__(self, application: Callable[..., Any], *, host: str = "127.0.0.1", port: int = 0) -> None:
        self._server: Any = create_server(
            application,
            host=host,
            port=port,
            threads=8,
            ident="school-gateway-sandbox",
            clear_untrusted_proxy_headers=True,
        )
        self.host = host
        self.port: int = self._server.effective_port
        self._thread = Thread(target=self._server.run, name=f"sandbox-{self.port}", daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """Address of the server, without a slash at the end."""
        return f"http://{self.host}:{self.port}"

    def close(self) -> None:
        """Stop serving and free the port."""
        self._server.task_dispatcher.shutdown(timeout=1)
        with suppress(
            OSError
        ):  # the serving thread was awake by itself, has hung up already and taken the trigger along
            self._server.trigger.pull_trigger(self._hang_up)
        self._thread.join(timeout=5)

    def _hang_up(self) -> None:
        """Close every socket; runs in the serving thread, which would stumble over sockets closed behind its back."""
        for channel in list(self._server.active_channels.values()):
            channel.handle_close()
        self._server.close()

    def __enter__(self) -> Self:
        """Use as a context manager that closes at the end."""
        return self

    def __exit__(self, *_exc: object) -> None:
        """Close the server."""
        self.close()
