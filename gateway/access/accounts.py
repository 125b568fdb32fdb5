"""What an administrator decides about accounts: another role, person or time, turning away, ending sessions.

Making accounts, passwords and signing in are in `gateway.access.users`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from gateway.access.users import (
    ALWAYS,
    CHANNEL,
    Life,
    login_unknown,
    person_has_account,
    support_without_end,
)
from gateway.errors import GatewayError, Text
from gateway.model.access import ConsoleUser, Role
from gateway.model.audit import AuditRecord
from gateway.model.ids import SchoolId, StaffId
from gateway.ports.access import AccessDirectory, AccessUnit
from gateway.ports.frame import Clock, Units


@dataclass(frozen=True, kw_only=True, slots=True)
class Accounts:
    """The decisions about accounts that are there."""

    units: Callable[[SchoolId], Units[AccessUnit]]
    directory: AccessDirectory
    clock: Clock

    def change(
        self,
        school: SchoolId,
        login: str,
        role: Role,
        *,
        by: ConsoleUser,
        reason: str,
        staff: StaffId | None = None,
        life: Life = ALWAYS,
        source: str = "",
    ) -> None:
        """Give an account another role, person or time; whoever is signed in keeps the session under the new rights.

        Raises:
            GatewayError: the school has no such account (``access.login_unknown``), it is one's own
                (``access.own_account``), the person has another one (``access.person_has_account``), support without
                an end (``access.support_without_end``).
        """
        if role is Role.SUPPORT and life.end is None:
            raise support_without_end()
        known = self._of_another(school, login, by)
        changed = replace(known, role=role, staff=staff, valid_from=life.start, valid_to=life.end)
        with self.units(school)() as unit:
            holder = unit.access.user_of(staff) if staff is not None else None
            if holder is not None and holder.login != login:
                raise person_has_account()
            unit.access.change_user(changed)
            unit.audit.append([self._decided(by, "user.changed", known, changed, reason=reason, source=source)])

    def set_disabled(
        self, school: SchoolId, login: str, *, disabled: bool, by: ConsoleUser, reason: str, source: str = ""
    ) -> None:
        """Turn an account away from its next request on, or let it in again (R-ROLE-26).

        Raises:
            GatewayError: the school has no such account (``access.login_unknown``), it is one's own
                (``access.own_account``).
        """
        known = self._of_another(school, login, by)
        changed = replace(known, disabled=disabled)
        action = "user.disabled" if disabled else "user.enabled"
        with self.units(school)() as unit:
            unit.access.change_user(changed)
            unit.audit.append([self._decided(by, action, known, changed, reason=reason, source=source)])

    def end_sessions_of(self, school: SchoolId, login: str, *, by: ConsoleUser, reason: str, source: str = "") -> None:
        """End every session of somebody's account; with the password they may sign in again.

        Raises:
            GatewayError: the school has no such account (``access.login_unknown``).
        """
        known = self._of(school, login)
        with self.units(school)() as unit:
            unit.access.end_sessions(login, at=self.clock())
            unit.audit.append([self._decided(by, "user.sessions_ended", known, known, reason=reason, source=source)])

    def _of_another(self, school: SchoolId, login: str, by: ConsoleUser) -> ConsoleUser:
        """Return the account; nobody gives rights to oneself, or locks the last one out by mistake."""
        if login == by.login:
            raise _own_account()
        return self._of(school, login)

    def _decided(
        self, by: ConsoleUser, action: str, was: ConsoleUser, now: ConsoleUser, *, reason: str, source: str
    ) -> AuditRecord:
        return AuditRecord(
            at=self.clock(),
            actor=by.login,
            role=by.role,
            channel=CHANNEL,
            action=action,
            object_kind="console_user",
            object_id=now.login,
            old=was.described(),
            new=now.described(),
            reason=reason,
            source=source,
        )

    def _of(self, school: SchoolId, login: str) -> ConsoleUser:
        known = self.directory.user(login)
        if known is None or known.school != school:
            raise login_unknown()
        return known


def _own_account() -> GatewayError:
    return GatewayError(
        "access.own_account",
        Text(
            ru="Свою учётную запись так не меняют: попросите другого администратора.",
            en="Nobody changes the own account like this: ask another administrator.",
        ),
        rule="R-ROLE-15",
    )
