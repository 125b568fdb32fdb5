"""One person in several roles or schools: the only place where the records of one school meet those of another.

What a school is told of it is decided in `gateway.roster.persons`: of another school never more than a role.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Protocol

from gateway.model.ids import SchoolId
from gateway.model.person_identity import PersonFacts, PersonKey, PersonLink, PersonState


class PersonRegister(Protocol):
    """Who is who in the whole installation, as one school adds to it."""

    def lock(self) -> None:
        """Keep others who look for persons waiting until the transaction ends; call it before looking."""
        ...

    def facts(self, keys: Iterable[PersonKey]) -> Sequence[PersonFacts]:
        """Return what records tell; one that is not there tells nothing."""
        ...

    def users(self, keys: Iterable[PersonKey]) -> Mapping[PersonKey, frozenset[tuple[str, str]]]:
        """Return who records are at the sources: names of sources and the ids there."""
        ...

    def near(self, wanted: Collection[PersonFacts]) -> Sequence[PersonFacts]:
        """Return the records of other roles or schools that have something telling in common with one of the school."""
        ...

    def links_of(self, keys: Iterable[PersonKey]) -> Sequence[PersonLink]:
        """Return the links of records."""
        ...

    def links(self, state: PersonState | None = None, *, within: SchoolId | None = None) -> Sequence[PersonLink]:
        """Return all links of the installation, the oldest first; or those between records of one school."""
        ...

    def put(self, links: Iterable[PersonLink]) -> None:
        """Keep links, each over the one of the same two records."""
        ...

    def drop(self, links: Iterable[PersonLink]) -> None:
        """Forget links."""
        ...

    def held(self, keys: Iterable[PersonKey]) -> Mapping[PersonKey, str]:
        """Return the persons that records are; one that is nobody else's record has none."""
        ...

    def records_of(self, person: str) -> Sequence[PersonKey]:
        """Return the records of a person."""
        ...

    def persons(self) -> Mapping[PersonKey, str]:
        """Return every record of the installation that is of a person with several."""
        ...

    def keep(self, persons: Mapping[PersonKey, str | None]) -> None:
        """Keep which persons records are."""
        ...
