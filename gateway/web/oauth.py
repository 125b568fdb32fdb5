"""Tokens for programs: ``POST /oauth/token``, client credentials only (RFC 6749, 4.4), by Authlib's server.

Errors here have the form that RFC 6749, 5.2 gives them, not the problem form of the other addresses. What Authlib
leaves to its user, or does in a way that tells too much, is said at the methods that replace it (ADR 0008).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import unquote_plus

import structlog
from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.integrations.flask_oauth2.requests import FlaskOAuth2Payload, FlaskOAuth2Request
from authlib.oauth2.rfc6749 import ClientMixin, OAuth2Error, OAuth2Request
from authlib.oauth2.rfc6749.errors import (
    InvalidClientError,
    InvalidRequestError,
    InvalidScopeError,
    UnsupportedGrantTypeError,
)
from authlib.oauth2.rfc6749.grants import ClientCredentialsGrant
from flask import Blueprint, Response, request
from werkzeug.datastructures import ImmutableMultiDict

from gateway.access.clients import Clients
from gateway.access.rates import Knock
from gateway.model.access import ApiClient, Scope
from gateway.web.guards import Anybody, add_route, authorization
from gateway.web.services import WebServices

_log = structlog.get_logger(__name__)

_AUTH_METHOD = "client_secret"
_BEHIND_TLS = "https://gateway/oauth/token"


def oauth_blueprint(services: WebServices) -> Blueprint:
    """Return the token endpoint."""
    blueprint = Blueprint("oauth", __name__, url_prefix="/oauth")
    add_route(blueprint, "/token", TokenEndpoint(services.clients).issue_token, guard=Anybody(), method="POST")
    return blueprint


class TokenEndpoint:
    """Changes client credentials into a bearer token."""

    def __init__(self, clients: Clients) -> None:
        self._clients = clients
        self._server = _TokenServer(clients)

    def issue_token(self) -> Response:
        """Answer a token request; an address that asks too often is turned away (R-SEC-07)."""
        self._clients.charge(Knock.TOKEN, request.remote_addr or "")
        response: Any = self._server.create_token_response()  # the Flask integration's: a response of Flask
        return cast("Response", response)


class _Form(FlaskOAuth2Payload):
    """The parameters of the body: those of an address are logged on the way (RFC 6749, 2.3.1)."""

    @property
    def data(self) -> ImmutableMultiDict[str, str]:  # type: ignore[override]  # less than Authlib's: that is the point
        """The form."""
        return request.form


class _TokenRequest(FlaskOAuth2Request):
    """A token request as Authlib reads it.

    Authlib refuses an address without HTTPS. TLS ends at the proxy in front, so the address here never has it.
    """

    def __init__(self) -> None:
        OAuth2Request.__init__(self, request.method, _BEHIND_TLS, headers=dict(request.headers))
        self._request = request
        self.payload = _Form(request)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Client(ClientMixin):
    """A client that has shown its secret."""

    known: ApiClient

    def check_grant_type(self, grant_type: str) -> bool:
        """Tell whether the client may use the grant: there is only one."""
        return grant_type == ClientCredentialsGrant.GRANT_TYPE

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:  # noqa: ARG002  Authlib's signature
        """Tell whether the client may show itself in this way: there is only one."""
        return method == _AUTH_METHOD


class _ClientCredentials(ClientCredentialsGrant):
    """The grant, with scopes held against those of the client and without the token in the log."""

    TOKEN_ENDPOINT_AUTH_METHODS = (_AUTH_METHOD,)
    request: _TokenRequest

    def validate_token_request(self) -> None:
        """Look at the request; a parameter that is repeated is refused (RFC 6749, 3.2)."""
        if any(len(values) > 1 for values in self.request.payload.datalist.values()):
            raise InvalidRequestError(description="a parameter is repeated")
        super().validate_token_request()

    def validate_requested_scope(self) -> None:
        """Refuse a scope that is unknown, or that the client does not have (RFC 6749, 5.2)."""
        try:
            wanted = _scopes(self.request.payload.scope)
        except ValueError as error:
            raise InvalidScopeError(description="unknown scope") from error
        if not wanted <= self.client.known.scopes:
            raise InvalidScopeError(description="the client does not have this scope")

    def create_token_response(self) -> tuple[int, dict[str, str | int], Collection[tuple[str, str]]]:  # type: ignore[override]  # what Authlib's own returns too
        """Return a token; Authlib's own method writes it to the debug log."""
        token = self.generate_token(scope=self.request.payload.scope, include_refresh_token=False)
        _log.info("token.issued", client=self.client.known.client_id)
        return 200, token, self.TOKEN_RESPONSE_HEADER


class _TokenServer(AuthorizationServer):
    """Authlib's server over our clients."""

    def __init__(self, clients: Clients) -> None:
        super().__init__()
        self._clients = clients
        self.register_grant(_ClientCredentials)
        self.register_client_auth_method(_AUTH_METHOD, self._authenticated)
        self.register_token_generator("default", self._issued)  # type: ignore[arg-type]  # any callable does

    def create_oauth2_request(self, _request: object) -> _TokenRequest:
        """Return the present request."""
        return _TokenRequest()

    def handle_error_response(self, request: OAuth2Request, error: OAuth2Error) -> Any:
        """Answer an error; what the request says is not repeated in it (RFC 6749, 5.2: no quotes, ASCII only)."""
        if isinstance(error, UnsupportedGrantTypeError):
            error = _OtherGrantType()
        return super().handle_error_response(request, error)

    def _authenticated(self, _query_client: object, _request: OAuth2Request) -> _Client:
        """Return who comes.

        Authlib's own methods tell an unknown client apart from a wrong secret, in the answer and by the time it takes,
        and meet a Basic header that is not UTF-8 with an exception of Python's.
        """
        presented = _presented()
        known = self._clients.authenticate(presented.client_id, presented.secret) if presented else None
        if known is None:
            raise _WrongClient
        return _Client(known=known)

    def _issued(self, *, client: _Client, scope: str | None, **_: Any) -> dict[str, str | int]:
        """Return a token, which is kept already (`Clients.issue`): there is nothing for ``save_token`` to do."""
        issued = self._clients.issue(client.known, _scopes(scope))
        if issued is None:  # the grant has looked before
            raise InvalidScopeError(description="the client does not have this scope")
        return {
            "access_token": issued.token,
            "token_type": "Bearer",
            "expires_in": int(issued.life.total_seconds()),
            "scope": " ".join(sorted(issued.scopes)),
        }


class _WrongClient(InvalidClientError):
    """One answer for a client that is unknown, disabled, or shows a wrong secret or none."""

    def __init__(self) -> None:
        super().__init__(status_code=401)

    def get_headers(self) -> list[tuple[str, str]]:
        """Add the challenge with a realm (RFC 7617, 2), which Authlib's has not."""
        return [*OAuth2Error.get_headers(self), ("WWW-Authenticate", 'Basic realm="school-gateway"')]


class _OtherGrantType(OAuth2Error):
    error = "unsupported_grant_type"
    description = "only client_credentials is supported"


@dataclass(frozen=True, kw_only=True, slots=True)
class _Presented:
    """What a client says to be and the secret it shows."""

    client_id: str
    secret: str = field(repr=False)


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


def _scopes(text: str | None) -> frozenset[Scope]:
    return frozenset(Scope(name) for name in (text or "").split())
