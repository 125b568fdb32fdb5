"""What the pages of matching say, in Russian and English (ADR 0005)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from gateway.errors import Text
from gateway.model.matching_cases import CaseReason, CaseState
from gateway.model.matching_kind import BY_PERSON
from gateway.model.matching_rules import Rule
from gateway.model.roster_link import CREATED

MATCH_WORDS: Mapping[str, Text] = MappingProxyType(
    {
        "match_cases": Text(ru="Кто есть кто", en="Who is who"),
        "match_case": Text(ru="Кто это?", en="Who is this?"),
        "match_cases_hint": Text(
            ru="Записи источников, о которых правила не решают сами. Пока вопрос открыт, запись ничего не меняет, а "
            "те, кого она может означать, не выбывают.",
            en="Records of sources that rules do not decide by themselves. While a question is open the record changes "
            "nothing, and nobody whom it may mean leaves.",
        ),
        "no_cases": Text(
            ru="Вопросов нет: все записи источников сопоставлены.",
            en="No questions: every record of the sources is matched.",
        ),
        "at_source": Text(ru="В источнике", en="At the source"),
        "may_be": Text(ru="Возможно, это", en="May be"),
        "score": Text(ru="Балл", en="Score"),
        "evidence": Text(ru="За и против", en="For and against"),
        "waits_since": Text(ru="Ждёт с", en="Waits since"),
        "of_records": Text(ru="Записей", en="Records"),
        "links_of_sources": Text(ru="Что уже связано с этими записями", en="What is linked to these records already"),
        "place_in_file": Text(ru="Где в файле", en="Where in the file"),
        "source_number": Text(ru="Номер в источнике", en="Id at the source"),
        "confidence": Text(ru="Уверенность", en="Confidence"),
        "by_rule": Text(ru="Правило", en="Rule"),
        "linked": Text(ru="Связано", en="Linked"),
        "it_is_this": Text(ru="Это он", en="It is this one"),
        "match_same_all": Text(ru="Согласиться со всеми", en="Agree to all"),
        "match_new": Text(ru="Это новый человек", en="Somebody new"),
        "match_ignore": Text(ru="Не трогать запись", en="Leave the record alone"),
        "match_reopen": Text(ru="Открыть снова", en="Open again"),
        "match_all_one": Text(ru="Подтвердить, где кандидат один", en="Agree where there is one candidate"),
        "match_all_hint": Text(
            ru="Подтверждает все открытые вопросы выбранного источника и вида, у которых ровно один кандидат.",
            en="Agrees to every open question of the chosen source and kind that has exactly one candidate.",
        ),
        "proposed_links": Text(ru="Что будет связано", en="What would be linked"),
        "no_candidates": Text(ru="Похожих записей у школы нет.", en="The school has no record like it."),
        "decision_is_kept": Text(
            ru="Решение запоминается как связь и действует со следующей синхронизации.",
            en="The decision is kept as a link and counts from the next sync on.",
        ),
    }
)

REASONS: Mapping[CaseReason, Text] = MappingProxyType(
    {
        CaseReason.AMBIGUOUS: Text(ru="может быть одним из наших", en="may be one of ours"),
        CaseReason.ANOTHER_PERSON: Text(ru="под этим номером теперь другой", en="another person under the same id"),
        CaseReason.RENUMBERED: Text(ru="источник сменил номера", en="the source has numbered anew"),
        CaseReason.STRANGERS: Text(ru="похоже на список другой школы", en="looks like another school's list"),
    }
)

CASE_STATES: Mapping[CaseState, Text] = MappingProxyType(
    {
        CaseState.OPEN: Text(ru="ждёт решения", en="to be decided"),
        CaseState.SAME: Text(ru="тот же", en="the same"),
        CaseState.NEW: Text(ru="новый", en="new"),
        CaseState.IGNORED: Text(ru="не трогаем", en="left alone"),
        CaseState.CLOSED: Text(ru="снят: источник исправился", en="closed: the source has changed"),
    }
)

RULES: Mapping[Rule, Text] = MappingProxyType(
    {
        Rule.SNILS: Text(ru="СНИЛС тот же", en="same SNILS"),
        Rule.PORTAL: Text(ru="учётная запись портала та же", en="same portal account"),
        Rule.NUMBER: Text(ru="номер тот же", en="same number"),
        Rule.NAME: Text(ru="ФИО те же", en="same full name"),
        Rule.NAME_PART: Text(ru="фамилия и имя те же, отчества нет", en="same family and given name, no patronymic"),
        Rule.NAME_SWAPPED: Text(ru="фамилия и имя переставлены", en="family and given name exchanged"),
        Rule.PATRONYMIC_DIFFERS: Text(ru="отчество другое", en="other patronymic"),
        Rule.FAMILY_DIFFERS: Text(ru="фамилия другая, имя и отчество те же", en="other family name only"),
        Rule.GIVEN: Text(ru="имя то же, фамилия другая", en="same given name, other family name"),
        Rule.NAME_DIFFERS: Text(ru="имя другое", en="other name"),
        Rule.BIRTH_DATE: Text(ru="дата рождения та же", en="same birth date"),
        Rule.BIRTH_NEAR: Text(ru="дата рождения похожа", en="similar birth date"),
        Rule.BIRTH_DIFFERS: Text(ru="дата рождения другая", en="other birth date"),
        Rule.SEX_DIFFERS: Text(ru="пол другой", en="other sex"),
        Rule.PHONE: Text(ru="телефон тот же", en="same telephone"),
        Rule.PHONE_DIFFERS: Text(ru="телефон другой", en="other telephone"),
        Rule.EMAIL: Text(ru="почта та же", en="same e-mail"),
        Rule.EMAIL_DIFFERS: Text(ru="почта другая", en="other e-mail"),
        Rule.CHILD: Text(ru="тот же ребёнок", en="same child"),
        Rule.POSITION: Text(ru="должность та же", en="same position"),
        Rule.CLASS_NAME: Text(ru="год, параллель и буква те же", en="same year, grade and letter"),
    }
)
"""What speaks for it, or against it, that two records are one person."""

_LINK_RULES: Mapping[str, Text] = MappingProxyType(
    {
        CREATED: Text(ru="запись создана из этого источника", en="the record was made from this source"),
        BY_PERSON: Text(ru="решил человек", en="a person decided"),
        "merge": Text(ru="записи объединены", en="the records were made one"),
    }
)


def link_rule(rule: str) -> Text:
    """Return in words by which rule a link was found: what agreed, joined by ``+``, or how else it came to be."""
    first = rule.partition(" ")[0]
    if first in _LINK_RULES:
        return _LINK_RULES[first]
    told = [RULES[Rule(part)] for part in rule.split("+") if part in set(Rule)]
    if not told:
        return Text(ru=rule, en=rule)
    return Text(ru=", ".join(one.ru for one in told), en=", ".join(one.en for one in told))
