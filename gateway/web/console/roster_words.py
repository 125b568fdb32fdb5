"""Sentences and headings of the roster's pages, in Russian and English (ADR 0005)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from gateway.errors import Text

ROSTER_WORDS: Mapping[str, Text] = MappingProxyType(
    {
        "menu_roster": Text(ru="Состав", en="Roster"),
        "menu_today": Text(ru="Сегодня", en="Today"),
        "menu_plans": Text(ru="Планы", en="Plans"),
        "menu_upload": Text(ru="Загрузка", en="Upload"),
        "menu_locks": Text(ru="Закреплено", en="Locked"),
        "menu_year": Text(ru="Новый год", en="New year"),
        "roster_runs": Text(ru="Синхронизации", en="Syncs"),
        "roster_run": Text(ru="Синхронизация", en="Sync"),
        "quarantine": Text(ru="Карантин", en="Quarantine"),
        "quarantined_record": Text(ru="Запись в карантине", en="Record in quarantine"),
        "roster_record": Text(ru="Запись контингента", en="Roster record"),
        "runs_of_rosters_hint": Text(
            ru="Что дал каждый источник и что с этим стало. Мера для следующей синхронизации – последняя доказанная.",
            en="What every source gave and what became of it. The last proved one is the measure of the next.",
        ),
        "received_count": Text(ru="Получено", en="Received"),
        "rejected_count": Text(ru="Отклонено", en="Rejected"),
        "held_count": Text(ru="Ждёт", en="Held"),
        "proved": Text(ru="Полнота доказана", en="Proved complete"),
        "yes": Text(ru="да", en="yes"),
        "no": Text(ru="нет", en="no"),
        "part_only": Text(ru="только часть", en="a part only"),
        "accepted_run": Text(ru="Числа подтвердил", en="Numbers confirmed by"),
        "counts_over_time": Text(ru="Изменения по синхронизациям", en="Changes by sync"),
        "plans_of_run": Text(ru="Планы этой синхронизации", en="Plans of this sync"),
        "plan_was_held": Text(ru="Почему ждал решения", en="Why it waited for a person"),
        "plan_to_decide": Text(ru="Что решить человеку", en="What a person has to decide"),
        "plan_here": Text(ru="в этом плане", en="in this plan"),
        "plan_in_sync": Text(ru="всего у источника", en="in the whole sync"),
        "plan_part_changes": Text(ru="Изменения", en="Changes"),
        "plan_part_missing": Text(ru="Отсутствуют", en="Missing"),
        "plan_part_warnings": Text(ru="Замечания", en="Remarks"),
        "plan_part_rejected": Text(ru="Отклонённые записи", en="Rejected records"),
        "plan_of_one_sync": Text(
            ru="Это часть одной синхронизации. Здесь – только то, что касается записей этой части. Отклонённые записи, "
            "сомнения и остальные замечания сказаны один раз:",
            en="This is a part of one sync. Here is only what concerns the records of this part. Rejected records, "
            "doubts and the other remarks are told once:",
        ),
        "plan_remarks_only": Text(
            ru="Этот план ничего не изменил, и отменять в нём нечего: он хранит только замечания синхронизации.",
            en="This plan changed nothing, and there is nothing to take back: it only keeps what the sync remarked.",
        ),
        "plan_is_of_year": Text(
            ru="Это план перехода на новый учебный год. О нём решают на его странице: там приказы, пробелы и отмена.",
            en="This is the plan of the turn of the school year. It is decided on its own page: orders, gaps, undoing.",
        ),
        "plan_missing_fate": Text(ru="Что станет", en="What becomes"),
        "in_class": Text(ru="Класс", en="Class"),
        "by_kind": Text(ru="По видам записей", en="By kind of record"),
        "by_class": Text(ru="По классам", en="By class"),
        "by_class_hint": Text(
            ru="Кто приходит в класс и кто его покидает; нажмите на класс, чтобы увидеть только его.",
            en="Who comes into a class and who leaves it; press a class to see it alone.",
        ),
        "comes": Text(ru="Приходят", en="Come"),
        "goes": Text(ru="Уходят", en="Leave"),
        "one_person": Text(ru="Всё об одной записи", en="All about one record"),
        "all_changes": Text(ru="все изменения", en="all changes"),
        "remarks_of_plan": Text(ru="На что обратить внимание", en="What to look at"),
        "source_says": Text(ru="источник", en="the source"),
        "school_keeps": Text(ru="школа", en="the school"),
        "missing_records": Text(ru="Кого нет у источника", en="Whom the source no longer tells of"),
        "missing_hint": Text(
            ru="Отсутствие не удаляет: запись сначала числится отсутствующей, потом приостанавливается, потом уходит в "
            "архив – и сама возвращается, как только источник снова её назовёт. «Остаётся» – её ведёт и другой "
            "источник или школа её закрепила.",
            en="Absence deletes nothing: a record is missing, later suspended, later archived, and comes back by "
            "itself as soon as the source tells of it again. What stays is told by another source, too, or locked "
            "by the school.",
        ),
        "missing_fate": Text(ru="Что с ней станет", en="What becomes of it"),
        "missing_due": Text(ru="Следующий шаг", en="Next step"),
        "why_we_believe": Text(ru="Почему мы так считаем", en="Why we believe it"),
        "history_of_plan": Text(ru="Решения о плане", en="Decisions about the plan"),
        "reject": Text(ru="Отклонить", en="Reject"),
        "reject_hint": Text(
            ru="«Отклонить» закрывает план; о том же самом источник снова спросит не скоро.",
            en="'Reject' closes the plan; the same is not asked again for some time.",
        ),
        "revert": Text(ru="Отменить применённое", en="Take back"),
        "revert_hint": Text(
            ru="Прежние значения возвращаются точно, одной операцией; если позже кто-то изменил те же поля, не "
            "возвращается ничего. В книге движения появляются сторнирующие записи. Закрытые учётные записи сами не "
            "открываются. Следующая синхронизация не повторит отменённое без решения человека.",
            en="The old values come back exactly, in one operation; if anybody changed the same fields later, nothing "
            "does. The movement book gets counter-entries. Closed accounts are not opened by themselves. The next sync "
            "does not repeat what was taken back without a person's decision.",
        ),
        "causes_of_quarantine": Text(ru="Что исправить", en="What to mend"),
        "causes_of_quarantine_hint": Text(
            ru="Одна причина – одна строка, сколько бы записей от неё ни зависело.",
            en="One cause is one line, however many records hang on it.",
        ),
        "records_held_back": Text(ru="Записей", en="Records"),
        "records_in_quarantine": Text(ru="Записи в карантине", en="Records in quarantine"),
        "nothing_in_quarantine": Text(ru="В карантине пусто.", en="There is nothing in quarantine."),
        "root_cause": Text(ru="Причина", en="Cause"),
        "first_seen": Text(ru="Впервые", en="First seen"),
        "last_seen": Text(ru="В последний раз", en="Last seen"),
        "resolved_at": Text(ru="Исправлено", en="Mended"),
        "no_raw": Text(
            ru="Исходный вид не хранится: администратор не задал ключ шифрования storage.seal_key.",
            en="The raw form is not kept: the administrator has set no key storage.seal_key.",
        ),
        "record_id": Text(ru="Идентификатор записи", en="Id of the record"),
        "and_more": Text(ru="… и ещё", en="… and more:"),
        "same_person": Text(ru="Этот же человек", en="The same person"),
        "other_school_here": Text(ru="в другой школе этой установки", en="at another school of this installation"),
        "maybe_same_person": Text(ru="возможно, один человек: решите", en="may be one person: decide"),
        "same_person_hint": Text(
            ru="Записи остаются отдельными; о другой школе видна только роль.",
            en="The records stay apart; of another school only the role is shown.",
        ),
        "as_received": Text(ru="Как пришло", en="As received"),
        "as_mapped": Text(ru="Как прочитано", en="As mapped"),
        "as_stored": Text(ru="Как хранится", en="As stored"),
        "differs": Text(ru="отличается", en="differs"),
        "never_received": Text(
            ru="Ни один источник не присылал этой записи, или её исходный вид не хранится: для этого нужен ключ "
            "шифрования storage.seal_key, его задаёт администратор.",
            en="No source has sent this record, or its raw form is not kept: that takes the key storage.seal_key, "
            "which the administrator sets.",
        ),
    }
)
