"""Who may enter a route: nobody, unless the route says so.

A route of the API is added with `add_route`, which asks for a guard; ``application`` refuses to start with a route
that has none. Bearer tokens are RFC 6750.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Protocol

from flask import Blueprint, g, request
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import Authorization

from gateway.access.clients import Clients
from gateway.errors import Text
from gateway.model.access import Caller, Scope
from gateway.model.pupil_data import Actor
from gateway.web.errors import RequestRefused

View = Callable[..., ResponseReturnValue]

_MOST_SOURCE = 64
_REALM = 'Bearer realm="school-gateway"'


class Guard(Protocol):
    """Lets a request in or raises; ``scope`` is what its token must allow, ``None`` where anybody may enter."""

    @property
    def scope(self) -> Scope | None:
        """The scope asked for."""
        ...

    def __call__(self) -> None:
        """Look at the request."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Anybody:
    """Lets everybody in."""

    scope: None = None

    def __call__(self) -> None:
        """Ask nothing."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Bearer:
    """Lets in who brings a valid token with the scope, and keeps who that is for `caller`."""

    clients: Clients
    scope: Scope

    def __call__(self) -> None:
        """Raise `RequestRefused`: 401 without a valid token, 403 without the scope (RFC 6750, 3.1)."""
        let_in(self.clients, self.scope)


def let_in(clients: Clients, scope: Scope, *others: Scope) -> None:
    """Keep who comes with the request for `caller`, if the token allows the scope or one of the others.

    Raises:
        RequestRefused: 401 without a valid token, 403 without any of the scopes (RFC 6750, 3.1); the first is named.
    """
    presented = authorization()
    if presented is None or presented.type != "bearer" or not presented.token:
        raise _unauthorized(_REALM)
    known = clients.caller(presented.token)
    if known is None:
        raise _unauthorized(f'{_REALM}, error="invalid_token"')
    if known.scopes.isdisjoint({scope, *others}):
        raise insufficient(scope)
    g.caller = known


@dataclass(frozen=True, kw_only=True, slots=True)
class GuardedView:
    """A view behind its guard."""

    guard: Guard
    view: View

    def __call__(self, **variables: Any) -> ResponseReturnValue:
        """Let in and answer."""
        self.guard()
        return self.view(**variables)


def add_route(
    blueprint: Blueprint, rule: str, view: View, *, guard: Guard, method: str = "GET", name: str | None = None
) -> None:
    """Add one method of one address, with its guard; without a ``name`` it has that of the view."""
    blueprint.add_url_rule(rule, name or view.__name__, GuardedView(guard=guard, view=view), methods=[method])


def authorization() -> Authorization | None:
    """Return what the request shows to be let in, ``None`` also where the header cannot be read."""
    try:
        return request.authorization
    except ValueError:  # Werkzeug's, for bytes beyond ASCII where Base64 should be
        return None


def caller() -> Caller:
    """Return the program behind the request, in a view behind `Bearer`."""
    known: Caller = g.caller
    return known


def actor() -> Actor:
    """Return the program behind the request and its address, as the audit and the log of looks keep them."""
    return Actor(client=caller().client_id, source=(request.remote_addr or "")[:_MOST_SOURCE])


def _unauthorized(challenge: str) -> RequestRefused:
    return RequestRefused(
        HTTPStatus.UNAUTHORIZED,
        "access.token_invalid",
        Text(
            ru="Токен доступа отсутствует, неизвестен или истёк. Получите новый по адресу /oauth/token.",
            en="The access token is missing, unknown or expired. Get a new one at /oauth/token.",
        ),
        rule="R-SEC-01",
        headers={"WWW-Authenticate": challenge},
    )


def insufficient(scope: Scope) -> RequestRefused:
    """Return the refusal of a token that does not have a scope (RFC 6750, 3.1)."""
    return RequestRefused(
        HTTPStatus.FORBIDDEN,
        "access.scope_missing",
        Text(
            ru=f"Токен не даёт права «{scope}»; его выдаёт координатор школы.",
            en=f"The token does not allow '{scope}'; the school's coordinator grants it.",
        ),
        rule="R-SEC-01",
        headers={"WWW-Authenticate": f'{_REALM}, error="insufficient_scope", scope="{scope}"'},
    )
