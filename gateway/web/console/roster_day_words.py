"""Words of the pages of the roster's day, of who is missing and of locked fields (ADR 0005)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from gateway.errors import Text
from gateway.model.roster_missing import NextStep

ROSTER_DAY_WORDS: Mapping[str, Text] = MappingProxyType(
    {
        "roster_today": Text(ru="Состав: сегодня", en="Roster: today"),
        "roster_today_hint": Text(
            ru="Что изменилось за день, что ждёт вашего решения и кому что исправить. То же самое: "
            "gateway roster digest.",
            en="What changed on the day, what waits for your decision, who has to mend what. The same: "
            "gateway roster digest.",
        ),
        "roster_quiet": Text(ru="Решать и исправлять нечего.", en="There is nothing to decide or to mend."),
        "show_day": Text(ru="Показать", en="Show"),
        "earlier_day_hint": Text(
            ru="Прошедший день показан на его конец. Кого тогда не было, а теперь он вернулся, здесь не видно.",
            en="A day that is over is shown as it ended. Who was missing then and is back now is not told here.",
        ),
        "roster_sources": Text(ru="Источники", en="Sources"),
        "no_roster_sources": Text(ru="Источники состава не настроены.", en="No source of rosters is set up."),
        "last_good_sync": Text(ru="Последняя удачная", en="Last good one"),
        "changed_on_day": Text(ru="Изменилось за день", en="Changed on the day"),
        "nothing_changed": Text(ru="За день ничего не изменилось.", en="Nothing changed on the day."),
        "waits_for_decision": Text(ru="Ждёт решения", en="Waits for a decision"),
        "nothing_to_decide": Text(ru="Решать нечего.", en="There is nothing to decide."),
        "open_questions": Text(ru="вопросов «кто есть кто»", en="questions of who is who"),
        "decided_on_day": Text(ru="Решили люди", en="Decided by people"),
        "roster_missing": Text(ru="Отсутствуют", en="Missing"),
        "missing_since": Text(ru="С какого дня", en="Since"),
        "missing_times": Text(ru="Загрузок подряд", en="Readings in a row"),
        "next_step": Text(ru="Дальше", en="Next"),
        "not_before": Text(ru="Не раньше", en="Not before"),
        "nobody_missing": Text(
            ru="Источники назвали всех, кого называли раньше.", en="The sources tell of everybody they told of before."
        ),
        "roster_locks": Text(ru="Закреплённые поля", en="Locked fields"),
        "roster_locks_hint": Text(
            ru="Значение закреплённого поля ведёт школа: ни один источник его не перепишет, пока поле не освободят.",
            en="The value of a locked field is the school's: no source writes over it until the field is given free.",
        ),
        "no_locks": Text(ru="Закреплённых полей нет.", en="No field is locked."),
        "source_abilities": Text(ru="Что умеют источники", en="What the sources can do"),
        "able_to": Text(ru="Умеет", en="Can"),
        "able_no_more": Text(ru="Умел раньше", en="Could before"),
        "probed_at": Text(ru="Проверено", en="Found out"),
        "ask_operator_of_source": Text(
            ru="Спросите оператора источника, что изменилось.", en="Ask the source's operator what has changed."
        ),
        "lock_field": Text(ru="Закрепить поле", en="Lock a field"),
        "lock_record": Text(ru="Идентификатор записи (связь – через «/»)", en="Id of the record (parts with '/')"),
        "lock_value": Text(ru="Новое значение", en="New value"),
        "lock_value_set": Text(ru="записать это значение (пустое – стереть)", en="write this value (empty clears)"),
        "lock": Text(ru="Закрепить", en="Lock"),
        "unlock": Text(ru="Освободить", en="Give free"),
        "locked_by": Text(ru="Кто закрепил", en="Locked by"),
        "locked_at": Text(ru="Когда", en="When"),
    }
)

NEXT_STEPS: Mapping[NextStep, Text] = MappingProxyType(
    {
        NextStep.SUSPENSION: Text(ru="приостановка", en="suspension"),
        NextStep.ARCHIVE: Text(ru="архив", en="the archive"),
        NextStep.NONE: Text(ru="остаётся", en="stays"),
    }
)
"""What comes next for who is missing."""
