"""What the page of one person in two roles says, in Russian and English (ADR 0005)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from gateway.errors import Text
from gateway.model.person_identity import PersonState

SAME_PERSON_WORDS: Mapping[str, Text] = MappingProxyType(
    {
        "same_person_pairs": Text(ru="Один человек в двух ролях", en="One person in two roles"),
        "same_person_pairs_hint": Text(
            ru="Сотрудник, который воспитывает ученика школы, – один человек с двумя записями. Ответ ничего в записях "
            "не меняет: в списках для других систем он становится одним пользователем с обеими ролями.",
            en="A member of staff who is a pupil's guardian is one person with two records. An answer changes nothing "
            "in them: for other systems the two become one user with both roles.",
        ),
        "no_pairs": Text(ru="Похожих записей в разных ролях нет.", en="There are no records alike in different roles."),
        "what_agrees": Text(ru="Что совпало", en="What agrees"),
        "first_record": Text(ru="Запись", en="Record"),
        "second_record": Text(ru="Другая запись", en="Other record"),
        "say_same": Text(ru="Один человек", en="One person"),
        "say_apart": Text(ru="Разные люди", en="Two people"),
    }
)

PERSON_STATES: Mapping[PersonState, Text] = MappingProxyType(
    {
        PersonState.ASKED: Text(ru="ждёт решения", en="waits for a decision"),
        PersonState.SAME: Text(ru="один человек", en="one person"),
        PersonState.APART: Text(ru="разные люди", en="two people"),
    }
)

RULES: Mapping[str, Text] = MappingProxyType(
    {
        "snils": Text(ru="СНИЛС", en="SNILS"),
        "portal_user": Text(ru="учётная запись портала", en="portal account"),
        "user": Text(ru="номер в источнике", en="number at a source"),
        "name+birth_date": Text(ru="имя и дата рождения", en="name and birth date"),
        "name+phone": Text(ru="имя и телефон", en="name and telephone"),
        "name+email": Text(ru="имя и адрес почты", en="name and e-mail"),
        "name": Text(ru="полное имя", en="whole name"),
        "person": Text(ru="решение человека", en="a person's decision"),
    }
)
"""What agreed; a merge is told as it is."""
