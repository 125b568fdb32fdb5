"""Objects of OneRoster 1.2 and 1.1 (REST) → what we use of them. Pure.

Read leniently (``reference/oneroster.md`` 2): references as objects, as plain ids or flat (``classSourcedId``), truth
values as words or as JSON booleans, days in three forms, one role (1.1) or several (1.2), empty text for nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

Json = Mapping[str, Any]
"""An object as it came. Holds personal data: never logged."""

TOMBSTONE = "tobedeleted"
_SNILS_WORDS = ("снилс", "snils")
_GRADE_AND_LETTER = re.compile(
    r"(?P<grade>1[01]|0?[1-9])\s*[-–—.]?\s*[«\"']?\s*(?P<letter>[А-ЯЁA-Z]{0,3})\s*[»\"']?(?:\s+(?:класс|class|кл\.?))?",
    re.IGNORECASE,
)
_LOOK_ALIKES = str.maketrans("ABCEHKMOPTXY", "АВСЕНКМОРТХУ")
"""Latin capitals that look like Cyrillic ones: a class ``5A`` typed on the wrong layout is ``5А``."""
_DOTTED_DAY = re.compile(r"(?P<day>\d{1,2})\.(?P<month>\d{1,2})\.(?P<year>\d{4})")
_HALF_A_DAY = timedelta(hours=12)


@dataclass(frozen=True, kw_only=True, slots=True)
class Org:
    """An organisation: a school or what stands above it."""

    id: str
    identifier: str
    type: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Session:
    """An academic session with its first and last day."""

    id: str
    type: str
    begin: date | None
    end: date | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Role:
    """A role that a person has at an organisation; ``end`` is exclusive."""

    role: str
    org: str
    primary: bool
    begin: date | None
    end: date | None

    def is_over(self, today: date) -> bool:
        """Tell whether the role ended."""
        return self.end is not None and self.end <= today


@dataclass(frozen=True, kw_only=True, slots=True)
class User:
    """A person. What the source does not tell at all is ``None``; what it tells to be empty is empty text."""

    id: str
    family: str = field(repr=False)
    given: str = field(repr=False)
    middle: str | None = field(repr=False)
    email: str | None = field(repr=False)
    phone: str | None = field(repr=False)
    snils: str | None = field(repr=False)
    roles: tuple[Role, ...]
    agents: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Class:
    """A class: the pupils of one grade and letter (``homeroom``) or a course that is taught (``scheduled``)."""

    id: str
    title: str
    code: str
    type: str
    grades: tuple[str, ...]
    school: str
    terms: tuple[str, ...]

    @property
    def is_homeroom(self) -> bool:
        """Whether this is a class in our sense; where the type is missing (optional in REST), by its title."""
        return self.type == "homeroom" or (not self.type and grade_and_letter(self.title) is not None)


@dataclass(frozen=True, kw_only=True, slots=True)
class Enrolment:
    """A person's place in a class; ``end`` is exclusive (OneRoster 1.2, Enrollment)."""

    id: str
    user: str
    school_class: str
    school: str
    role: str
    primary: bool
    begin: date | None
    end: date | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Demographics:
    """Birth date and sex of the user with the same id."""

    id: str
    birth_date: date | None = field(repr=False)
    sex: str = field(repr=False)


class Unreadable(ValueError):
    """A field of an object cannot be read; ``field`` is its name."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


def source_id(item: Json) -> str:
    """Return an object's id, empty where there is none."""
    return _text(item, "sourcedId")


def is_tombstone(item: Json) -> bool:
    """Tell whether the source says that the object is gone (1.1 also knew ``inactive`` for that in old drafts)."""
    return _text(item, "status").casefold() == TOMBSTONE


def changed_at(item: Json) -> datetime | None:
    """Return when the source says that it changed the object."""
    try:
        moment = datetime.fromisoformat(_text(item, "dateLastModified"))
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def read_org(item: Json) -> Org:
    """Return an organisation."""
    return Org(id=source_id(item), identifier=_text(item, "identifier"), type=_text(item, "type"))


def read_session(item: Json) -> Session:
    """Return an academic session; days that cannot be read are left out."""
    return Session(
        id=source_id(item), type=_text(item, "type"), begin=_lenient(item, "startDate"), end=_lenient(item, "endDate")
    )


def read_user(item: Json) -> User:
    """Return a person.

    Raises:
        Unreadable: a role's day is none.
    """
    return User(
        id=source_id(item),
        family=_text(item, "familyName"),
        given=_text(item, "givenName"),
        middle=_told(item, "middleName"),
        email=_told(item, "email"),
        phone=_told(item, "phone") or _told(item, "sms"),
        snils=_snils(item),
        roles=tuple(_roles(item)),
        agents=tuple(_references(item, "agents")),
    )


