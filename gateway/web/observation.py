"""What is known of every request afterwards: a number, a log line, a metric. Never its content."""

from __future__ import annotations

import re
import time

import structlog
from flask import Flask, Response, g, request
from prometheus_client import CollectorRegistry, Counter, Histogram

from gateway.web.services import WebServices

_log = structlog.get_logger(__name__)
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def observe_requests(app: Flask, services: WebServices, registry: CollectorRegistry) -> None:
    """Number, log and count every request of the application.

    The number is the caller's ``X-Request-Id`` where that is a sensible one, and goes back in the same header. A log
    line and a label hold the route, never the address: ids of people stand in addresses.
    """
    requests = Counter("gateway_http_requests", "Requests answered", ("method", "route", "status"), registry=registry)
    seconds = Histogram("gateway_http_request_seconds", "Time to answer", ("route",), registry=registry)
    registry.register(services.queue_figures)

    def begin() -> None:
        g.started = time.perf_counter()
        offered = request.headers.get("X-Request-Id", "")
        g.request_id = offered if _REQUEST_ID.fullmatch(offered) else services.new_id()
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request=g.request_id)

    def end(response: Response) -> Response:
        route = request.url_rule.rule if request.url_rule else "(none)"
        method = request.method if request.method in _METHODS else "(other)"
        elapsed = time.perf_counter() - g.started
        requests.labels(method, route, str(response.status_code)).inc()
        seconds.labels(route).observe(elapsed)
        _log.info("request", method=method, route=route, status=response.status_code, seconds=round(elapsed, 4))
        response.headers["X-Request-Id"] = g.request_id
        return response

    app.before_request(begin)
    app.after_request(end)
