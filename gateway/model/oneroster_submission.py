"""What other systems wrote into our OneRoster gradebook: it waits until a person takes it into the journal or not."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from gateway.errors import Fault
from gateway.model.ids import LessonId, SchoolId, issued_id
from gateway.model.journal_records import RecordKind
from gateway.model.oneroster import Body, KeptObject, ObjectKind, ObjectStatus, ProviderObject, referred

SUBMISSION = "oneroster_submission"
"""The kind of object under which the audit keeps decisions."""

WRITABLE = (
    ObjectKind.CATEGORY,
    ObjectKind.SCORE_SCALE,
    ObjectKind.LINE_ITEM,
    ObjectKind.ASSESSMENT_LINE_ITEM,
    ObjectKind.RESULT,
    ObjectKind.ASSESSMENT_RESULT,
)
"""What other systems may write, what is referred to first: in this order it is approved."""

RESULTS = frozenset({ObjectKind.RESULT, ObjectKind.ASSESSMENT_RESULT})


class Action(StrEnum):
    """What the other system wants: the object to be so, or to be gone."""

    WRITE = "write"
    DELETE = "delete"


class SubmissionState(StrEnum):
    """How far it is."""

    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    """A person did not want it."""
    REFUSED = "refused"
    """A person wanted it and a rule of the journal does not allow it; it can be tried again."""
    WITHDRAWN = "withdrawn"
    """The other system took it back before anybody decided, or its line item is gone."""
    SUPERSEDED = "superseded"
    """A newer form of it was approved."""

    @property
    def is_open(self) -> bool:
        """Tell whether somebody can still decide."""
        return self in {SubmissionState.PENDING, SubmissionState.REFUSED}


@dataclass(frozen=True, kw_only=True, slots=True)
class Decider:
    """Who decides at the console or by a command, in which role, from where."""

    actor: str
    role: str
    channel: str
    source: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Submission:
    """One object as another system wrote it.

    Attributes:
        id: ours.
        client: the API client that wrote it.
        kind: what it is.
        sourced_id: the id by which that client knows it.
        action: what it wants.
        body: the object, read as `oneroster_in` reads; empty where it is to be gone.
        received_at: when the newest form of it came.
        state: how far it is.
        faults: what the journal had against it.
        lesson: the lesson that an approved line item belongs to.
        record: the journal's record that it became.
    """

    id: str
    client: str
    kind: ObjectKind
    sourced_id: str
    action: Action
    received_at: datetime
    body: Body = field(default_factory=dict, repr=False)
    state: SubmissionState = SubmissionState.PENDING
    decided_by: str = ""
    decided_at: datetime | None = None
    reason: str = field(default="", repr=False)
    faults: tuple[Fault, ...] = ()
    lesson: LessonId | None = None
    record_kind: RecordKind | None = None
    record: str = ""

    @property
    def item(self) -> str:
        """The line item of a result; empty for anything else."""
        return referred(self.body, "lineItem", "assessmentLineItem") or ""

    @property
    def of_class(self) -> str:
        """The class it says to be of."""
        return referred(self.body, "class") or ""


def submission_id(school: SchoolId, client: str, kind: ObjectKind, sourced_id: str, decided: int) -> str:
    """Return the id of what a client wrote of an object after so many of its forms had been decided on.

    Two that come at once have the same one: the later is kept over the earlier.
    """
    return issued_id(school, "submission", kind, f"{client}|{sourced_id}|{decided}")


def as_told(one: Submission) -> KeptObject:
    """Return what its writer reads back: what it wrote, that it waits or why it was rejected."""
    told = {"gateway.state": one.state.value, **({"gateway.reason": one.reason} if one.reason else {})}
    metadata = {**one.body.get("metadata", {}), **told}
    gone = one.action is Action.DELETE or one.state is SubmissionState.REJECTED
    return KeptObject(
        object=ProviderObject(kind=one.kind, sourced_id=one.sourced_id, body={**one.body, "metadata": metadata}),
        status=ObjectStatus.GONE if gone else ObjectStatus.ACTIVE,
        changed_at=one.decided_at or one.received_at,
    )
