"""Breaches of access: reported, the account blocked at once, what was done with it made void (R-SEC-04, R-SEC-05)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import Any, Generic

from gateway.control.acting import By
from gateway.control.settlement import Settled, Settlement
from gateway.errors import GatewayError, Party, RuleViolation, Text
from gateway.mapping.journal_plain import plain_from
from gateway.model.audit import AuditEntry, AuditRecord
from gateway.model.batch import Batch
from gateway.model.ids import RecordId, SchoolId
from gateway.model.incident import Effect, VoidScope, Window, quarantine, void_window
from gateway.model.journal_records import Record, RecordKind, Stored
from gateway.model.oversight import AccessIncident
from gateway.model.policy import Policy, policy_of
from gateway.model.rules.reference import JournalReference
from gateway.ports.frame import Clock, NewId, Units
from gateway.ports.incidents import IncidentUnit, IncidentUnitT
from gateway.ports.journal import Announce

_CHANNEL = "control"
_PAGE = 200


@dataclass(frozen=True, kw_only=True, slots=True)
class Moments:
    """What is learned of an incident later: who was notified when, new credentials, a wider scope."""

    director_notified_at: datetime | None = None
    administrator_notified_at: datetime | None = None
    support_notified_at: datetime | None = None
    credentials_reissued_at: datetime | None = None
    void_from: datetime | None = None

    @property
    def given(self) -> dict[str, datetime]:
        """The moments that are given, by the names an incident has for them."""
        named = {name: getattr(self, name) for name in _LATER}
        return {name: moment for name, moment in named.items() if moment is not None}


_LATER = (
    "director_notified_at",
    "administrator_notified_at",
    "support_notified_at",
    "credentials_reissued_at",
    "void_from",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Reported:
    """A reported incident, and the accounts and clients that were open and are blocked now."""

    incident: AccessIncident
    blocked: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Operation:
    """What was done with the access: ``is_void`` once it counts as not done, else it is in quarantine (C-18)."""

    entry: AuditEntry
    is_void: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """An incident with everything that is known of it.

    Attributes:
        quarantine: in which time operations are doubtful, ``None`` before anybody was notified.
        void: in which time they are void, ``None`` while that is not known.
        operations: what was done in either, oldest first.
        access: how the account and the clients were blocked and opened again, oldest first.
        effects: what the incident did and asks for.
    """

    incident: AccessIncident
    quarantine: Window | None
    void: Window | None
    operations: Sequence[Operation]
    access: Sequence[AuditEntry]
    effects: Sequence[Effect]


class _RehearsedError(Exception):
    """Ends the transaction of a rehearsal, so that nothing of it stays."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Incidents(Generic[IncidentUnitT]):
    """The breaches of access of one school.

    Attributes:
        announce: tells families of marks that go back to their former value.
        events: the outbox destination of what families are told.
    """

    school: SchoolId
    units: Units[IncidentUnitT]
    clock: Clock
    new_id: NewId
    announce: Announce[IncidentUnitT]
    events: str

    def report(
        self, account: str, *, by: By, learned_at: datetime | None = None, moments: Moments | None = None
    ) -> Reported:
        """Write an incident down and block everything the person enters by, in one transaction (R-SEC-04).

        There is no destination for notices to people: until the director and one more are notified, the duty stands in
        the list of deadlines (`Clock.INCIDENT_NOTICE`), and `note` ends it. Reported twice it is two incidents; the
        account is blocked once.

        Args:
            account: login, API client or member of staff whose access it is.
            by: who reports.
            learned_at: when it became known; now if not given.
            moments: who has been notified already.

        Raises:
            RuleViolation: ``incident.account_unknown``: the school knows nobody by this name: nothing is written;
                ``incident.moments``: a moment lies in the future, or before it was learned of.
        """
        now = self.clock()
        incident = AccessIncident(
            id=RecordId(self.new_id()), account=account, learned_at=learned_at or now, reported_at=now
        )
        incident = replace(incident, **(moments or Moments()).given)  # type: ignore[arg-type]  # all of them are moments
        _check_moments(incident, now)
        with self.units() as unit:
            self._reference(unit)
            if not unit.incidents.knows(account):
                raise _account_unknown(self.school)
            self._write(unit, incident, 1, None, by=by)
            blocked = tuple(unit.incidents.block(unit.incidents.names_of(account), now))
            unit.audit.append(
                self._record(by, "access.blocked", "account", name, reason=_because(incident.id)) for name in blocked
            )
        return Reported(incident=incident, blocked=blocked)

    def note(self, incident: str, moments: Moments, *, by: By) -> AccessIncident:
        """Add what was learned of an incident; with the credentials reissued the account is open again.

        Raises:
            GatewayError: ``incident.unknown``.
            RuleViolation: ``incident.moments``: a moment lies in the future, or before it was learned of.
        """
        now = self.clock()
        with self.units() as unit:
            self._reference(unit)
            held = _known(unit, incident)
            noted = replace(held.record, **moments.given)  # type: ignore[arg-type]  # all of them are moments
            _check_moments(noted, now)
            if noted != held.record:
                self._write(unit, noted, held.version + 1, held.record, by=by)
            if moments.credentials_reissued_at is not None:
                opened = unit.incidents.unblock(unit.incidents.names_of(noted.account))
                unit.audit.append(
                    self._record(by, "access.unblocked", "account", name, reason=_because(incident)) for name in opened
                )
        return noted

    def settle(self, incident: str, *, by: By, shown: str | None = None) -> Settled:
        """Make void what was done with the access: put records back, pull messages, list what has to be superseded.

        Everything happens in one transaction, so a settlement that is killed has done nothing. Settled again it finds
        what was added since, and closes what has been superseded meanwhile (R-SEC-05, R-AUD-08, C-11, C-18).

        Args:
            incident: the incident.
            by: who settles it.
            shown: what `fingerprint` said of the preview that was looked at: what differs from it is not done.

        Raises:
            GatewayError: ``incident.unknown``.
            RuleViolation: ``incident.not_void``: nothing is void, for nobody, or not everybody, has been notified;
                ``incident.changed``: it would do something else by now than was shown.
        """
        with self.units() as unit:
            settled = self._settled(unit, incident, by)
            if shown is not None and fingerprint(settled) != shown:
                raise _changed()
        return settled

    def preview(self, incident: str, *, by: By) -> Settled:
        """Return what `settle` would do now; it is done and taken back, so it is exactly that.

        Raises:
            GatewayError: ``incident.unknown``.
            RuleViolation: ``incident.not_void``.
        """
        settled: Settled | None = None
        try:
            with self.units() as unit:
                settled = self._settled(unit, incident, by)
                raise _RehearsedError  # noqa: TRY301  only an exception takes a transaction back
        except _RehearsedError:
            assert settled is not None  # noqa: S101  the rehearsal comes to its end or raises something else
            return settled

    def _settled(self, unit: IncidentUnitT, incident: str, by: By) -> Settled:
        reference = self._reference(unit)
        held = _known(unit, incident)
        counted = reference.policy.incident_void_from
        if void_window(held.record, counted) is None:
            raise _not_void(incident)
        every = [one.record for one in reference.stored.of(RecordKind.INCIDENTS).values()]
        settlement = Settlement(school=self.school, unit=unit, by=by, at=self.clock(), events=self.events)
        settled, changes = settlement.run(held.record, every, counted)
        if settled.new_effects:
            unit.audit.append([self._record(by, "settle", RecordKind.INCIDENTS.one, incident, new=settled.counts)])
        self.announce(unit, changes)
        return settled

    def decided(self, effect: Effect, *, by: By, reason: str) -> bool:
        """Note that a person has dealt with an effect; ``False`` if it was dealt with before or is not there."""
        with self.units() as unit:
            self._reference(unit)
            closed = unit.incidents.close(effect, self.clock())
            if closed:
                name = f"{effect.kind} {effect.object_kind} {effect.object_id}"[:200]
                new = {"incident": effect.incident}
                unit.audit.append([self._record(by, "decide", "incident_effect", name, new=new, reason=reason)])
        return closed

    def list(self) -> Sequence[AccessIncident]:
        """Return the incidents, the latest first."""
        with self.units() as unit:
            found: list[AccessIncident] = []
            while page := unit.records.page(
                RecordKind.INCIDENTS, after=(found[-1].id,) if found else None, limit=_PAGE, where={}
            ):
                found += [held.record for held in page]
        return sorted(found, key=lambda one: (one.reported_at, one.id), reverse=True)

    def show(self, incident: str) -> tuple[AccessIncident, Sequence[Effect]]:
        """Return an incident and what it did and asks for.

        Raises:
            GatewayError: ``incident.unknown``.
        """
        with self.units() as unit:
            return _known(unit, incident).record, unit.incidents.effects(incident)

    def case(self, incident: str) -> Case:
        """Return an incident with the operations that fall into it and what became of the access.

        Raises:
            GatewayError: ``incident.unknown``.
        """
        with self.units() as unit:
            held = _known(unit, incident).record
            doubtful, void = quarantine(held), void_window(held, _policy(unit).incident_void_from)
            names = unit.incidents.names_of(held.account)
            accounts = unit.incidents.histories({("account", name) for name in names}).values()
            return Case(
                incident=held,
                quarantine=doubtful,
                void=void,
                operations=tuple(_operations(unit, incident, names, doubtful, void)),
                access=[
                    entry for history in accounts for entry in history if entry.record.reason == _because(incident)
                ],
                effects=unit.incidents.effects(incident),
            )

    def _reference(self, unit: IncidentUnitT) -> JournalReference:
        """Return what the school has decided; nobody else writes its journal until the transaction ends."""
        reference = unit.journal.reference(Batch(school=self.school, sent_at=self.clock()))
        if reference is None:
            raise _school_missing(self.school)
        return reference

    def _write(
        self, unit: IncidentUnitT, now: AccessIncident, version: int, before: AccessIncident | None, *, by: By
    ) -> None:
        stored: Stored[Record] = Stored(record=now, version=version)
        unit.journal.put(RecordKind.INCIDENTS, [stored])
        action = "create" if before is None else "update"
        written = self._record(by, action, RecordKind.INCIDENTS.one, now.id, new=plain_from(now))
        unit.audit.append([replace(written, old=None if before is None else plain_from(before))])

    def _record(
        self, by: By, action: str, kind: str, name: str, *, new: dict[str, Any] | None = None, reason: str = ""
    ) -> AuditRecord:
        return AuditRecord(
            at=self.clock(),
            actor=by.actor,
            role=by.role,
            channel=_CHANNEL,
            action=action,
            object_kind=kind,
            object_id=name,
            new=new,
            reason=reason,
            source=by.source,
        )


