"""Reading what one program writes: made sense of, held against what there is, put together for the shelf."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from gateway.errors import Fault, Text
from gateway.mapping.oneroster_gradebook import gradebook_of
from gateway.mapping.oneroster_in import GUID, object_fault, object_invalid, written_object
from gateway.model.ids import SchoolId, issued_id
from gateway.model.oneroster import (
    STUDENT,
    Body,
    ObjectKind,
    ObjectStatus,
    is_reference,
    place_of,
    reference,
    referred,
)
from gateway.model.oneroster_submission import RESULTS, WRITABLE, Action, Submission
from gateway.ports.submissions import SubmissionUnit
from gateway.provider.refusals import object_unknown
from gateway.provider.standing import with_standing_users

_NAMED: Mapping[str, ObjectKind] = {
    "classSourcedId": ObjectKind.CLASS,
    "schoolSourcedId": ObjectKind.ORG,
    "lineItemSourcedId": ObjectKind.LINE_ITEM,
    "academicSessionSourcedId": ObjectKind.ACADEMIC_SESSION,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Intake:
    """What one program writes in one transaction.

    Attributes:
        client: the program.
        at: when it writes.
        known: what has been found out about references; a set names the same few things over and over.
    """

    unit: SubmissionUnit
    school: SchoolId
    client: str
    at: datetime
    zone: ZoneInfo
    known: dict[tuple[ObjectKind, str, bool], bool] = field(default_factory=dict)

    def one(self, kind: ObjectKind, sourced_id: str, tree: object) -> Submission:
        """Return an object as it is to be kept.

        Raises:
            DocumentError: ``oneroster.object_invalid``.
        """
        return self._kept(kind, {sourced_id: self._body(kind, sourced_id, tree)})[0]

    def several(
        self, kind: ObjectKind, trees: Sequence[object], named: Mapping[str, str]
    ) -> tuple[Mapping[str, str], Sequence[Submission]]:
        """Return the ids that objects get by those that they come with, and the objects as they are to be kept.

        Raises:
            GatewayError: ``oneroster.object_unknown``: the address names something that is not there.
            DocumentError: ``oneroster.object_invalid``.
        """
        implied = self._implied(kind, named)
        pairs: dict[str, str] = {}
        bodies: dict[str, Body] = {}
        for tree in trees:
            supplied = str(tree.get("sourcedId") or "") if isinstance(tree, Mapping) else ""
            if not supplied or supplied in pairs:
                raise object_invalid(_id_needed())
            pairs[supplied] = issued_id(self.school, "posted", f"{self.client}|{kind}", supplied)
            whole = {**implied, **_said(tree)} if isinstance(tree, Mapping) else tree
            bodies[pairs[supplied]] = self._body(kind, pairs[supplied], whole)
        return pairs, self._kept(kind, bodies)

    def _kept(self, kind: ObjectKind, bodies: Mapping[str, Body]) -> Sequence[Submission]:
        ids = self.unit.submissions.next_ids(self.client, kind, bodies)
        return [
            Submission(
                id=ids[sourced_id],
                client=self.client,
                kind=kind,
                sourced_id=sourced_id,
                action=Action.WRITE,
                body=body,
                received_at=self.at,
            )
            for sourced_id, body in bodies.items()
        ]

    def _body(self, kind: ObjectKind, sourced_id: str, tree: object) -> Body:
        if not GUID.fullmatch(sourced_id):
            raise object_invalid(_id_invalid())
        body = {**written_object(kind, tree, received_at=self.at, zone=self.zone)}
        if kind is ObjectKind.LINE_ITEM and "school" not in body:
            body["school"] = reference(ObjectKind.ORG, self.school)
        body = {**with_standing_users(body, self.unit.roster_merges.aliases())}
        if faults := tuple(self._missing(body)):
            raise object_invalid(*faults)
        return body

    def _missing(self, body: Body) -> Iterable[Fault]:
        for name, value in body.items():
            if name == "metadata" or not isinstance(value, Mapping) or not is_reference(value):
                continue
            key = (ObjectKind(value["type"]), value["sourcedId"], name == STUDENT)
            if key not in self.known:
                self.known[key] = self._is_there(*key)
            if not self.known[key]:
                yield _not_there(name)

    def _is_there(self, kind: ObjectKind, sourced_id: str, as_student: bool) -> bool:  # noqa: FBT001  a part of a key
        """Tell whether something can be referred to: it is told, or the same program wrote it."""
        found = self.unit.provider.one(kind, sourced_id)
        if found is not None and found.status is ObjectStatus.ACTIVE:
            return not as_student or place_of(found.object).variant == STUDENT
        if kind not in WRITABLE:
            return False
        own = self.unit.submissions.newest(self.client, kind, sourced_id)
        return own is not None and own.action is Action.WRITE and own.state.is_open

    def _implied(self, kind: ObjectKind, named: Mapping[str, str]) -> Body:
        """Return what the address of a set says of every object in it; what it names must be there."""
        implied: dict[str, object] = {}
        for parameter, sourced_id in named.items():
            wanted = _NAMED[parameter]
            found = self.unit.provider.one(wanted, sourced_id)
            if found is None or found.status is not ObjectStatus.ACTIVE:
                raise object_unknown(wanted)
            if wanted is not ObjectKind.ACADEMIC_SESSION:
                implied[wanted.value if wanted is not ObjectKind.ORG else "school"] = reference(wanted, sourced_id)
                if wanted is ObjectKind.LINE_ITEM and (of := referred(found.object.body, "class")):
                    implied["class"] = reference(ObjectKind.CLASS, of)
        session = named.get("academicSessionSourcedId")
        if session is not None and kind in RESULTS:
            book = gradebook_of(self.unit.gradebook.facts(self.unit.provider.facts()))
            taught = book.class_of(named["classSourcedId"])
            item = book.final_item(taught, session) if taught else None
            if item is not None:
                implied["lineItem"] = reference(ObjectKind.LINE_ITEM, item)
        return implied


def _said(tree: Mapping[str, object]) -> Mapping[str, object]:
    """Return the fields that say something: a null is as good as nothing."""
    return {name: value for name, value in tree.items() if value is not None}


def _id_needed() -> Fault:
    return object_fault(
        "sourcedId",
        Text(
            ru="У каждого объекта набора свой sourcedId.",
            en="Every object of a set has a sourcedId of its own.",
        ),
    )


def _id_invalid() -> Fault:
    return object_fault(
        "sourcedId",
        Text(
            ru="sourcedId – от 1 до 64 знаков A–Z, a–z, 0–9, «.», «-», «_», «@».",
            en="A sourcedId is 1 to 64 characters of A-Z, a-z, 0-9, '.', '-', '_', '@'.",
        ),
    )


def _not_there(name: str) -> Fault:
    return object_fault(
        name,
        Text(
            ru=f"Поле «{name}» называет то, чего нет.",
            en=f"Field '{name}' names something that is not there.",
        ),
    )