def read_class(item: Json) -> Class:
    """Return a class."""
    return Class(
        id=source_id(item),
        title=_text(item, "title"),
        code=_text(item, "classCode"),
        type=_text(item, "classType").casefold(),
        grades=tuple(str(grade) for grade in _list(item, "grades")),
        school=_reference(item, "school"),
        terms=tuple(_references(item, "terms")),
    )


def read_enrolment(item: Json) -> Enrolment:
    """Return an enrolment.

    Raises:
        Unreadable: a day is none.
    """
    return Enrolment(
        id=source_id(item),
        user=_reference(item, "user"),
        school_class=_reference(item, "class"),
        school=_reference(item, "school"),
        role=_text(item, "role").casefold(),
        primary=truth(item.get("primary")),
        begin=day(item, "beginDate"),
        end=day(item, "endDate"),
    )


def read_demographics(item: Json) -> Demographics:
    """Return birth date and sex.

    Raises:
        Unreadable: the birth date is no day.
    """
    return Demographics(id=source_id(item), birth_date=day(item, "birthDate"), sex=_text(item, "sex").casefold())


def grade_and_letter(title: str) -> tuple[int, str] | None:
    """Return grade and letter of a class's title (``5А``, ``5-а``, ``05 «A» класс``), ``None`` if it has none."""
    match = _GRADE_AND_LETTER.fullmatch(title.strip())
    if match is None:
        return None
    return int(match["grade"]), match["letter"].upper().translate(_LOOK_ALIKES)


def truth(value: object) -> bool:
    """Return a truth value, told as a word (the standard) or as JSON (seen)."""
    return value is True or (isinstance(value, str) and value.strip().casefold() in {"true", "1", "yes"})


def day(item: Json, name: str) -> date | None:
    """Return a day told as ``2026-09-01``, as a date-time or as ``01.09.2026``; ``None`` where nothing is told.

    A date-time means the midnight next to it: midnight in Moscow is 21:00 UTC of the day before. Days with slashes are
    not guessed at: nobody knows whether the day or the month comes first.

    Raises:
        Unreadable: it is none of these.
    """
    text = _text(item, name)
    if not text:
        return None
    try:
        if match := _DOTTED_DAY.fullmatch(text):
            return date(int(match["year"]), int(match["month"]), int(match["day"]))
        return (datetime.fromisoformat(text) + _HALF_A_DAY).date()
    except (ValueError, OverflowError):
        raise Unreadable(name) from None


def day_is_odd(item: Json, name: str) -> bool:
    """Tell whether a day is told in another form than the standard's ``YYYY-MM-DD``."""
    text = _text(item, name)
    return bool(text) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", text) is None


def has_relative_references(item: Json) -> bool:
    """Tell whether a reference's ``href`` is not the absolute address that the standard asks for."""
    return any(
        isinstance(part, Mapping) and isinstance(href := part.get("href"), str) and "://" not in href
        for value in item.values()
        for part in (value if isinstance(value, list) else [value])
    )


def _lenient(item: Json, name: str) -> date | None:
    try:
        return day(item, name)
    except Unreadable:
        return None


def _text(item: Json, name: str) -> str:
    value = item.get(name)
    return "" if value is None or isinstance(value, (Mapping, list)) else " ".join(str(value).split())


def _told(item: Json, name: str) -> str | None:
    return _text(item, name) if item.get(name) is not None else None


def _list(item: Json, name: str) -> list[Any]:
    value = item.get(name)
    return value if isinstance(value, list) else [] if value is None or value == "" else [value]


def _id_in(reference: object) -> str:
    return source_id(reference) if isinstance(reference, Mapping) else str(reference or "").strip()


def _reference(item: Json, name: str) -> str:
    return _id_in(item.get(name)) or _text(item, f"{name}SourcedId")


def _references(item: Json, name: str) -> Iterator[str]:
    found: Iterable[object] = _list(item, name) or _list(item, f"{name.removesuffix('s')}SourcedIds")
    yield from (one for one in map(_id_in, found) if one)


def _roles(item: Json) -> Iterator[Role]:
    """Yield the roles of a user: 1.2 has a list of them, 1.1 one word and a list of organisations."""
    told = [one for one in _list(item, "roles") if isinstance(one, Mapping)]
    for one in told:
        yield Role(
            role=_text(one, "role"),
            org=_reference(one, "org"),
            primary=_text(one, "roleType").casefold() != "secondary",
            begin=day(one, "beginDate"),
            end=day(one, "endDate"),
        )
    if not told and (word := _text(item, "role")):
        for org in (*_references(item, "orgs"), *_references(item, "org")):
            yield Role(role=word, org=org, primary=True, begin=None, end=None)


def _snils(item: Json) -> str | None:
    for one in _list(item, "userIds"):
        if isinstance(one, Mapping) and any(word in _text(one, "type").casefold() for word in _SNILS_WORDS):
            digits = re.sub(r"\D", "", _text(one, "identifier"))
            return f"{digits[:3]}-{digits[3:6]}-{digits[6:9]} {digits[9:]}"
    return None
