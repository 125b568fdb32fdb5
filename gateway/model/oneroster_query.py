"""What a reader of a OneRoster provider may ask of a list: filter, order, choice of fields, place of the page.

Grammar of filters (OneRoster 1.2, 3.3): ``field predicate 'value'``, one ``AND`` or ``OR`` between two of them at most,
fields inside others by dots. The standard knows no escape for a quote inside a value: it is taken doubled or as it is.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import StrEnum

from gateway.errors import DocumentError, Fault, Party, Text
from gateway.model.oneroster import ObjectKind
from gateway.model.oneroster_fields import FIELDS, MANDATORY, Leaf, Way, way_to


class Predicate(StrEnum):
    """How a value is compared; ``~`` asks whether it contains a text."""

    NOT_EQUAL = "!="
    AT_LEAST = ">="
    AT_MOST = "<="
    EQUAL = "="
    ABOVE = ">"
    BELOW = "<"
    CONTAINS = "~"


@dataclass(frozen=True, kw_only=True, slots=True)
class Clause:
    """One comparison. On a list it holds if it holds for any element; ``!=`` says that ``=`` does not hold."""

    way: Way
    predicate: Predicate
    value: str | float = field(repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Filter:
    """One clause, or two of which both (or, if ``either``, at least one) must hold."""

    clauses: tuple[Clause, ...]
    either: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Order:
    """In which order a list is told; without a ``way`` by ``sourcedId``, the order that no change disturbs."""

    way: Way | None = None
    descending: bool = False


class Link(StrEnum):
    """How the objects of a list hang on another object."""

    OF_CLASS = "class"
    OF_USER = "user"
    CHILD = "parent"
    IN_TERM = "term"
    MEMBER = "member"
    """Users enrolled in a class."""
    CLASSES_OF = "classes"
    """Classes a user is enrolled in."""
    LISTED = "listed"
    """Those that the other object names in its own ``resources``."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Restriction:
    """Only what hangs on one object; ``role`` narrows an enrolment on the way."""

    link: Link
    sourced_id: str
    role: str | None = None
    ids: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Query:
    """A page of a list.

    Attributes:
        kind: of the objects.
        variants: only these (`oneroster.Place`); empty = all.
        within: what the list is narrowed to by its address.
        filter: what the reader narrows it to.
        order: in which order.
        limit: how many at most.
        offset: how many of the list come before; where ``after`` is given, only told, not counted.
        after: the id behind which the page begins: as fast for the last page as for the first.
        today: enrolments that are over do not make anybody a member of a class.
    """

    kind: ObjectKind
    today: date
    variants: frozenset[str] = frozenset()
    within: tuple[Restriction, ...] = ()
    filter: Filter | None = None
    order: Order = Order()
    limit: int = 100
    offset: int = 0
    after: str | None = None


_CLAUSE = re.compile(r"\s*([A-Za-z0-9_.:\-]+)\s*(!=|>=|<=|=|>|<|~)\s*(.*?)\s*", re.DOTALL)
_BETWEEN = re.compile(r"\s+(AND|OR)\s+(?=[A-Za-z0-9_.:\-]+\s*(?:!=|>=|<=|=|>|<|~))", re.IGNORECASE)
_MOST_CLAUSES = 2
_LONGEST = 2000
"""Characters of a filter: the time it takes to read one grows with the square of its length."""
_BARE = re.compile(r"[^'\s]+")
_LOST_PLUS = re.compile(r"(T\S+) (\d\d:?\d\d)$")


def filter_of(kind: ObjectKind, text: str) -> Filter:
    """Return the filter that a text writes.

    Raises:
        DocumentError: ``oneroster.filter_invalid``: no such field, no such predicate, more than two comparisons, more
            than two thousand characters.
    """
    if len(text) > _LONGEST:
        raise _filter_invalid(
            Text(
                ru=f"Фильтр не длиннее {_LONGEST} знаков.",
                en=f"A filter has {_LONGEST} characters at most.",
            )
        )
    parts, joints = _split(text.replace("\0", "\N{REPLACEMENT CHARACTER}"))  # which is in no text of ours
    if len(parts) > _MOST_CLAUSES:
        raise _filter_invalid(
            Text(
                ru="В фильтре не больше двух сравнений, соединённых AND или OR.",
                en="A filter has two comparisons at most, joined by AND or OR.",
            )
        )
    return Filter(clauses=tuple(_clause(kind, part) for part in parts), either=joints == ["OR"])


