"""Cells of a school's own lists → values: days, classes, names, СНИЛС and relations as people write them. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from types import MappingProxyType

from gateway.mapping.oneroster import grade_and_letter
from gateway.model.people import PersonName, Relation, Sex, is_valid_snils
from gateway.model.school import FIRST_GRADE, LAST_GRADE

_MONTHS = (
    ("январь", "января"),
    ("февраль", "февраля"),
    ("март", "марта"),
    ("апрель", "апреля"),
    ("май", "мая"),
    ("июнь", "июня"),
    ("июль", "июля"),
    ("август", "августа"),
    ("сентябрь", "сентября"),
    ("октябрь", "октября"),
    ("ноябрь", "ноября"),
    ("декабрь", "декабря"),
)
_NUMBERS = re.compile(r"(?P<day>\d{1,2})[./-](?P<month>\d{1,2})[./-](?P<year>\d{4})")
_WORDS = re.compile(r"«?(?P<day>\d{1,2})»?\s+(?P<month>[а-я]+)\s+(?P<year>\d{4})")
_YEAR_SIGN = re.compile(r"\s*(г\.?|года?)$")
_CLASS_WORDS = re.compile(r"\b(классы?|кл)\b\.?")
_ROMAN: Mapping[str, str] = MappingProxyType(
    {
        "xi": "11",
        "x": "10",
        "ix": "9",
        "viii": "8",
        "vii": "7",
        "vi": "6",
        "iv": "4",
        "v": "5",
        "iii": "3",
        "ii": "2",
        "i": "1",
    }
)
_ROMAN_CLASS = re.compile(r"(?P<roman>[ivx]+)(?P<rest>[\s\-–—«\"'].*)?")
_INITIALS = re.compile(r".\.|.\.?.\.|.")
_FEMALE_ENDINGS = ("вна", "чна", "кызы")
_MALE_ENDINGS = ("вич", "ьич", "оглы")
_RELATIONS: Mapping[str, Relation] = MappingProxyType(
    {
        "мать": Relation.MOTHER,
        "мама": Relation.MOTHER,
        "отец": Relation.FATHER,
        "папа": Relation.FATHER,
    }
)


def day_in(text: str) -> date | None:
    """Return a day written ``01.09.2015``, ``1/9/2015`` (the day first), ``1 сентября 2015 г.`` or ``2015-09-01``.

    ``None`` where it is none of these, two-digit years included: nobody knows the century.
    """
    plain = _YEAR_SIGN.sub("", " ".join(text.casefold().split()))
    try:
        if match := _NUMBERS.fullmatch(plain):
            return date(int(match["year"]), int(match["month"]), int(match["day"]))
        if match := _WORDS.fullmatch(plain):
            months = [place for place, forms in enumerate(_MONTHS, start=1) if match["month"] in forms]
            return date(int(match["year"]), months[0], int(match["day"])) if months else None
        return date.fromisoformat(plain[:10]) if re.fullmatch(r"\d{4}-\d{2}-\d{2}(t.*)?", plain) else None
    except ValueError:
        return None


def class_in(text: str) -> tuple[int, str] | None:
    """Return grade and letter of a class: ``5А``, ``5 «А»``, ``5-а класс``, ``V А``; ``None`` if it is no class."""
    plain = " ".join(_CLASS_WORDS.sub(" ", text.casefold()).replace("“", "«").replace("”", "»").split())
    if match := _ROMAN_CLASS.fullmatch(plain):
        plain = f"{_ROMAN.get(match['roman'], '')}{match['rest'] or ''}"
    found = grade_and_letter(plain)
    return found if found is not None and FIRST_GRADE <= found[0] <= LAST_GRADE else None


def name_in(full: str, *, family: str = "", given: str = "", patronymic: str = "") -> PersonName | None:
    """Return a name of its parts, or of one cell ``Фамилия Имя Отчество``; ``None`` if it has initials only.

    Everything after the second word is the patronymic (``Алиев Али Вели оглы``).
    """
    parts = (family, given, patronymic) if family or given else (*full.split(maxsplit=2), "", "", "")[:3]
    words = tuple(" ".join(part.split()) for part in parts)
    if not words[0] or not words[1] or _INITIALS.fullmatch(words[1]):
        return None
    return PersonName(family=words[0], given=words[1], patronymic=words[2])


def sex_in(text: str, patronymic: str) -> Sex | None:
    """Return a sex as written (``ж``, ``муж.``), else as the patronymic tells it, else ``None``."""
    told = text.casefold().strip()
    if told.startswith(("ж", "дев", "f")):
        return Sex.FEMALE
    if told.startswith(("м", "мал", "юн")) and told != "":
        return Sex.MALE
    lower = patronymic.casefold()
    if lower.endswith(_FEMALE_ENDINGS):
        return Sex.FEMALE
    return Sex.MALE if lower.endswith(_MALE_ENDINGS) else None


def snils_in(text: str) -> str | None:
    """Return a СНИЛС in its written form, ``None`` if its digits do not check."""
    digits = re.sub(r"\D", "", text)
    snils = f"{digits[:3]}-{digits[3:6]}-{digits[6:9]} {digits[9:]}"
    return snils if is_valid_snils(snils) else None


def relation_in(text: str, name: PersonName, place: str) -> Relation:
    """Return what a parent is to the child: as written, as the column says, else as the patronymic tells."""
    told = _RELATIONS.get(text.casefold().strip())
    if told is not None:
        return told
    if text.strip():
        return Relation.LEGAL_GUARDIAN
    if place in {"mother", "father"}:
        return Relation(place)
    match sex_in("", name.patronymic):
        case Sex.FEMALE:
            return Relation.MOTHER
        case Sex.MALE:
            return Relation.FATHER
    return Relation.LEGAL_GUARDIAN
