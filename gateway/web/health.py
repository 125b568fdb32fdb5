"""For whoever watches over the service: ``/live``, ``/ready``, ``/metrics``, ``/openapi.json``. No personal data."""

from __future__ import annotations

from http import HTTPStatus

import structlog
from flask import Blueprint, Response, jsonify, request
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from gateway.web.description import openapi_at
from gateway.web.guards import Anybody, add_route
from gateway.web.services import Check, WebServices

_log = structlog.get_logger(__name__)


def health_blueprint(services: WebServices, registry: CollectorRegistry) -> Blueprint:
    """Return the addresses for watchers."""
    blueprint = Blueprint("health", __name__)
    views = HealthViews(services, registry)
    for rule, view in (
        ("/live", views.live),
        ("/ready", views.ready),
        ("/metrics", views.metrics),
        ("/openapi.json", views.description),
    ):
        add_route(blueprint, rule, view, guard=Anybody())
    return blueprint


class HealthViews:
    """The views for watchers."""

    def __init__(self, services: WebServices, registry: CollectorRegistry) -> None:
        self._services = services
        self._registry = registry

    def live(self) -> Response:
        """Tell that the process answers at all."""
        return jsonify({"status": "live"})

    def ready(self) -> Response:
        """Tell whether everything that a request needs is there; 503 where it is not."""
        found = {name: _holds(name, check) for name, check in self._services.checks.items()}
        ready = all(found.values())
        response = jsonify({"status": "ready" if ready else "not ready", "checks": found})
        response.status_code = HTTPStatus.OK if ready else HTTPStatus.SERVICE_UNAVAILABLE
        return response

    def metrics(self) -> Response:
        """Tell the figures of this process, and the depth of the queue."""
        return Response(generate_latest(self._registry), content_type=CONTENT_TYPE_PLAIN_0_0_4)

    def description(self) -> Response:
        """Describe the API in machine-readable form (OpenAPI 3.1)."""
        return jsonify(openapi_at(request.url_root))


def _holds(name: str, check: Check) -> bool:
    try:
        return check()
    except Exception as error:  # noqa: BLE001  a check may fail in any way its library knows; that is its answer
        _log.warning("check.failed", check=name, kind=type(error).__name__)
        return False