def order_of(kind: ObjectKind, sort: str | None, *, descending: bool) -> Order | None:
    """Return the order that is asked for; ``None`` where the kind has no such value, or a list of them."""
    if sort in {None, "", "sourcedId"}:
        return Order(descending=descending)
    way = way_to(kind, str(sort))
    return None if way is None or way.lists else Order(way=way, descending=descending)


def chosen_fields(kind: ObjectKind, text: str) -> frozenset[str]:
    """Return the fields that a comma list names, and those that are never left out.

    Raises:
        DocumentError: ``oneroster.selection_invalid``: the list is blank or names a field that the kind has not.
    """
    names = {name.strip() for name in text.split(",")}
    unknown = sorted(name for name in names if name not in FIELDS[kind])
    if unknown:
        told = unknown[0][:64]
        raise _query_invalid(
            "oneroster.selection_invalid",
            Text(
                ru=f"Параметр «fields»: у объектов «{kind}» нет поля «{told}».",
                en=f"Parameter 'fields': objects '{kind}' have no field '{told}'.",
            ),
            "fields",
        )
    return frozenset(names) | frozenset(MANDATORY)


def moment_text(moment: datetime) -> str:
    """Return a moment as OneRoster writes it: UTC, to the millisecond, with ``Z``."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _split(text: str) -> tuple[list[str], list[str]]:
    """Return the comparisons of a filter and the words between them.

    An AND inside a quoted value parts nothing: a part that does not end its quote goes on to the next.
    """
    pieces = _BETWEEN.split(text)
    parts, joints = [pieces[0]], []
    for joint, piece in zip(pieces[1::2], pieces[2::2], strict=True):
        if _is_whole(parts[-1]):
            joints.append(joint.upper())
            parts.append(piece)
        else:
            parts[-1] = f"{parts[-1]} {joint} {piece}"
    return parts, joints


def _is_whole(part: str) -> bool:
    found = _CLAUSE.fullmatch(part)
    return found is not None and (not found[3].startswith("'") or (len(found[3]) > 1 and found[3].endswith("'")))


def _clause(kind: ObjectKind, part: str) -> Clause:
    found = _CLAUSE.fullmatch(part)
    if found is None:
        raise _filter_invalid(
            Text(
                ru="Сравнение в фильтре записывается так: поле='значение'; знаки: = != > >= < <= ~.",
                en="A comparison of a filter is written field='value'; predicates: = != > >= < <= ~.",
            )
        )
    path, predicate, written = found[1], Predicate(found[2]), found[3]
    way = way_to(kind, path)
    if way is None:
        told = path[:64]
        raise _filter_invalid(
            Text(
                ru=f"У объектов «{kind}» нет поля «{told}», по которому можно отбирать.",
                en=f"Objects '{kind}' have no field '{told}' to filter by.",
            )
        )
    return Clause(way=way, predicate=predicate, value=_value(way.leaf, _unquoted(written)))


def _unquoted(written: str) -> str:
    if len(written) > 1 and written[0] == written[-1] == "'":
        return written[1:-1].replace("''", "'")
    if _BARE.fullmatch(written):  # numbers and flags are often sent without quotes
        return written
    raise _filter_invalid(
        Text(
            ru="Значение в фильтре стоит в одинарных кавычках.",
            en="The value of a filter stands in single quotes.",
        )
    )


def _value(leaf: Leaf, text: str) -> str | float:
    try:
        match leaf:
            case Leaf.NUMBER:
                return _number(text)
            case Leaf.MOMENT:
                return _moment(text)
            case _:
                return text
    except (ValueError, OverflowError):
        raise _filter_invalid(
            Text(
                ru="Значение в фильтре не подходит к полю: ожидается число или момент по ISO 8601.",
                en="The value of the filter does not fit the field: a number or an ISO 8601 moment is expected.",
            )
        ) from None


def _number(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number


def _moment(text: str) -> str:
    moment = datetime.fromisoformat(
        _LOST_PLUS.sub(r"\1+\2", text)
    )  # a plus that was not percent-encoded arrives as a blank
    return moment_text(moment if moment.tzinfo else moment.replace(tzinfo=UTC))


def _filter_invalid(text: Text) -> DocumentError:
    return _query_invalid("oneroster.filter_invalid", text, "filter")


def _query_invalid(code: str, text: Text, parameter: str) -> DocumentError:
    return DocumentError(code, text, who=Party.SENDER, faults=(Fault(code=code, text=text, field=parameter),))
