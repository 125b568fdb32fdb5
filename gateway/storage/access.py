"""Accounts, API clients and access tokens in the database."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    RowMapping,
    case,
    delete,
    func,
    insert,
    literal,
    null,
    or_,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from gateway.model.access import AccessGrant, ApiClient, ConsoleUser, Role, Scope
from gateway.model.ids import SchoolId, StaffId
from gateway.storage.tables.access import access_token, api_client, console_user
from gateway.storage.tables.columns import UtcDateTime
from outbox import reading


class SqlAccessDirectory:
    """Finds accounts, clients and tokens over all schools; every call is a short transaction of its own."""

    def __init__(self, engine: Engine) -> None:
        self._engine = reading(engine)

    def user(self, login: str) -> ConsoleUser | None:
        """Return the account with the login."""
        with self._engine.connect() as connection:
            row = connection.execute(select(console_user).where(console_user.c.login == login)).mappings().first()
        return _user(row) if row else None

    def client(self, client_id: str) -> ApiClient | None:
        """Return the client with the id."""
        with self._engine.connect() as connection:
            row = connection.execute(select(api_client).where(api_client.c.client_id == client_id)).mappings().first()
        return _client(row) if row else None

    def grant(self, token_sha256: str) -> AccessGrant | None:
        """Return what the token stands for, ``None`` also when its client has been disabled."""
        same_client = (api_client.c.school_id == access_token.c.school_id) & (
            api_client.c.client_id == access_token.c.client_id
        )
        statement = (
            select(access_token)
            .join(api_client, same_client)
            .where(access_token.c.token_sha256 == token_sha256, api_client.c.disabled.is_(False))
        )
        with self._engine.connect() as connection:
            row = connection.execute(statement).mappings().first()
        return _grant(row) if row else None


class SqlAccess:
    """Accounts, clients and tokens of one school."""

    def __init__(self, connection: Connection, school: SchoolId) -> None:
        self._connection = connection
        self._school = school

    def add_user(self, user: ConsoleUser) -> bool:
        """Keep a new account; ``False`` when the login is taken, here or in another school."""
        dialect = postgresql if self._connection.dialect.name == "postgresql" else sqlite
        added = self._connection.execute(
            dialect.insert(console_user)
            .values(
                school_id=self._school,
                login=user.login,
                role=user.role,
                password_hash=user.password_hash,
                must_change=user.must_change,
                created_at=user.created_at,
                failures=0,
                locked_until=user.locked_until,
                disabled=user.disabled,
                staff_id=user.staff,
                valid_from=user.valid_from,
                valid_to=user.valid_to,
            )
            .on_conflict_do_nothing()
            .returning(console_user.c.login)
        )
        return added.first() is not None

    def users(self) -> Sequence[ConsoleUser]:
        """Return all accounts, by login."""
        statement = select(console_user).where(console_user.c.school_id == self._school).order_by(console_user.c.login)
        return [_user(row) for row in self._connection.execute(statement).mappings()]

    def change_user(self, user: ConsoleUser) -> None:
        """Keep an account's role, person, time and whether it is disabled; its password stays."""
        self._connection.execute(
            update(console_user)
            .where(self._is_user(user.login))
            .values(
                role=user.role,
                staff_id=user.staff,
                valid_from=user.valid_from,
                valid_to=user.valid_to,
                disabled=user.disabled,
            )
        )

    def user_of(self, staff: StaffId) -> ConsoleUser | None:
        """Return the account of a member of staff, if there is one."""
        statement = select(console_user).where(
            console_user.c.school_id == self._school, console_user.c.staff_id == staff
        )
        row = self._connection.execute(statement).mappings().first()
        return _user(row) if row else None

    def close_of(self, staff: Collection[StaffId], *, at: datetime) -> Sequence[ConsoleUser]:
        """Disable the accounts of members of staff and end their sessions; return those that were not disabled yet."""
        open_ones = (
            (console_user.c.school_id == self._school)
            & console_user.c.staff_id.in_(sorted(staff))
            & console_user.c.disabled.is_(False)
        )
        statement = select(console_user).where(open_ones).order_by(console_user.c.login).with_for_update()
        found = [_user(row) for row in self._connection.execute(statement).mappings()]
        if found:
            closed = update(console_user).where(open_ones).values(disabled=True, sessions_ended_at=at)
            self._connection.execute(closed)
        return found

    def charge_attempt(self, login: str, *, now: datetime, limit: int, locked_until: datetime) -> int | None:
        """Count an attempt to sign in; ``None`` while the account is locked. One statement, so none is lost."""
        open_now = or_(console_user.c.locked_until.is_(None), console_user.c.locked_until <= now)
        after_lock = case((console_user.c.locked_until.is_(None), console_user.c.failures), else_=0)
        return self._connection.execute(
            update(console_user)
            .where(self._is_user(login), open_now)
            .values(
                failures=after_lock + 1,
                locked_until=case((after_lock + 1 >= limit, literal(locked_until, UtcDateTime())), else_=null()),
            )
            .returning(console_user.c.failures)
        ).scalar()

    def forgive_attempts(self, login: str) -> None:
        """Forget attempts and lock: the password was right."""
        self._connection.execute(update(console_user).where(self._is_user(login)).values(failures=0, locked_until=None))

    def set_password(self, login: str, password_hash: str, *, must_change: bool) -> None:
        """Replace the password and forget attempts and lock."""
        self._connection.execute(
            update(console_user)
            .where(self._is_user(login))
            .values(password_hash=password_hash, must_change=must_change, failures=0, locked_until=None)
        )

    def end_sessions(self, login: str, *, at: datetime) -> None:
        """Keep when the person signed out."""
        self._connection.execute(update(console_user).where(self._is_user(login)).values(sessions_ended_at=at))

    def add_client(self, client: ApiClient) -> None:
        """Keep a new client."""
        self._connection.execute(
            insert(api_client).values(
                school_id=self._school,
                client_id=client.client_id,
                name=client.name,
                secret_sha256=client.secret_sha256,
                scopes=sorted(client.scopes),
                created_at=client.created_at,
                disabled=client.disabled,
                secret_since=client.secret_since,
            )
        )

    def disable_client(self, client_id: str) -> bool:
        """Turn a client away from now on; ``False`` when there is no such client or it is disabled."""
        return self._change_client(client_id, {"disabled": True})

    def set_scopes(self, client_id: str, scopes: Collection[Scope]) -> bool:
        """Let a client do other things; ``False`` when there is no such client or it is disabled."""
        return self._change_client(client_id, {"scopes": sorted(scopes)})

    def clients(self) -> Sequence[ApiClient]:
        """Return all clients, the oldest first."""
        statement = (
            select(api_client)
            .where(api_client.c.school_id == self._school)
            .order_by(api_client.c.created_at, api_client.c.client_id)
        )
        return [_client(row) for row in self._connection.execute(statement).mappings()]

    def rotate_secret(self, client_id: str, secret_sha256: str, *, at: datetime, former_until: datetime) -> bool:
        """Give a client a new secret; the one it has stays good for a while. One statement, so none is lost."""
        former = {"former_secret_sha256": api_client.c.secret_sha256, "former_secret_until": former_until}
        return self._change_client(client_id, {**former, "secret_sha256": secret_sha256, "secret_since": at})

    def revoke_tokens(self, client_id: str) -> int:
        """Drop the client's former secret and all its tokens; return how many tokens that were."""
        self._connection.execute(
            update(api_client)
            .where(api_client.c.school_id == self._school, api_client.c.client_id == client_id)
            .values(former_secret_sha256=None, former_secret_until=None)
        )
        return self.drop_tokens(client_id)

    def drop_tokens(self, client_id: str) -> int:
        """Drop all tokens of a client; return how many that were."""
        dropped = self._connection.execute(
            delete(access_token).where(access_token.c.school_id == self._school, access_token.c.client_id == client_id)
        )
        return dropped.rowcount

    def token_counts(self, now: datetime) -> Mapping[str, int]:
        """Return how many tokens of each client are good at the moment."""
        statement = (
            select(access_token.c.client_id, func.count())
            .where(access_token.c.school_id == self._school, access_token.c.expires_at > now)
            .group_by(access_token.c.client_id)
        )
        return dict(tuple(row) for row in self._connection.execute(statement))

    def add_grant(self, grant: AccessGrant) -> None:
        """Keep a token and drop those of the same client that had expired when this one was issued."""
        self._connection.execute(
            delete(access_token).where(
                access_token.c.school_id == self._school,
                access_token.c.client_id == grant.client_id,
                access_token.c.expires_at <= grant.issued_at,
            )
        )
        self._connection.execute(
            insert(access_token).values(
                school_id=self._school,
                token_sha256=grant.token_sha256,
                client_id=grant.client_id,
                scopes=sorted(grant.scopes),
                issued_at=grant.issued_at,
                expires_at=grant.expires_at,
            )
        )

    def _change_client(self, client_id: str, values: Mapping[str, Any]) -> bool:
        changed = self._connection.execute(
            update(api_client)
            .where(
                api_client.c.school_id == self._school,
                api_client.c.client_id == client_id,
                api_client.c.disabled.is_(False),
            )
            .values(values)
            .returning(api_client.c.client_id)
        )
        return changed.first() is not None

    def _is_user(self, login: str) -> ColumnElement[bool]:
        return (console_user.c.school_id == self._school) & (console_user.c.login == login)


