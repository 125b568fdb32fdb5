"""Who runs the school: the posts that its papers are signed by."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.model.ids import StaffId
from gateway.sandbox.school.sample import SampleSchool
from gateway.sandbox.school.staff import COORDINATOR, DEPUTY, DIRECTOR, LIBRARIAN, SECRETARY

_OTHER_DEPUTIES = "заместитель директора"


@dataclass(frozen=True, kw_only=True, slots=True)
class Leaders:
    """The director and those who keep the journal; in a small school the coordinator fills several posts."""

    director: StaffId
    deputy: StaffId
    other_deputies: tuple[StaffId, ...]
    administrator: StaffId
    dispatcher: StaffId
    archivist: StaffId


def leaders(sample: SampleSchool) -> Leaders:
    """Return who runs the school."""
    by_post = {person.position: person.id for person in reversed(sample.staff)}
    coordinator = by_post[COORDINATOR]
    return Leaders(
        director=by_post[DIRECTOR],
        deputy=by_post[DEPUTY],
        other_deputies=tuple(
            person.id
            for person in sample.staff
            if person.position.startswith(_OTHER_DEPUTIES) and person.position != DEPUTY
        ),
        administrator=coordinator,
        dispatcher=by_post.get(SECRETARY, coordinator),
        archivist=by_post.get(LIBRARIAN, coordinator),
    )
