"""Columns of a school's own lists as people name them, and what each means. Data and recognition, pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from types import MappingProxyType


class ListKind(StrEnum):
    """What a list is of."""

    PUPILS = "pupils"
    STAFF = "staff"
    CLASSES = "classes"


PARENTS = ("parent1", "parent2", "mother", "father")
"""Places for parents in a row of pupils; in the last two the relation is told by the column."""

FIELDS = (
    "id",
    "full_name",
    "family",
    "given",
    "patronymic",
    "birth_date",
    "sex",
    "snils",
    "class",
    "grade",
    "letter",
    "since",
    "position",
    "class_teacher",
    "leads_class",
    *(f"{parent}_{part}" for parent in PARENTS for part in ("name", "phone", "email", "relation")),
)
"""What a column may mean; ``-`` in a mapping leaves it out."""

NEEDED: Mapping[ListKind, tuple[tuple[str, ...], ...]] = MappingProxyType(
    {
        ListKind.PUPILS: (("full_name",), ("birth_date",)),
        ListKind.STAFF: (("full_name",), ("position",)),
        ListKind.CLASSES: (("class", "grade"),),
    }
)
"""What a list of each kind has to tell: each a choice of meanings."""

_OWN: Mapping[str, str] = MappingProxyType(
    {
        r"id|ид|код|табельный номер|(номер )?лично(го|е) дел[ао]|№ личного дела|идентификатор": "id",
        r"фио|фамилия имя отчество|(фио )?(ученика?|учащегося|обучающегося|ребенка|сотрудника|учителя|педагога)"
        r"|ученик|сотрудник|фио .*(ученика|учащегося|обучающегося|ребенка|сотрудника)": "full_name",
        r"фамилия( (ученика|ребенка|обучающегося|сотрудника))?": "family",
        r"имя( (ученика|ребенка|обучающегося|сотрудника))?": "given",
        r"отчество( (ученика|ребенка|обучающегося|сотрудника))?": "patronymic",
        r"дата рождения|д р|др|день рождения|родился|дата рожд": "birth_date",
        r"пол": "sex",
        r"снилс( .*)?": "snils",
        r"класс|кл|класс обучения|учебный класс": "class",
        r"параллель|номер класса": "grade",
        r"литера|буква( класса)?": "letter",
        r"дата зачисления|зачислен|в классе с|дата прибытия": "since",
        r"должность|должности": "position",
        r"классный руководитель|кл рук|кл руководитель|фио классного руководителя": "class_teacher",
        r"классное руководство|руководит классом|классный руководитель в": "leads_class",
    }
)
_PARENT: Mapping[str, str] = MappingProxyType(
    {
        r"(фио )?(матери|мам[аы]|мать)( фио)?": "mother",
        r"(фио )?(отца|пап[аы]|отец)( фио)?": "father",
        r"(фио )?(родител[ья]|представител[ья]|законн\w+ представител[ья]|родители)( ?1)?( фио)?": "parent1",
        r"(фио )?(родител[ья]|представител[ья]|законн\w+ представител[ья])( ?2)( фио)?": "parent2",
    }
)
_PARTS: Mapping[str, str] = MappingProxyType(
    {
        r"телефон|тел|моб|сотовый|мобильный": "phone",
        r"e ?mail|почта|электронная": "email",
        r"кем приходится|родство|степень родства": "relation",
    }
)
_WHOSE: Mapping[str, str] = MappingProxyType(
    {
        r"матер|мам": "mother",
        r"отц|пап": "father",
        r"(родител|представител)\w* ?2|второго": "parent2",
        r"родител|представител": "parent1",
    }
)
_NOT_LETTERS = re.compile(r"[^0-9a-zа-я№]+")


def folded(name: str) -> str:
    """Return a column's name as names are compared: lower case, ``ё`` as ``е``, signs as single spaces."""
    return _NOT_LETTERS.sub(" ", name.casefold().replace("ё", "е")).strip().replace("ф и о", "фио")


def propose(columns: Iterable[str]) -> dict[str, str]:
    """Return what columns probably mean, by their names; those that are not understood are left out.

    A column of a telephone belongs to the parent whose column stands before it. No meaning is given twice.
    """
    found: dict[str, str] = {}
    parent = ""
    for column in columns:
        meaning, parent = _meaning(folded(column), parent)
        if meaning and meaning not in found.values():
            found[column] = meaning
    return found


def kind_of(fields: Iterable[str]) -> ListKind | None:
    """Return what a list with columns of such meanings is of, ``None`` if that is not plain."""
    told = set(fields)
    named = "full_name" in told or {"family", "given"} <= told
    classed = "class" in told or "grade" in told
    if named and "position" in told:
        return ListKind.STAFF
    if named and "birth_date" in told:
        return ListKind.PUPILS
    if classed and not named:
        return ListKind.CLASSES
    return ListKind.PUPILS if named and classed else None


def lacking(fields: Iterable[str], kind: ListKind) -> tuple[tuple[str, ...], ...]:
    """Return what a list lacks to be of a kind: each a choice of meanings, any one of which would do.

    Family and given name together are as good as the full name.
    """
    told = set(fields)
    if {"family", "given"} <= told:
        told.add("full_name")
    return tuple(choice for choice in NEEDED[kind] if told.isdisjoint(choice))


def _meaning(name: str, parent: str) -> tuple[str, str]:
    """Return a column's meaning and the parent that the columns after it belong to."""
    for pattern, field in _OWN.items():
        if re.fullmatch(pattern, name):
            return field, ""
    for part_pattern, part in _PARTS.items():
        if re.search(rf"\b({part_pattern})\b", name):
            whose = next(_matching(_WHOSE, name), parent)
            return (f"{whose}_{part}" if whose else ""), whose
    for pattern, whose in _PARENT.items():
        if re.fullmatch(pattern, name):
            return f"{whose}_name", whose
    return "", parent


def _matching(table: Mapping[str, str], name: str) -> Iterator[str]:
    return (meaning for pattern, meaning in table.items() if re.search(pattern, name))
