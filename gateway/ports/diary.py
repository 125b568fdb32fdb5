"""What the diary needs: who may see whom, who wants to hear of whom, and the way to the portal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from gateway.model.diary import Child, ChildRight, DiaryView, Subscription
from gateway.model.ids import MarkId, PupilId, SubjectId
from gateway.ports.frame import Unit
from gateway.ports.weeks import Weeks


class DiaryFacts(Protocol):
    """What can be read of rights and subscriptions of one school."""

    def zone(self) -> ZoneInfo:
        """Return the school's time zone: rights begin and end with its days."""
        ...

    def rights_of_portal_user(self, portal_user: str) -> Sequence[ChildRight]:
        """Return the rights, valid or not, of everybody who has this id at the portal, by pupil and guardian."""
        ...

    def rights_of_subscribers(self, pupils: Iterable[PupilId]) -> Sequence[ChildRight]:
        """Return the rights, valid or not, of the guardians who want to hear of these pupils."""
        ...

    def children(self, pupils: Iterable[PupilId], *, today: date) -> Sequence[Child]:
        """Return the pupils with the class they are in today, by pupil id."""
        ...

    def mark_versions(self, marks: Iterable[MarkId]) -> Mapping[MarkId, int]:
        """Return how often each of the marks was entered."""
        ...

    def subject_names(self, subjects: Iterable[SubjectId]) -> Mapping[SubjectId, str]:
        """Return the names of the subjects."""
        ...


class DiaryRepository(DiaryFacts, Protocol):
    """Rights, subscriptions and views of one school."""

    def subscribe(self, subscription: Subscription, *, at: datetime) -> bool:
        """Keep a subscription; ``False`` when it is there already."""
        ...

    def unsubscribe(self, subscription: Subscription) -> bool:
        """Remove a subscription; ``False`` when there is none."""
        ...

    def add_view(self, view: DiaryView) -> None:
        """Keep a look at a diary."""
        ...


class DiaryReading(Protocol):
    """One school's diary, to be read."""

    @property
    def diary(self) -> DiaryFacts:
        """Rights and subscriptions."""
        ...

    @property
    def weeks(self) -> Weeks:
        """What the journal holds for pupils over some days."""
        ...


class DiaryUnit(Unit, Protocol):
    """A transaction over one school's diary."""

    @property
    def diary(self) -> DiaryRepository:
        """Rights, subscriptions, views."""
        ...


class AnnouncingUnit(Unit, Protocol):
    """What an announcement needs of the journal's own transaction."""

    @property
    def diary(self) -> DiaryRepository:
        """Rights and subscriptions."""
        ...


class EventSink(Protocol):
    """Takes events for families: the city portal."""

    def send(self, message_id: str, kind: str, content: bytes) -> str:
        """Hand over one event and return the receipt; sending the same ``message_id`` again has no further effect.

        Raises:
            TransientError: not now.
            PermanentError: never; the event will not be taken.
        """
        ...
