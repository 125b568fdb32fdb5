"""Programs at the HTTP interfaces: client credentials in, short-lived bearer tokens out (RFC 6749, 4.4; RFC 6750).

Only the decisions are here; the HTTP side of them is ``web/oauth.py`` (Authlib's server) and ``web/guards.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from hmac import compare_digest

from gateway.access.rates import Knock, Rates
from gateway.access.secrets import random_secret, secret_digest
from gateway.errors import GatewayError, Text
from gateway.model.access import AccessGrant, ApiClient, Caller, Scope
from gateway.model.audit import AuditRecord
from gateway.model.ids import SchoolId
from gateway.ports.access import AccessDirectory, AccessUnit
from gateway.ports.frame import Clock, NewId, Units

TOKEN_LIFE = timedelta(minutes=30)
"""How long an access token is good for, unless the installation says otherwise."""

SECRET_GRACE = timedelta(days=7)
"""How long a client's former secret stays good beside the new one."""


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
class ListedClient:
    """A client as its school's administrator sees it, and how many good tokens it holds."""

    client: ApiClient
    tokens: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Clients:
    """The flows around API clients.

    Attributes:
        new_secret: makes secrets and tokens.
        token_life: how long a token is good for.
        rates: turns clients away who come too often; ``None`` = nobody.
    """

    units: Callable[[SchoolId], Units[AccessUnit]]
    directory: AccessDirectory
    clock: Clock
    new_id: NewId
    new_secret: Callable[[], str] = field(default=random_secret, repr=False)
    token_life: timedelta = TOKEN_LIFE
    rates: Rates | None = None

    def add(self, school: SchoolId, name: str, scopes: Iterable[Scope], *, by: str) -> Credentials:
        """Add a client that acts for the school and return its credentials."""
        credentials = Credentials(client_id=self.new_id(), secret=self.new_secret())
        now = self.clock()
        client = ApiClient(
            school=school,
            client_id=credentials.client_id,
            name=name,
            secret_sha256=secret_digest(credentials.secret),
            scopes=frozenset(scopes),
            created_at=now,
            secret_since=now,
        )
        with self.units(school)() as unit:
            unit.access.add_client(client)
            unit.audit.append([self._record(by, "client.added", client.client_id, new=_described(client))])
        return credentials

    def disable(self, school: SchoolId, client_id: str, *, by: str, reason: str = "") -> bool:
        """Turn a client away from now on, with every token it holds; ``False`` when there is none to turn away."""
        with self.units(school)() as unit:
            disabled = unit.access.disable_client(client_id)
            if disabled:
                unit.audit.append([self._record(by, "client.disabled", client_id, reason=reason)])
        return disabled

    def rotate(
        self, school: SchoolId, client_id: str, *, grace: timedelta = SECRET_GRACE, by: str, reason: str = ""
    ) -> str:
        """Return a client's new secret, shown now and never again.

        The secret that it has stays good for ``grace`` beside the new one; one that was former before is out at once.

        Raises:
            GatewayError: ``access.client_unknown``: there is no such client, or it is disabled.
        """
        secret, now = self.new_secret(), self.clock()
        with self.units(school)() as unit:
            rotated = unit.access.rotate_secret(client_id, secret_digest(secret), at=now, former_until=now + grace)
            if not rotated:
                raise _client_unknown()
            until = {"former_secret_until": (now + grace).isoformat()}
            unit.audit.append([self._record(by, "client.secret_rotated", client_id, new=until, reason=reason)])
        return secret

    def set_scopes(
        self, school: SchoolId, client_id: str, scopes: Iterable[Scope], *, by: str, reason: str = ""
    ) -> None:
        """Let a client do other things from now on; its tokens, which allow the former things, are taken away.

        Raises:
            GatewayError: ``access.client_unknown``: there is no such client, or it is disabled.
        """
        allowed = frozenset(scopes)
        with self.units(school)() as unit:
            known = next((one for one in unit.access.clients() if one.client_id == client_id), None)
            if known is None or not unit.access.set_scopes(client_id, allowed):
                raise _client_unknown()
            unit.access.drop_tokens(client_id)
            old, new = _described(known), _described(replace(known, scopes=allowed))
            unit.audit.append([self._record(by, "client.scopes_changed", client_id, old=old, new=new, reason=reason)])

    def revoke(self, school: SchoolId, client_id: str, *, by: str, reason: str = "") -> int:
        """Take a client's tokens and its former secret away and return how many tokens; it may ask for new ones."""
        with self.units(school)() as unit:
            revoked = unit.access.revoke_tokens(client_id)
            unit.audit.append(
                [self._record(by, "client.tokens_revoked", client_id, new={"tokens": revoked}, reason=reason)]
            )
        return revoked

    def listed(self, school: SchoolId) -> list[ListedClient]:
        """Return the clients of a school, the oldest first."""
        with self.units(school)() as unit:
            counts = unit.access.token_counts(self.clock())
            return [
                ListedClient(client=client, tokens=counts.get(client.client_id, 0)) for client in unit.access.clients()
            ]

    def authenticate(self, client_id: str, secret: str) -> ApiClient | None:
        """Return the client if the secret is its own; ``None`` alike for an unknown, disabled or wrong one."""
        client = self.directory.client(client_id)
        shown, now = secret_digest(secret), self.clock()
        known = [client.secret_sha256] if client else []
        if client and client.former_secret_sha256 and client.former_secret_until and now < client.former_secret_until:
            known.append(client.former_secret_sha256)
        right = any(compare_digest(shown, digest) for digest in known or [secret_digest("")])
        return client if client is not None and right and not client.disabled else None

    def issue(self, client: ApiClient, wanted: frozenset[Scope]) -> IssuedToken | None:
        """Return a token with the scopes wanted (all of the client's when none is named), kept as a digest only.

        ``None`` when a scope is wanted that the client does not have (RFC 6749, 5.2: ``invalid_scope``).
        """
        scopes = wanted or client.scopes
        if not scopes <= client.scopes:
            return None
        issued = IssuedToken(token=self.new_secret(), scopes=scopes, life=self.token_life)
        now = self.clock()
        grant = AccessGrant(
            school=client.school,
            token_sha256=secret_digest(issued.token),
            client_id=client.client_id,
            scopes=scopes,
            issued_at=now,
            expires_at=now + self.token_life,
        )
        with self.units(client.school)() as unit:
            unit.access.add_grant(grant)
        return issued

    def caller(self, token: str) -> Caller | None:
        """Return who comes with the token; ``None`` when it is unknown, expired or its client disabled.

        Raises:
            TransientError: ``access.too_many_requests``: the client comes too often.
        """
        grant = self.directory.grant(secret_digest(token))
        if grant is None or grant.expires_at <= self.clock():
            return None
        self.charge(Knock.API, grant.client_id)
        return Caller(client_id=grant.client_id, school=grant.school, scopes=grant.scopes)

    def charge(self, knock: Knock, caller: str) -> None:
        """Count a request of a caller.

        Raises:
            TransientError: ``access.too_many_requests``.
        """
        if self.rates is not None:
            self.rates.charge(knock, caller)

    def _record(
        self,
        actor: str,
        action: str,
        client_id: str,
        *,
        old: Mapping[str, object] | None = None,
        new: Mapping[str, object] | None = None,
        reason: str = "",
    ) -> AuditRecord:
        return AuditRecord(
            at=self.clock(),
            actor=actor,
            role="administrator",
            channel="access",
            action=action,
            object_kind="api_client",
            object_id=client_id,
            old=dict(old) if old else None,
            new=dict(new) if new else None,
            reason=reason,
        )


def _described(client: ApiClient) -> dict[str, object]:
    return {"name": client.name, "scopes": sorted(client.scopes)}


def _client_unknown() -> GatewayError:
    return GatewayError(
        "access.client_unknown",
        Text(
            ru="В школе нет такой программы, или она отключена.", en="The school has no such client, or it is disabled."
        ),
        rule="R-SEC-01",
    )
