"""What people call the fields of roster records."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from gateway.errors import Text

FIELD_NAMES: Mapping[str, Text] = {
    "source_id": Text(ru="номер в источнике", en="id at the source"),
    "family": Text(ru="фамилия", en="family name"),
    "given": Text(ru="имя", en="given name"),
    "patronymic": Text(ru="отчество", en="patronymic"),
    "birth_date": Text(ru="дата рождения", en="date of birth"),
    "sex": Text(ru="пол", en="sex"),
    "snils": Text(ru="СНИЛС", en="SNILS"),
    "status": Text(ru="состояние", en="status"),
    "phone": Text(ru="телефон", en="phone"),
    "email": Text(ru="почта", en="e-mail"),
    "portal_user": Text(ru="номер на портале", en="id at the portal"),
    "position": Text(ru="должность", en="position"),
    "year": Text(ru="учебный год", en="school year"),
    "grade": Text(ru="параллель", en="grade"),
    "letter": Text(ru="буква", en="letter"),
    "class_teacher": Text(ru="классный руководитель", en="class teacher"),
    "archived": Text(ru="в архиве", en="archived"),
    "guardian": Text(ru="родитель", en="guardian"),
    "pupil": Text(ru="ученик", en="pupil"),
    "relation": Text(ru="кем приходится", en="relation"),
    "school_class": Text(ru="класс", en="class"),
    "valid_from": Text(ru="с", en="from"),
    "valid_to": Text(ru="по", en="until"),
}
"""The names as a heading or in quotes inside a sentence."""


def field_called(name: str) -> Text:
    """Return a field inside a sentence: its name, and the word that commands know it by.

    A word that names no field is told as it was written.
    """
    known = FIELD_NAMES.get(name)
    if known is None:
        return Text(ru=f"«{name}»", en=f"'{name}'")
    return Text(ru=f"«{known.ru}» ({name})", en=f"'{known.en}'" if known.en == name else f"'{known.en}' ({name})")


def fields_called(names: Iterable[str]) -> Text:
    """Return several fields inside a sentence."""
    told = [field_called(name) for name in names]
    return Text(ru=", ".join(one.ru for one in told), en=", ".join(one.en for one in told))