def fingerprint(settled: Settled) -> str:
    """Return what tells two settlements apart: by everything that they did and ask for, whenever that was."""
    effects = sorted((one.kind, one.object_kind, one.object_id, one.reason) for one in settled.effects)
    return sha256(repr(effects).encode()).hexdigest()


def _because(incident: str) -> str:
    return f"incident {incident}"


def _policy(unit: IncidentUnit) -> Policy:
    held = unit.records.get(RecordKind.POLICIES, ("incident_void_from",))
    return policy_of(() if held is None else (held.record,))


def _operations(
    unit: IncidentUnit, incident: str, names: frozenset[str], doubtful: Window | None, void: Window | None
) -> Iterator[Operation]:
    windows = [window for window in (doubtful, void) if window is not None]
    if not windows:
        return
    first = min(windows, key=lambda window: window.start)
    scopes = [VoidScope(incident=incident, names=names, window=window) for window in windows]
    for entry in unit.incidents.operations(names, first.start, first.end):
        if any(scope.covers(entry) for scope in scopes):
            yield Operation(entry=entry, is_void=void is not None and void.holds(entry.record.at))


def _known(unit: IncidentUnit, incident: str) -> Stored[AccessIncident]:
    held = unit.records.get(RecordKind.INCIDENTS, (incident,))
    if held is None:
        raise GatewayError(
            "incident.unknown",
            Text(ru=f"Инцидента «{incident}» нет.", en=f"There is no incident '{incident}'."),
        )
    return held


