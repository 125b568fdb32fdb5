"""What the pages of records made one say, in Russian and English (ADR 0005)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from gateway.errors import Text

MERGE_WORDS: Mapping[str, Text] = MappingProxyType(
    {
        "merges": Text(ru="Объединённые записи", en="Records made one"),
        "merge": Text(ru="Объединение записей", en="Merge of two records"),
        "new_merge": Text(ru="Объединить две записи", en="Make two records one"),
        "merges_hint": Text(
            ru="Две записи об одном человеке, которые стали одной. Ничего не удалено: пока строки не правили, "
            "объединение можно отменить в точности.",
            en="Two records of one person that became one. Nothing was deleted: while nobody has changed the rows, a "
            "merge can be undone to the letter.",
        ),
        "no_merges": Text(
            ru="Записей ещё не объединяли. Если об одном человеке есть две записи, нажмите «Объединить две записи».",
            en="No records were made one yet. Where one person has two records, press 'Make two records one'.",
        ),
        "new_merge_hint": Text(
            ru="Найдите обе записи, сравните их и выберите, какая остаётся. К ней перейдёт всё, что связано со второй: "
            "отметки, пропуски, классы, родители, номера в источниках. Вторая уйдёт в архив.",
            en="Find both records, compare them, choose which stays. All that hangs on the other goes to it: marks, "
            "absences, classes, relatives, ids at the sources. The other is archived.",
        ),
        "merge_search": Text(
            ru="Фамилия, имя, дата рождения или номер записи", en="Name, birth date or id of the record"
        ),
        "merge_find": Text(ru="Найти", en="Find"),
        "merge_one": Text(ru="Первая", en="First"),
        "merge_other": Text(ru="Вторая", en="Second"),
        "merge_compare": Text(ru="Сравнить отмеченные", en="Compare those marked"),
        "merge_two_needed": Text(
            ru="Отметьте две разные записи: первую и вторую.", en="Mark two different records: a first and a second."
        ),
        "merge_most": Text(
            ru="Показаны не все: уточните поиск. Не больше", en="Not all are shown: say more of the name. At most"
        ),
        "merge_sides": Text(ru="Сравнение", en="Side by side"),
        "merge_classes": Text(ru="классы", en="classes"),
        "merge_relatives": Text(ru="семья", en="family"),
        "merge_sources": Text(ru="номера в источниках", en="ids at the sources"),
        "merge_naming": Text(ru="связанные строки", en="rows that hang on it"),
        "merge_none": Text(ru="нет", en="none"),
        "merge_differs": Text(ru="расходится", en="differs"),
        "merge_cannot": Text(ru="Объединить их сейчас нельзя", en="They cannot be made one now"),
        "merge_cannot_hint": Text(
            ru="Сначала исправьте названное в журнале или в самих записях, потом откройте эту страницу снова.",
            en="Mend what is named in the journal or in the records first, then open this page again.",
        ),
        "merge_stays": Text(ru="Какая запись остаётся", en="Which record stays"),
        "merge_do": Text(ru="Объединить", en="Make them one"),
        "merge_do_hint": Text(
            ru="Поля остающейся записи не меняются; пустые заполняются из второй.",
            en="The fields of the record that stays do not change; empty ones are filled from the other.",
        ),
        "merge_kept": Text(ru="Осталась", en="Stayed"),
        "merge_absorbed": Text(ru="Ушла в архив", en="Went to the archive"),
        "merge_moved": Text(ru="Что перешло", en="What went over"),
        "merge_rows": Text(ru="Строк", en="Rows"),
        "merge_standing": Text(ru="действует", en="stands"),
        "merge_undone": Text(ru="отменено", en="undone"),
        "merge_undone_at": Text(ru="Отменено", en="Undone"),
        "unmerge": Text(ru="Отменить объединение", en="Undo the merge"),
        "unmerge_hint": Text(
            ru="Обе записи и все перешедшие строки станут в точности прежними. Что записано об оставшейся записи после "
            "объединения, останется при ней.",
            en="Both records and all rows that went over become exactly what they were. What was written of the record "
            "that stayed since then stays with it.",
        ),
        "merge_deciders": Text(
            ru="Объединяет и отменяет координатор, администратор или заместитель директора.",
            en="The coordinator, an administrator or a deputy makes records one and undoes it.",
        ),
        "merge_with_other": Text(ru="Объединить с другой записью", en="Make one with another record"),
        "merge_candidates": Text(ru="Это две записи об одном человеке?", en="Are these two records of one person?"),
    }
)
"""Headings and sentences."""

MERGE_STATES: Mapping[str, Text] = MappingProxyType(
    {"standing": MERGE_WORDS["merge_standing"], "undone": MERGE_WORDS["merge_undone"]}
)
"""Whether a merge stands."""
