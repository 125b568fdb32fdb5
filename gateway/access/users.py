"""Accounts of the console: adding one, signing in with lock-out, changing the password."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from gateway.access.orders import carry_out_order
from gateway.access.passwords import Passwords
from gateway.access.rates import Knock, Rates
from gateway.access.secrets import one_time_password
from gateway.errors import GatewayError, Party, RuleViolation, Text
from gateway.model.access import ConsoleUser, Role
from gateway.model.audit import AuditRecord
from gateway.model.ids import SchoolId, StaffId
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

CHANNEL = "access"


@dataclass(frozen=True, kw_only=True, slots=True)
class Life:
    """When an account opens anything: from ``start`` on, before ``end``; ``None`` = no bound (R-ROLE-25, R-ROLE-26)."""

    start: datetime | None = None
    end: datetime | None = None


ALWAYS = Life()


@dataclass(frozen=True, kw_only=True, slots=True)
class Users:
    """The flows around accounts.

    Attributes:
        new_password: makes one-time passwords.
        rates: turns addresses away that try too often; ``None`` = none.
    """

    units: Callable[[SchoolId], Units[AccessUnit]]
    directory: AccessDirectory
    passwords: Passwords
    clock: Clock
    new_password: Callable[[], str] = field(default=one_time_password, repr=False)
    rates: Rates | None = None

    def add(
        self, school: SchoolId, login: str, role: Role, *, by: str, staff: StaffId | None = None, life: Life = ALWAYS
    ) -> str:
        """Add an account and return its one-time password, which is shown now and never again.

        A person's account is made by the director's order once the school keeps appointments (R-ROLE-13).

        Args:
            school: the school it is of.
            login: its name.
            role: what it may do.
            by: who adds it.
            staff: whose it is; one person has one account (R-SEC-09).
            life: when it opens anything.

        Raises:
            GatewayError: the login is taken or unusable (``access.login_taken``, ``access.login_invalid``), the person
                has an account (``access.person_has_account``), support without an end (``access.support_without_end``).
            RuleViolation: the director has ordered no such account for the person (``access.order_missing``).
        """
        if not _can_be_login(login):
            raise _login_invalid()
        if role is Role.SUPPORT and life.end is None:
            raise support_without_end()
        password = self.new_password()
        now = self.clock()
        user = ConsoleUser(
            school=school,
            login=login,
            role=role,
            password_hash=self.passwords.hash(password),
            must_change=True,
            created_at=now,
            staff=staff,
            valid_from=life.start,
            valid_to=life.end,
        )
        with self.units(school)() as unit:
            if staff is not None and unit.access.user_of(staff) is not None:
                raise person_has_account()
            if not unit.access.add_user(user):
                raise _login_taken()
            if staff is not None:
                carry_out_order(unit, school, staff, role, at=now, by=by)
            unit.audit.append([_record(now, by, "user.added", login, new=user.described())])
        return password

    def reset(self, school: SchoolId, login: str, *, by: str, reason: str = "") -> str:
        """Give an account a new one-time password and return it; whoever is signed in with the old one is out.

        Raises:
            GatewayError: the school has no such account (``access.login_unknown``).
        """
        known = self.directory.user(login)
        if known is None or known.school != school:
            raise login_unknown()
        password = self.new_password()
        password_hash = self.passwords.hash(password)
        with self.units(school)() as unit:
            unit.access.set_password(login, password_hash, must_change=True)
            unit.audit.append([_record(self.clock(), by, "user.password_reset", login, reason=reason)])
        return password

    def sign_in(self, login: str, password: str, *, address: str | None = None) -> ConsoleUser | None:
        """Return the account if the password is right, ``None`` otherwise.

        A wrong password, an unknown login, a disabled account, one whose time is over and a locked one all answer the
        same way and take about the same time. The fifth failure in a row locks the account for a quarter of an hour.
        An attempt is counted before its password is looked at, so that guessing in parallel gains nothing. ``address``
        is where the attempt comes from: it is counted too, whatever login is tried.

        Raises:
            TransientError: ``access.too_many_requests``: too many attempts from the address.
        """
        if self.rates is not None and address is not None:
            self.rates.charge(Knock.SIGN_IN, address)
        if not _can_be_login(login) or len(password) > MAX_PASSWORD_LENGTH:
            return None
        user = self.directory.user(login)
        attempt = self._charge(user) if user is not None and user.opens_at(self.clock()) else None
        right = self.passwords.matches(password, user.password_hash if user else None)
        if user is None or attempt is None:
            return None
        with self.units(user.school)() as unit:
            if right:
                unit.access.forgive_attempts(user.login)
            elif attempt == MAX_FAILURES:
                unit.audit.append([_record(self.clock(), login, "user.locked", login, role=user.role)])
        return user if right else None

    def change_password(self, login: str, old: str, new: str, *, accepts_rules: bool = False, source: str = "") -> bool:
        """Replace a password by one of the person's own choice; ``False`` when the old one is not right.

        Whoever replaces a one-time password accepts the rule that access is not passed on (R-SEC-02, R-SEC-03,
        R-ROLE-23); the audit keeps that, with the address ``source``.

        Raises:
            RuleViolation: the new password is too short, too long, the old one or the login
                (``access.password_weak``), or the rule is not accepted (``access.rules_not_accepted``).
        """
        if not MIN_PASSWORD_LENGTH <= len(new) <= MAX_PASSWORD_LENGTH or new == old or login.lower() in new.lower():
            raise _password_weak()
        user = self.sign_in(login, old)
        if user is None:
            return False
        if user.must_change and not accepts_rules:
            raise _rules_not_accepted()
        password_hash, at = self.passwords.hash(new), self.clock()
        with self.units(user.school)() as unit:
            unit.access.set_password(login, password_hash, must_change=False)
            if user.must_change:
                unit.audit.append([_record(at, login, "user.rules_accepted", login, role=user.role, source=source)])
            unit.audit.append([_record(at, login, "user.password_changed", login, role=user.role, source=source)])
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
    reason: str = "",
    source: str = "",
) -> AuditRecord:
    return AuditRecord(
        at=at,
        actor=actor,
        role=role,
        channel=CHANNEL,
        action=action,
        object_kind="console_user",
        object_id=login,
        new=new,
        reason=reason,
        source=source,
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


def person_has_account() -> GatewayError:
    """The member of staff has an account already."""
    return GatewayError(
        "access.person_has_account",
        Text(
            ru="У этого сотрудника уже есть учётная запись: у одного человека – одна.",
            en="This member of staff has an account already: one person has one.",
        ),
        rule="R-SEC-09",
    )


def support_without_end() -> GatewayError:
    """Technical support gets no account without an end."""
    return GatewayError(
        "access.support_without_end",
        Text(
            ru="Доступ технической поддержки даётся только на срок: укажите его конец (--to).",
            en="Technical support gets access for a time only: say when it ends (--to).",
        ),
        rule="R-ROLE-26",
    )


def login_unknown() -> GatewayError:
    """The school has no account with the login."""
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


def _rules_not_accepted() -> RuleViolation:
    return RuleViolation(
        "access.rules_not_accepted",
        Text(
            ru="Отметьте, что вы принимаете правило: доступ личный и никому не передаётся.",
            en="Tick that you accept the rule: access is personal and not passed on to anybody.",
        ),
        who=Party.COORDINATOR,
        rule="R-SEC-02",
    )
