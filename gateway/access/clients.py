"""Programs at the HTTP interfaces: client credentials in, short-lived bearer tokens out (RFC 6749, 4.4; RFC 6750).

Only the decisions are here; the HTTP side of them is ``web/oauth.py`` and ``web/guards.py``. Authlib's server
(1.9) was weighed and left out: it writes every issued token to the debug log, tells an unknown client apart from a
wrong secret, and meets a Basic header that is not UTF-8 with an exception; one grant without it is short.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from hmac import compare_digest

from gateway.access.secrets import random_secret, secret_digest
from gateway.model.access import AccessGrant, ApiClient, Caller, Scope
from gateway.model.audit import AuditRecord
from gateway.model.ids import SchoolId
from gateway.ports.access import AccessDirectory, AccessUnit
from gateway.ports.frame import Clock, NewId, Units

TOKEN_LIFE = timedelta(minutes=30)
"""How long an access token is good for."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Credentials:
    """A new client's id and secret; the secret is shown now and never again."""

    client_id: str
    secret: str = field(repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class IssuedToken:
    """A token to be handed to the client (RFC 6749, 5.1)."""

    token: str = field(repr=False)
    scopes: frozenset[Scope]
    life: timedelta


@dataclass(frozen=True, kw_only=True, slots=True)
class Clients:
    """The flows around API clients; ``new_secret`` makes secrets and tokens."""

    units: Callable[[SchoolId], Units[AccessUnit]]
    directory: AccessDirectory
    clock: Clock
    new_id: NewId
    new_secret: Callable[[], str] = field(default=random_secret, repr=False)

    def add(self, school: SchoolId, name: str, scopes: Iterable[Scope], *, by: str) -> Credentials:
        """Add a client that acts for the school and return its credentials."""
        credentials = Credentials(client_id=self.new_id(), secret=self.new_secret())
        client = ApiClient(
            school=school,
            client_id=credentials.client_id,
            name=name,
            secret_sha256=secret_digest(credentials.secret),
            scopes=frozenset(scopes),
            created_at=self.clock(),
        )
        with self.units(school)() as unit:
            unit.access.add_client(client)
            unit.audit.append([self._record(by, "client.added", client.client_id, new=_described(client))])
        return credentials

    def disable(self, school: SchoolId, client_id: str, *, by: str) -> bool:
        """Turn a client away from now on, with every token it holds; ``False`` when there is none to turn away."""
        with self.units(school)() as unit:
            disabled = unit.access.disable_client(client_id)
            if disabled:
                unit.audit.append([self._record(by, "client.disabled", client_id)])
        return disabled

    def authenticate(self, client_id: str, secret: str) -> ApiClient | None:
        """Return the client if the secret is its own; ``None`` alike for an unknown, disabled or wrong one."""
        client = self.directory.client(client_id)
        right = compare_digest(secret_digest(secret), client.secret_sha256 if client else secret_digest(""))
        return client if client is not None and right and not client.disabled else None

    def issue(self, client: ApiClient, wanted: frozenset[Scope]) -> IssuedToken | None:
        """Return a token with the scopes wanted (all of the client's when none is named), kept as a digest only.

        ``None`` when a scope is wanted that the client does not have (RFC 6749, 5.2: ``invalid_scope``).
        """
        scopes = wanted or client.scopes
        if not scopes <= client.scopes:
            return None
        issued = IssuedToken(token=self.new_secret(), scopes=scopes, life=TOKEN_LIFE)
        now = self.clock()
        grant = AccessGrant(
            school=client.school,
            token_sha256=secret_digest(issued.token),
            client_id=client.client_id,
            scopes=scopes,
            issued_at=now,
            expires_at=now + TOKEN_LIFE,
        )
        with self.units(client.school)() as unit:
            unit.access.add_grant(grant)
        return issued

    def caller(self, token: str) -> Caller | None:
        """Return who comes with the token; ``None`` when it is unknown, expired or its client disabled."""
        grant = self.directory.grant(secret_digest(token))
        if grant is None or grant.expires_at <= self.clock():
            return None
        return Caller(client_id=grant.client_id, school=grant.school, scopes=grant.scopes)

    def _record(self, actor: str, action: str, client_id: str, *, new: dict[str, object] | None = None) -> AuditRecord:
        return AuditRecord(
            at=self.clock(),
            actor=actor,
            role="administrator",
            channel="access",
            action=action,
            object_kind="api_client",
            object_id=client_id,
            new=new,
        )


def _described(client: ApiClient) -> dict[str, object]:
    return {"name": client.name, "scopes": sorted(client.scopes)}
