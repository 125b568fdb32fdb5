"""``gateway incident …``: a breach of somebody's access, from its report to the last document it has spoiled."""

from __future__ import annotations

import getpass
from dataclasses import asdict
from datetime import datetime

import click

from gateway.cli.context import Session, command, school_option
from gateway.cli.moments import MOMENT
from gateway.cli.output import Voice
from gateway.control.acting import By
from gateway.control.incidents import Moments
from gateway.model.incident import Effect, EffectKind
from gateway.model.oversight import AccessIncident
from gateway.model.record_shape import label_of

_ROLE = "operator"

_EFFECT_COLUMNS = ("kind", "object_kind", "object_id", "reason", "found_at", "done_at")


def add_to(main: click.Group) -> None:
    """Add the commands."""
    main.add_command(incident)


@click.group()
def incident() -> None:
    """Breaches of the confidentiality of somebody's access (R-SEC-04, R-SEC-05)."""


@command(incident, "report")
@click.argument("account")
@click.option("--learned-at", type=MOMENT, default=None, help="When it became known; now without it.")
@click.option("--director-notified", type=MOMENT, default=None, help="When the director was notified.")
@click.option("--administrator-notified", type=MOMENT, default=None, help="When the administrator was notified.")
@click.option("--support-notified", type=MOMENT, default=None, help="When the platform's support was notified.")
@school_option
def report(
    session: Session,
    voice: Voice,
    account: str,
    learned_at: datetime | None,
    director_notified: datetime | None,
    administrator_notified: datetime | None,
    support_notified: datetime | None,
    school_id: str | None,
) -> None:
    """Report that the access of a login, an API client or a member of staff is known to others; block it at once."""
    moments = Moments(
        director_notified_at=director_notified,
        administrator_notified_at=administrator_notified,
        support_notified_at=support_notified,
    )
    incidents = session.gateway.incidents(session.gateway.school(school_id).id)
    reported = incidents.report(account, by=_by(), learned_at=learned_at, moments=moments)
    voice.answer({"ok": True, "incident": reported.incident.id, "blocked": list(reported.blocked)})


@command(incident, "note")
@click.argument("incident_id", metavar="INCIDENT")
@click.option("--director-notified", type=MOMENT, default=None, help="When the director was notified.")
@click.option("--administrator-notified", type=MOMENT, default=None, help="When the administrator was notified.")
@click.option("--support-notified", type=MOMENT, default=None, help="When the platform's support was notified.")
@click.option("--credentials-reissued", type=MOMENT, default=None, help="When new credentials were handed out.")
@click.option("--void-from", type=MOMENT, default=None, help="From when on the director has declared all void.")
@school_option
def note(
    session: Session,
    voice: Voice,
    incident_id: str,
    director_notified: datetime | None,
    administrator_notified: datetime | None,
    support_notified: datetime | None,
    credentials_reissued: datetime | None,
    void_from: datetime | None,
    school_id: str | None,
) -> None:
    """Note who was notified when, that credentials were reissued (which opens the access again), a wider scope."""
    moments = Moments(
        director_notified_at=director_notified,
        administrator_notified_at=administrator_notified,
        support_notified_at=support_notified,
        credentials_reissued_at=credentials_reissued,
        void_from=void_from,
    )
    noted = session.gateway.incidents(session.gateway.school(school_id).id).note(incident_id, moments, by=_by())
    voice.answer({"ok": True, **asdict(noted)})


@command(incident, "list")
@school_option
def list_incidents(session: Session, voice: Voice, school_id: str | None) -> None:
    """List the incidents, the latest first."""
    found = session.gateway.incidents(session.gateway.school(school_id).id).list()
    columns = tuple(AccessIncident.__dataclass_fields__)
    voice.table(columns, [tuple(getattr(one, name) for name in columns) for one in found])


@command(incident, "show")
@click.argument("incident_id", metavar="INCIDENT")
@school_option
def show(session: Session, voice: Voice, incident_id: str, school_id: str | None) -> None:
    """Show what an incident did and what somebody has to do because of it."""
    found, effects = session.gateway.incidents(session.gateway.school(school_id).id).show(incident_id)
    if voice.as_json:
        voice.answer({**asdict(found), "effects": [_effect(one) for one in effects]})
        return
    voice.answer(asdict(found))
    voice.table(_EFFECT_COLUMNS, [tuple(_effect(one).values()) for one in effects])


@command(incident, "settle")
@click.argument("incident_id", metavar="INCIDENT")
@school_option
def settle(session: Session, voice: Voice, incident_id: str, school_id: str | None) -> None:
    """Make void what was done with the access, pull what has not left, list what has to be superseded."""
    settled = session.gateway.incidents(session.gateway.school(school_id).id).settle(incident_id, by=_by())
    open_effects = [one for one in settled.effects if one.done_at is None]
    voice.answer(
        {"ok": True, "new": settled.new_effects, **settled.counts, "to_do": [_effect(one) for one in open_effects]},
        lambda: [
            *(f"{kind}: {count}" for kind, count in settled.counts.items()),
            *(
                f"! {one.kind} {label_of(one.object_kind)} {one.object_id} {one.reason}".rstrip()
                for one in open_effects
            ),
        ],
    )


@command(incident, "decided")
@click.argument("incident_id", metavar="INCIDENT")
@click.argument("kind", type=click.Choice([kind.value for kind in EffectKind]))
@click.argument("object_kind")
@click.argument("object_id")
@click.option("--reason", required=True, help="What was decided; is kept with your name.")
@school_option
def decided(
    session: Session,
    voice: Voice,
    incident_id: str,
    kind: str,
    object_kind: str,
    object_id: str,
    reason: str,
    school_id: str | None,
) -> None:
    """Note that a person has dealt with a thing that the incident left open."""
    incidents = session.gateway.incidents(session.gateway.school(school_id).id)
    _, effects = incidents.show(incident_id)
    named = (kind, label_of(object_kind), object_id)
    closed = [
        incidents.decided(one, by=_by(), reason=reason)
        for one in effects
        if (one.kind, label_of(one.object_kind), one.object_id) == named
    ]
    voice.answer({"ok": True, "changed": any(closed)})


def _by() -> By:
    return By(actor=getpass.getuser(), role=_ROLE)


def _effect(effect: Effect) -> dict[str, object]:
    told = {name: getattr(effect, name) for name in _EFFECT_COLUMNS}
    return told | {"object_kind": label_of(effect.object_kind)}
