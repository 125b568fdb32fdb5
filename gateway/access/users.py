"""Accounts of the console: adding one, signing in with lock-out, changing the password."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from gateway.access.passwords import Passwords
from gateway.access.secrets import one_time_password
from gateway.errors import GatewayError, Party, RuleViolation, Text
from gateway.model.access import ConsoleUser, Role
from gateway.model.audit import AuditRecord
from gateway.model.ids import SchoolId
from gateway.ports.access import AccessDirectory, AccessUnit
from gateway.ports.frame import Clock, Units

MAX_FAILURES = 5
"""The failed attempt that locks an account (R-SEC-07)."""

LOCK_TIME = timedelta(minutes=15)
"""How long a locked account accepts no password at all, not even the right one."""

MIN_PASSWORD_LENGTH = 12
"""Shortest password a person may choose, in characters."""

MAX_PASSWORD_LENGTH = 200
"""Longest password looked at, in characters: hashing a huge one would be a way to keep the machine busy."""

MAX_LOGIN_LENGTH = 64

_CHANNEL = "access"


@dataclass(frozen=True, kw_only=True, slots=True)
class Users:
    """The flows around accounts; ``new_password`` makes one-time passwords."""

    units: Callable[[SchoolId], Units[AccessUnit]]
    directory: AccessDirectory
    passwords: Passwords
    clock: Clock
    new_password: Callable[[], str] = field(default=one_time_password, repr=False)

    def add(self, school: SchoolId, login: str, role: Role, *, by: str) -> str:
        """Add an account and return its one-time password, which is shown now and never again.

        Raises:
            GatewayError: the login is taken or unusable (``access.login_taken``, ``access.login_invalid``).
        """
        if not _can_be_login(login):
            raise _login_invalid()
        password = self.new_password()
        now = self.clock()
        user = ConsoleUser(
            school=school,
            login=login,
            role=role,
            password_hash=self.passwords.hash(password),
            must_change=True,
            created_at=now,
        )
        with self.units(school)() as unit:
            if not unit.access.add_user(user):
                raise _login_taken()
            unit.audit.append([_record(now, by, "user.added", login, new={"role": role.value})])
        return password

    def reset(self, school: SchoolId, login: str, *, by: str) -> str:
        """Give an account a new one-time password and return it; whoever is signed in with the old one is out.

        Raises:
            GatewayError: the school has no such account (``access.login_unknown``).
        """
        known = self.directory.user(login)
        if known is None or known.school != school:
            raise _login_unknown()
        password = self.new_password()
        password_hash = self.passwords.hash(password)
        with self.units(school)() as unit:
            unit.access.set_password(login, password_hash, must_change=True)
            unit.audit.append([_record(self.clock(), by, "user.password_reset", login)])
        return password

    def sign_in(self, login: str, password: str) -> ConsoleUser | None:
        """Return the account if the password is right, ``None`` otherwise.

        A wrong password, an unknown login, a disabled and a locked account all answer the same way and take about
        the same time. The fifth failure in a row locks the account for a quarter of an hour. An attempt is counted
        before its password is looked at, so that guessing in parallel gains nothing.
        """
        if not _can_be_login(login) or len(password) > MAX_PASSWORD_LENGTH:
            return None
        user = self.directory.user(login)
        attempt = self._charge(user) if user is not None and not user.disabled else None
        right = self.passwords.matches(password, user.password_hash if user else None)
        if user is None or attempt is None:
            return None
        with self.units(user.school)() as unit:
            if right:
                unit.access.forgive_attempts(user.login)
            elif attempt == MAX_FAILURES:
                unit.audit.append([_record(self.clock(), login, "user.locked", login, role=user.role)])
        return user if right else None

    def change_password(self, login: str, old: str, new: str) -> bool:
        """Replace a password by one of the person's own choice; ``False`` when the old one is not right.

        Raises:
            RuleViolation: the new password is too short, too long, the old one or the login
                (``access.password_weak``).
        """
        if not MIN_PASSWORD_LENGTH <= len(new) <= MAX_PASSWORD_LENGTH or new == old or login.lower() in new.lower():
            raise _password_weak()
        user = self.sign_in(login, old)
        if user is None:
            return False
        password_hash = self.passwords.hash(new)
        with self.units(user.school)() as unit:
            unit.access.set_password(login, password_hash, must_change=False)
            unit.audit.append([_record(self.clock(), login, "user.password_changed", login, role=user.role)])
        return True

    def end_sessions(self, user: ConsoleUser) -> None:
        """End every session of the account, also one whose cookie somebody kept (R-SEC-11)."""
        with self.units(user.school)() as unit:
            unit.access.end_sessions(user.login, at=self.clock())

    def _charge(self, user: ConsoleUser) -> int | None:
        now = self.clock()
        with self.units(user.school)() as unit:
            return unit.access.charge_attempt(user.login, now=now, limit=MAX_FAILURES, locked_until=now + LOCK_TIME)


def _can_be_login(text: str) -> bool:
    return 0 < len(text) <= MAX_LOGIN_LENGTH and text.isprintable() and text == text.strip()


def _record(
    at: datetime,
    actor: str,
    action: str,
    login: str,
    *,
    role: str = Role.ADMINISTRATOR,
    new: dict[str, str] | None = None,
) -> AuditRecord:
    return AuditRecord(
        at=at,
        actor=actor,
        role=role,
        channel=_CHANNEL,
        action=action,
        object_kind="console_user",
        object_id=login,
        new=new,
    )


def _login_invalid() -> GatewayError:
    return GatewayError(
        "access.login_invalid",
        Text(
            ru=f"Имя для входа: от 1 до {MAX_LOGIN_LENGTH} печатных знаков без пробелов по краям.",
            en=f"A login has 1 to {MAX_LOGIN_LENGTH} printable characters and no space around them.",
        ),
        rule="R-SEC-09",
    )


def _login_unknown() -> GatewayError:
    return GatewayError(
        "access.login_unknown",
        Text(ru="В школе нет такой учётной записи.", en="The school has no such account."),
        rule="R-SEC-09",
    )


def _login_taken() -> GatewayError:
    return GatewayError(
        "access.login_taken",
        Text(ru="Такое имя для входа уже есть.", en="There is an account with this login already."),
        rule="R-SEC-09",
    )


def _password_weak() -> RuleViolation:
    return RuleViolation(
        "access.password_weak",
        Text(
            ru=f"Пароль: не короче {MIN_PASSWORD_LENGTH} знаков, не прежний и без имени для входа внутри.",
            en=f"A password has {MIN_PASSWORD_LENGTH} or more characters, is not the old one, does not hold the login.",
        ),
        who=Party.COORDINATOR,
        rule="R-SEC-01",
    )