def _account_unknown(school: SchoolId) -> RuleViolation:
    return RuleViolation(
        "incident.account_unknown",
        Text(
            ru=(
                f"Никто не заблокирован, инцидент не записан: в школе «{school}» нет ни логина, ни программы, ни "
                "сотрудника с таким именем. Проверьте имя: логины – в консоли, «Пользователи и роли», программы – "
                "«gateway token list», сотрудник указывается по идентификатору из контингента школы."
            ),
            en=(
                f"Nobody is blocked and no incident is written: school '{school}' has neither a login nor an API "
                "client nor a member of staff of this name. Check it: logins are on the console's page 'People and "
                "roles', API clients in 'gateway token list', a member of staff is named by the id in the roster."
            ),
        ),
        who=Party.SENDER,
        rule="R-SEC-04",
    )


def _check_moments(incident: AccessIncident, now: datetime) -> None:
    later = [getattr(incident, name) for name in _LATER]
    moments = [moment for moment in (*later, incident.reported_at) if moment is not None]
    if max(*moments, incident.learned_at) > now or min(moments) < incident.learned_at:
        raise RuleViolation(
            "incident.moments",
            Text(
                ru="Моменты инцидента должны лежать между тем, когда о нём узнали, и настоящим временем.",
                en="The moments of an incident lie between the one at which it was learned of and now.",
            ),
            who=Party.COORDINATOR,
            rule="R-SEC-04",
        )


def _changed() -> RuleViolation:
    return RuleViolation(
        "incident.changed",
        Text(
            ru="Ничего не сделано: с тех пор, как вы смотрели, набор последствий изменился. Посмотрите ещё раз.",
            en="Nothing was done: since you looked, what would be done has changed. Look again.",
        ),
        who=Party.SENDER,
        rule="R-SEC-05",
    )


def _not_void(incident: str) -> RuleViolation:
    return RuleViolation(
        "incident.not_void",
        Text(
            ru=(
                f"По инциденту «{incident}» нечего признавать недействительным: отметьте, когда о нём узнали директор "
                "и администратор или поддержка, либо с какого момента решил директор."
            ),
            en=(
                f"Nothing is void by incident '{incident}': note when the director and the administrator or support "
                "were notified, or the moment that the director has decided on."
            ),
        ),
        who=Party.DIRECTOR,
        rule="R-SEC-05",
    )


def _school_missing(school: SchoolId) -> GatewayError:
    return GatewayError(
        "school.unknown",
        Text(
            ru=f"Школа «{school}» не заведена; добавьте её командой «gateway school add».",
            en=f"There is no school '{school}'; add it with 'gateway school add'.",
        ),
    )
