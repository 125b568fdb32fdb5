"""The web service put together."""

from __future__ import annotations

from flask import Flask
from prometheus_client import CollectorRegistry
from werkzeug.routing import BaseConverter

from gateway.web.change_feed import changes_blueprint
from gateway.web.console import console_blueprint, error_page
from gateway.web.console.sessions import IDLE
from gateway.web.errors import install_error_handlers
from gateway.web.guards import GuardedView
from gateway.web.headers import install_security_headers
from gateway.web.health import health_blueprint
from gateway.web.journal import journal_blueprint
from gateway.web.oauth import oauth_blueprint
from gateway.web.observation import observe_requests
from gateway.web.oneroster import ONEROSTER, oneroster_blueprint, status_info
from gateway.web.portal import portal_blueprint
from gateway.web.records import records_blueprint
from gateway.web.roster import roster_blueprint
from gateway.web.schemas import schemas_blueprint
from gateway.web.services import WebServices

_SELF_GUARDED = frozenset({"console"})
"""Blueprints whose pages stand behind a guard of the blueprint's own (a session instead of a token)."""


class NameConverter(BaseConverter):
    """A name in an address: 1 to 64 characters, none of them a slash or a control character."""

    regex = r"[^\x00-\x1f\x7f]{1,64}"
    part_isolating = True


def create_web(services: WebServices) -> Flask:
    """Return the web service as a WSGI application.

    Raises:
        TypeError: a route was added without a guard.
    """
    app = Flask("gateway.web", static_folder=None)
    app.config.update(
        SECRET_KEY=services.secret_key,
        SESSION_COOKIE_NAME="gateway",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=services.secure_cookies,
        PERMANENT_SESSION_LIFETIME=IDLE,
        MAX_CONTENT_LENGTH=services.max_body_bytes,
        PROVIDE_AUTOMATIC_OPTIONS=False,
        TRAP_HTTP_EXCEPTIONS=False,
    )
    app.json.ensure_ascii = False  # type: ignore[attr-defined]  # an attribute of Flask's own provider
    app.url_map.converters["name"] = NameConverter
    registry = CollectorRegistry()
    install_error_handlers(app, error_page, services.explain, {ONEROSTER: status_info})
    observe_requests(app, services, registry)
    install_security_headers(app)
    for blueprint in (
        oauth_blueprint(services),
        journal_blueprint(services),
        changes_blueprint(services),
        records_blueprint(services),
        schemas_blueprint(services),
        roster_blueprint(services),
        portal_blueprint(services),
        oneroster_blueprint(services),
        health_blueprint(services, registry),
        console_blueprint(services.console),
    ):
        app.register_blueprint(blueprint)
    _refuse_unguarded(app)
    return app


def _refuse_unguarded(app: Flask) -> None:
    unguarded = [
        endpoint
        for endpoint, view in app.view_functions.items()
        if not isinstance(view, GuardedView) and endpoint.partition(".")[0] not in _SELF_GUARDED
    ]
    if unguarded:
        raise TypeError(f"routes without a guard: {', '.join(sorted(unguarded))}")
