"""Quarantine at the console: what to mend, which records wait for it; and one record as received, mapped, stored."""

from __future__ import annotations

from flask import Response, render_template, request

from gateway.errors import GatewayError
from gateway.model.person_identity import PERSON_KINDS, PersonKey
from gateway.model.roster import RecordKind
from gateway.model.roster_quarantine import Quarantined, QuarantineState, root_causes
from gateway.ports.persons import PersonRegister
from gateway.roster.persons import AlsoKnown, also_known
from gateway.roster.quarantine import record_view
from gateway.web.console.audit_trail import Look, note_look
from gateway.web.console.csv_download import csv_download
from gateway.web.console.listing import chosen, is_csv, is_found, listing
from gateway.web.console.plan_lines import REFERENCES
from gateway.web.console.presentation import Presentation, said
from gateway.web.console.refusals import not_found
from gateway.web.console.rights import Right
from gateway.web.console.services import ConsoleServices
from gateway.web.console.sessions import require, user

_RECORDS = (
    "id",
    "source",
    "kind",
    "record",
    "state",
    "first_seen",
    "last_seen",
    "resolved_at",
    "codes",
    "rules",
    "place",
)


class QuarantinePages:
    """Views over the records of the school's sources that were turned away."""

    def __init__(self, services: ConsoleServices, presentation: Presentation) -> None:
        self._services = services
        self._presentation = presentation

    def quarantine(self) -> Response | str:
        """List the root causes and the records that hang on them, filtered, or the records as CSV."""
        state = chosen("state", QuarantineState) or QuarantineState.OPEN
        source, cause_id = request.args.get("source", ""), request.args.get("cause", "")
        with self._services.units(user().school)() as unit:
            whole = unit.quarantine.all(state=state)
        causes = root_causes([one for one in whole if source in {"", one.source}])
        cause = next((one for one in causes if one.id == cause_id), None)
        wanted = None if cause is None else set(cause.records)
        found = [
            one
            for one in whole
            if source in {"", one.source}
            and (wanted is None or one.id in wanted)
            and is_found(one.kind, one.record, _place(one), *(fault.code for fault in one.faults))
        ]
        if is_csv():
            return csv_download("roster-quarantine.csv", _RECORDS, [self._row(one) for one in found])
        return render_template(
            "console/quarantine.html",
            listing=listing(found),
            causes=causes,
            cause=cause,
            state=state,
            sources=sorted({one.source for one in whole}),
        )

    def record(self, record_id: str) -> str:
        """Show one record with its raw form. The look is audited."""
        person = require(Right.SEE_PEOPLE)
        with self._services.units(person.school)() as unit:
            found = unit.quarantine.get(record_id)
            if found is None:
                raise not_found()
            note_look(unit.audit, person, Look.VIEW, "roster_quarantine", record_id, at=self._services.clock())
        return render_template("console/quarantined_record.html", record=found)

    def roster_record(self, kind_name: str, key: str) -> str:
        """Show a record of the roster as received, as mapped and as stored. The look is audited."""
        person = require(Right.SEE_PEOPLE)
        kind = next((one for one in RecordKind if one.value == kind_name), None)
        if kind is None:
            raise not_found()
        with self._services.units(person.school)() as unit:
            try:
                view = record_view(unit, kind, tuple(key.split("/")))
            except GatewayError as error:
                raise not_found() from error
            ids = {str(view.stored[name]) for name in REFERENCES & set(view.stored) if view.stored[name]}
            also = self._also(unit.persons, PersonKey(school=person.school, kind=kind, id=view.key[0]))
            here = {one.id for one in also.here} | {end.id for link in also.asked for end in link.pair}
            known = unit.console.names({*view.key, *ids, *here})
            note_look(unit.audit, person, Look.VIEW, kind.value, key, at=self._services.clock())
        return render_template(
            "console/roster_record.html",
            view=view,
            also=also,
            known=known,
            record=" → ".join(known[part] for part in view.key if part in known),
        )

    @staticmethod
    def _also(persons: PersonRegister, key: PersonKey) -> AlsoKnown:
        return also_known(persons, key) if key.kind in PERSON_KINDS else AlsoKnown()

    def _row(self, one: Quarantined) -> tuple[object, ...]:
        stamp = self._presentation.stamp
        return (
            one.id,
            one.source,
            one.kind,
            one.record,
            one.state.value,
            stamp(one.first_seen),
            stamp(one.last_seen),
            stamp(one.resolved_at),
            " ".join(fault.code for fault in one.faults),
            " ".join(fault.rule or "" for fault in one.faults),
            _place(one),
        )


def _place(one: Quarantined) -> str:
    return said(one.place.text) if one.place else ""
