"""Tokens for programs: ``POST /oauth/token``, client credentials only (RFC 6749, 4.4).

Errors here have the form that RFC 6749, 5.2 gives them, not the problem form of the other addresses.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import unquote_plus

import structlog
from flask import Blueprint, Response, jsonify, request

from gateway.model.access import ApiClient, Scope
from gateway.web.guards import Anybody, add_route, authorization
from gateway.web.services import WebServices

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Presented:
    """What a client says to be and the secret it shows."""

    client_id: str
    secret: str = field(repr=False)


def oauth_blueprint(services: WebServices) -> Blueprint:
    """Return the token endpoint."""
    blueprint = Blueprint("oauth", __name__, url_prefix="/oauth")
    add_route(blueprint, "/token", TokenEndpoint(services).issue_token, guard=Anybody(), method="POST")
    return blueprint


class TokenEndpoint:
    """Changes client credentials into a bearer token."""

    def __init__(self, services: WebServices) -> None:
        self._clients = services.clients

    def issue_token(self) -> Response:
        """Answer a token request."""
        if any(len(values) > 1 for _, values in request.form.lists()):
            return _error("invalid_request", "a parameter is repeated")
        client = self._client()
        if client is None:
            return _invalid_client()
        if request.form.get("grant_type") != "client_credentials":
            return _error("unsupported_grant_type", "only client_credentials is supported")
        try:
            wanted = frozenset(Scope(name) for name in request.form.get("scope", "").split())
        except ValueError:
            return _error("invalid_scope", "unknown scope")
        issued = self._clients.issue(client, wanted)
        if issued is None:
            return _error("invalid_scope", "the client does not have this scope")
        _log.info("token.issued", client=client.client_id)
        return _answer(
            {
                "access_token": issued.token,
                "token_type": "Bearer",
                "expires_in": int(issued.life.total_seconds()),
                "scope": " ".join(sorted(issued.scopes)),
            }
        )

    def _client(self) -> ApiClient | None:
        presented = _presented()
        return self._clients.authenticate(presented.client_id, presented.secret) if presented else None


def _presented() -> _Presented | None:
    """Read the credentials from the Basic header or else from the body, not from both (RFC 6749, 2.3.1)."""
    basic, form = authorization(), request.form
    if basic is None:
        found = _Presented(client_id=form.get("client_id", ""), secret=form.get("client_secret", ""))
    elif basic.type == "basic" and "client_secret" not in form:
        found = _Presented(client_id=unquote_plus(basic.username or ""), secret=unquote_plus(basic.password or ""))
    else:
        return None
    return found if found.client_id.isprintable() else None


def _answer(content: dict[str, object], *, status: HTTPStatus = HTTPStatus.OK) -> Response:
    response = jsonify(content)
    response.status_code = status
    response.headers["Cache-Control"] = "no-store"
    response.headers["Pragma"] = "no-cache"
    return response


def _error(code: str, description: str) -> Response:
    return _answer({"error": code, "error_description": description}, status=HTTPStatus.BAD_REQUEST)


def _invalid_client() -> Response:
    response = _answer({"error": "invalid_client"}, status=HTTPStatus.UNAUTHORIZED)
    response.headers["WWW-Authenticate"] = 'Basic realm="school-gateway"'
    return response
