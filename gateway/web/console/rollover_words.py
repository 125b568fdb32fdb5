"""Sentences and headings of the page of the year's turn, in Russian and English (ADR 0005)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from gateway.errors import Text
from gateway.model.rollover import FindingCode, Outcome

OUTCOMES: Mapping[str, Text] = MappingProxyType(
    {
        "undecided": Text(ru="не решено", en="undecided"),
        Outcome.PROMOTED: Text(ru="переведён", en="promoted"),
        Outcome.CONDITIONAL: Text(ru="переведён условно", en="promoted with debts"),
        Outcome.REPEATS: Text(ru="повторный год", en="repeats the year"),
        Outcome.GRADUATES: Text(ru="выпущен", en="graduates"),
        Outcome.LEAVES: Text(ru="выбывает", en="leaves"),
    }
)

OF_MANY: Mapping[FindingCode, Text] = MappingProxyType(
    {
        FindingCode.TOO_LARGE: Text(
            ru="Большие классы, и сколько в них учеников.", en="Large classes, and how many pupils are in them."
        ),
    }
)
"""Findings whose numbers are not added up where they are told of several classes at once."""

ROLLOVER_WORDS: Mapping[str, Text] = MappingProxyType(
    {
        "year_end": Text(ru="Переход на новый год", en="Turn of the year"),
        "year_end_hint": Text(
            ru="Классы нового учебного года, перевод, второгодники и выпускники – одним планом. Пока его не применили, "
            "ничего не меняется; применяется ровно то, что показано. Отменить можно до первого урока нового года.",
            en="Next year's classes, promotion, repeaters and graduates as one plan. Until it is applied nothing "
            "changes; exactly what is shown is done. It can be taken back until the first lesson of the new year.",
        ),
        "year_end_none": Text(ru="Плана ещё нет.", en="There is no plan yet."),
        "year_end_none_hint": Text(
            ru="Постройте его – сколько угодно раз: это только показ, ничего не меняется.",
            en="Make it, as often as you like: it only shows, nothing changes.",
        ),
        "year_end_none_others": Text(
            ru="Строит и применяет его заместитель директора: он ведёт книгу движения (R-ROST-05). Когда план "
            "построят, вы увидите его здесь.",
            en="A deputy makes and applies it, who keeps the movement book (R-ROST-05). Once there is a plan you see "
            "it here.",
        ),
        "year_end_make": Text(ru="Построить план", en="Make the plan"),
        "year_end_again": Text(ru="Построить заново", en="Make it anew"),
        "year_end_to": Text(ru="На учебный год", en="Into school year"),
        "year_end_first_day": Text(ru="Действует с", en="In force from"),
        "year_end_ready": Text(ru="Всё решено: план можно применить.", en="All is decided: the plan can be applied."),
        "year_end_gaps": Text(ru="Без этого план не применить", en="The plan cannot be applied before that"),
        "year_end_remarks": Text(ru="Обратите внимание", en="Worth a look"),
        "year_end_classes": Text(ru="По классам", en="By class"),
        "year_end_pupils": Text(ru="По ученикам", en="By pupil"),
        "year_end_old": Text(ru="Этот год", en="This year"),
        "year_end_new": Text(ru="Новый год", en="New year"),
        "year_end_size": Text(ru="Сейчас", en="Now"),
        "year_end_in": Text(ru="Пришли", en="Come"),
        "year_end_out": Text(ru="Ушли", en="Go"),
        "year_end_then": Text(ru="Станет", en="Then"),
        "year_end_class_teacher": Text(ru="Классный руководитель", en="Class teacher"),
        "year_end_created": Text(ru="создаётся", en="to be made"),
        "year_end_becomes": Text(ru="Станет", en="Becomes"),
        "year_end_from_day": Text(ru="С какого дня", en="From what day"),
        "year_end_known_leavers": Text(ru="Выбывают раньше конца года", en="Leave before the end of the year"),
        "year_end_decide": Text(ru="Решить об отмеченных", en="Decide about those marked"),
        "year_end_target": Text(ru="Класс нового года (если не обычный)", en="Next year's class (if not the usual)"),
        "year_end_last_day": Text(ru="Последний день (для уходящих)", en="Last day (of those who go)"),
        "year_end_document": Text(ru="Приказ: номер и дата", en="Order: number and date"),
        "year_end_order": Text(ru="Общий приказ", en="Common order"),
        "year_end_keep": Text(ru="Сохранить", en="Keep"),
        "year_end_name_class": Text(ru="Класс нового года и его руководитель", en="Class of the new year, its teacher"),
        "year_end_no_teacher": Text(ru="не назначен", en="none"),
        "year_end_apply": Text(ru="Применить план", en="Apply the plan"),
        "year_end_undo": Text(ru="Отменить переход", en="Take the turn back"),
        "year_end_forget": Text(ru="снять решение", en="drop the decision"),
        "year_end_mark": Text(ru="Отметить", en="Mark"),
        "year_end_only_deputy": Text(
            ru="Решает заместитель директора: он ведёт книгу движения (R-ROST-05).",
            en="The deputy decides, who keeps the movement book (R-ROST-05).",
        ),
        "year_end_more": Text(ru="и ещё", en="and more"),
    }
)