def _user(row: RowMapping) -> ConsoleUser:
    return ConsoleUser(
        school=SchoolId(row["school_id"]),
        login=row["login"],
        role=Role(row["role"]),
        password_hash=row["password_hash"],
        must_change=row["must_change"],
        created_at=row["created_at"],
        locked_until=row["locked_until"],
        disabled=row["disabled"],
        sessions_ended_at=row["sessions_ended_at"],
        staff=StaffId(row["staff_id"]) if row["staff_id"] else None,
        valid_from=row["valid_from"],
        valid_to=row["valid_to"],
    )


def _client(row: RowMapping) -> ApiClient:
    return ApiClient(
        school=SchoolId(row["school_id"]),
        client_id=row["client_id"],
        name=row["name"],
        secret_sha256=row["secret_sha256"],
        scopes=_scopes(row["scopes"]),
        created_at=row["created_at"],
        disabled=row["disabled"],
        secret_since=row["secret_since"],
        former_secret_sha256=row["former_secret_sha256"],
        former_secret_until=row["former_secret_until"],
    )


def _grant(row: RowMapping) -> AccessGrant:
    return AccessGrant(
        school=SchoolId(row["school_id"]),
        token_sha256=row["token_sha256"],
        client_id=row["client_id"],
        scopes=_scopes(row["scopes"]),
        issued_at=row["issued_at"],
        expires_at=row["expires_at"],
    )


def _scopes(names: list[str]) -> frozenset[Scope]:
    return frozenset(Scope(name) for name in names)
