"""What the provider holds, the changes that can be made to it, and the tricks that are switched on."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from threading import RLock
from typing import Any

from gateway.sandbox.oneroster.records import DISTRICT, OTHER_SCHOOL, Json, enrolment, objects, org_id, role
from gateway.sandbox.oneroster.tricks import Trick
from gateway.sandbox.registry import RosterData

_REQUESTS_OF_A_TOKEN = 12
_OWN_LISTS = ("classes", "users", "enrollments", "demographics")


class Holdings:
    """The lists of one provider. Safe for several threads."""

    def __init__(self, data: RosterData, *, tricks: Iterable[Trick] = ()) -> None:
        self.org = org_id(data)
        self.tricks: frozenset[Trick] = frozenset(tricks)
        self.requests = 0
        self._lists = objects(data)
        self._hidden: set[tuple[str, str]] = set()
        self._tokens: Counter[str] = Counter()
        self._lock = RLock()

    def switch(self, *tricks: Trick) -> None:
        """Switch these tricks on and all others off."""
        with self._lock:
            self.tricks = frozenset(tricks)
            self.requests = 0

    def has(self, trick: Trick) -> bool:
        """Tell whether a trick is switched on."""
        return trick in self.tricks

    def new_token(self) -> str:
        """Give a token."""
        with self._lock:
            token = secrets.token_urlsafe(24)
            self._tokens[token] = 0
            return token

    def admits(self, token: str) -> bool:
        """Count a request and tell whether its token is good."""
        with self._lock:
            self.requests += 1
            if token not in self._tokens:
                return False
            self._tokens[token] += 1
            if self.has(Trick.TOKEN_LOST_MIDWAY) and self._tokens[token] > _REQUESTS_OF_A_TOKEN:
                del self._tokens[token]
                return False
            return True

    def hide(self, name: str, source_id: str) -> None:
        """Leave an object out of its list and of the count; by its id it can still be had."""
        with self._lock:
            self._hidden.add((name, source_id))

    def listed(self, name: str) -> list[Json]:
        """Return what a list shows."""
        return [one for one in self.visible(name) if (name, one["sourcedId"]) not in self._hidden]

    def visible(self, name: str) -> list[Json]:
        """Return what the token's holder may see of a kind of object, by id."""
        with self._lock:
            lost = self.has(Trick.RIGHTS_LOST_MIDWAY) and self.requests > _REQUESTS_OF_A_TOKEN
            if self.has(Trick.EMPTY_200) or lost:
                return []
            found = self._lists[name]
            if self.has(Trick.OTHER_SCHOOL_ONLY):
                found = [one for one in found if _is_of(one, OTHER_SCHOOL)]
            if self.has(Trick.RENUMBERS):
                found = [_renumbered(one) for one in found]
            if self.has(Trick.RESTLESS) and name in _OWN_LISTS and self.requests % 2:
                found = [{**found[0], "sourcedId": "-"}, *found]
            return sorted(found, key=lambda one: str(one["sourcedId"]))

    def drop(self, source_id: str) -> bool:
        """Let a person or class vanish, and every enrolment with it; ``False`` if nothing tells of it."""
        with self._lock:
            is_there = any(source_id in _named(one) for found in self._lists.values() for one in found)
            for name, found in self._lists.items():
                self._lists[name] = [one for one in found if source_id not in _named(one)]
            return is_there

    def bury(self, source_id: str) -> None:
        """Mark a person as ``tobedeleted``."""
        with self._lock:
            self._find("users", source_id)["status"] = "tobedeleted"
            self._touch(self._find("users", source_id))

    def change(self, name: str, source_id: str, **fields: Any) -> None:
        """Set fields of an object, to whatever is given."""
        with self._lock:
            found = self._find(name, source_id)
            found.update(fields)
            self._touch(found)

    def add(self, name: str, item: Json) -> None:
        """Add an object."""
        with self._lock:
            self._lists[name].append(item)
            self._touch(item)

    def move(self, pupil: str, to_class: str, since: date) -> None:
        """End a pupil's places and begin one in another class, of the same type of class."""
        with self._lock:
            for one in self._lists["enrollments"]:
                if one["user"]["sourcedId"] == pupil and "endDate" not in one:
                    one["endDate"] = since.isoformat()
                    self._touch(one)
            self.add("enrollments", enrolment(self.org, pupil, to_class, since, None))

    def admit(self, source_id: str, family: str, to_class: str, since: date) -> None:
        """Take in a pupil, with demographics and a place."""
        with self._lock:
            user = {
                **self._lists["users"][0],
                "sourcedId": source_id,
                "familyName": family,
                "agents": [],
                "userIds": [],
            }
            self.add("users", {**user, "roles": [role("student", self.org)], "middleName": "Примеровна"})
            self.add(
                "demographics",
                {"sourcedId": source_id, "status": "active", "birthDate": "2015-05-05", "sex": "female"},
            )
            self.add("enrollments", enrolment(self.org, source_id, to_class, since, None))

    def _find(self, name: str, source_id: str) -> Json:
        return next(one for one in self._lists[name] if one["sourcedId"] == source_id)

    def _touch(self, item: Json) -> None:
        if not self.has(Trick.DELTA_LOSSY):
            moment = datetime.now(UTC) + timedelta(seconds=1)
            item["dateLastModified"] = f"{moment:%Y-%m-%dT%H:%M:%S.000Z}"


def _named(item: Json) -> set[str]:
    """Return the ids by which an object stands or falls: its own, and its ends if it is an enrolment."""
    ends = (item.get("user"), item.get("class")) if "beginDate" in item else ()
    return {str(item["sourcedId"]), *(str(end["sourcedId"]) for end in ends if end)}


def _is_of(item: Json, org: str) -> bool:
    if "type" in item and "identifier" in item:
        return item["sourcedId"] in {org, DISTRICT}
    orgs = [item.get("school"), *(one["org"] for one in item.get("roles", ()))]
    return any(one and one["sourcedId"] == org for one in orgs)


def _renumbered(item: Json) -> Json:
    """Return an object with another id, and other ids in its references to people and classes."""
    return {
        name: _renumbered_value(value) if name in {"user", "class", "agents"} else value for name, value in item.items()
    } | ({} if "schoolYear" in item or "identifier" in item else {"sourcedId": f"9{item['sourcedId']}"})


def _renumbered_value(value: Any) -> Any:
    if isinstance(value, list):
        return [_renumbered_value(one) for one in value]
    return {**value, "sourcedId": f"9{value['sourcedId']}"}
