"""Reading what we give out: lists and single objects, fresh, with every look at a pupil's data kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from zoneinfo import ZoneInfo

from gateway.errors import GatewayError, Party, Text
from gateway.model.oneroster import STUDENT, TEACHER, KeptObject, ObjectKind, place_of, pupils_told
from gateway.model.oneroster_operations import LINKS, PARAMETERS, Named, Operation
from gateway.model.oneroster_query import Link, Query, Restriction
from gateway.model.oneroster_submission import WRITABLE, SubmissionState, as_told
from gateway.model.pupil_data import Actor
from gateway.ports.frame import Clock, NewId, ReadingUnits, Units
from gateway.ports.provider import ObjectPage, ObjectShelf, ProviderReading, ProviderUnit
from gateway.provider.projection import Projection


@dataclass(frozen=True, kw_only=True, slots=True)
class Provider:
    """The objects of one school as readers get them."""

    units: Units[ProviderUnit]
    readings: ReadingUnits[ProviderReading]
    clock: Clock
    new_id: NewId
    projection: Projection

    def page(self, operation: Operation, named: Mapping[str, str], query: Query, *, reader: Actor) -> ObjectPage:
        """Return a page of a list.

        Args:
            operation: what is asked for.
            named: the parameters of its address.
            query: the page; what the address narrows it to is put in here.
            reader: who asks.

        Raises:
            GatewayError: ``oneroster.object_unknown``: the address names something that is not there.
        """
        self.projection.ready()
        with self.readings() as reading:
            within = tuple(_restrictions(reading.provider, operation, named))
            page = reading.provider.page(replace(query, variants=operation.variants, within=within))
            page = replace(page, as_of=self.projection.as_of(reading.provider, operation.kind))
        self._keep_looks(operation.kind, page.objects, reader)
        return page

    def one(self, operation: Operation, sourced_id: str, *, reader: Actor) -> KeptObject:
        """Return an object, also one that is gone and still told of; what the reader itself wrote, as it wrote it.

        Raises:
            GatewayError: ``oneroster.object_unknown``.
        """
        self.projection.ready()
        with self.readings() as reading:
            found = _own(reading, operation.kind, sourced_id, reader)
            if found is None:
                wanted = Named(kind=operation.kind, variants=operation.variants)
                found = _found(reading.provider, wanted, sourced_id)
        self._keep_looks(operation.kind, [found], reader)
        return found

    def today(self) -> date:
        """Return the day at the school."""
        with self.readings() as reading:
            zone = ZoneInfo(reading.roster.school().zone)
        return self.clock().astimezone(zone).date()

    def _keep_looks(self, kind: ObjectKind, objects: Iterable[KeptObject], reader: Actor) -> None:
        looks = ((pupil, f"oneroster.{kind.many}") for one in objects for pupil in pupils_told(one.object))
        if views := reader.views(looks, at=self.clock(), new_id=self.new_id):
            with self.units() as unit:
                unit.views.add(views)


def _own(reading: ProviderReading, kind: ObjectKind, sourced_id: str, reader: Actor) -> KeptObject | None:
    """Return what the reader wrote and nobody has decided on, or what was rejected and is nothing else."""
    if kind not in WRITABLE:
        return None
    newest = reading.submissions.newest(reader.client, kind, sourced_id)
    if newest is None:
        return None
    rejected = newest.state is SubmissionState.REJECTED and reading.provider.one(kind, sourced_id) is None
    return as_told(newest) if newest.state.is_open or rejected else None


def _restrictions(shelf: ObjectShelf, operation: Operation, named: Mapping[str, str]) -> Iterable[Restriction]:
    """Yield what the address of a list narrows it to; everything it names must be there."""
    for parameter, sourced_id in named.items():
        holder = _found(shelf, PARAMETERS[parameter], sourced_id)
        link = LINKS.get((operation.kind, parameter))
        if link is None:
            continue
        yield Restriction(
            link=link,
            sourced_id=sourced_id,
            role=_role(operation, parameter) if link in {Link.MEMBER, Link.CLASSES_OF} else None,
            ids=tuple(one["sourcedId"] for one in holder.object.body.get("resources", ())),
        )


def _role(operation: Operation, parameter: str) -> str | None:
    """Return the role of the enrolments that an address is about: students of a class, classes of a teacher."""
    for role in (STUDENT, TEACHER):
        if parameter == f"{role}SourcedId" or operation.path.endswith(f"/{role}s"):
            return role
    return None


def _found(shelf: ObjectShelf, wanted: Named, sourced_id: str) -> KeptObject:
    found = shelf.one(wanted.kind, sourced_id) if sourced_id.isprintable() else None
    if found is None or (wanted.variants and place_of(found.object).variant not in wanted.variants):
        raise GatewayError(
            "oneroster.object_unknown",
            Text(
                ru=f"Объекта «{wanted.kind}» с таким sourcedId нет. Unknown Object.",
                en=f"There is no '{wanted.kind}' with this sourcedId. Unknown Object.",
            ),
            who=Party.SENDER,
        )
    return found
