"""What the pages of the movement book say, in Russian and English (ADR 0005)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from gateway.errors import Text

MOVEMENT_WORDS: Mapping[str, Text] = MappingProxyType(
    {
        "movement_report": Text(ru="Книга движения", en="Movement book"),
        "movement_book": Text(ru="Записи книги движения", en="Entries of the movement book"),
        "movement_report_hint": Text(
            ru="Было + прибыло − выбыло = стало, по каждому классу и по школе (R-ROST-20, R-REP-01). «По спискам» – "
            "сколько учеников числится в классе в последний день; расхождение значит, что кого-то провели "
            "мимо книги или кто-то из учеников не зачислен ни в один класс.",
            en="Opening + in − out = closing, for every class and the school (R-ROST-20, R-REP-01). 'By the lists' is "
            "how many pupils have a place in the class on the last day; where it differs somebody came or went past "
            "the book, or a pupil has no class.",
        ),
        "movement_book_hint": Text(
            ru="Книгу ведут планы контингента и объединения записей. Записи не правят: ошибочную отменяет сторно, "
            "и она остаётся зачёркнутой.",
            en="Roster plans and merges write the book. Entries are never changed: a wrong one is cancelled by a "
            "counter-entry and stays, struck through.",
        ),
        "movement_only_heads": Text(
            ru="Записи с фамилиями видят директор и заместитель: они ведут книгу движения.",
            en="The entries with names are for the director and the deputies, who keep the book.",
        ),
        "movement_from": Text(ru="С", en="From"),
        "movement_until": Text(ru="По", en="Until"),
        "movement_opening": Text(ru="Было", en="Opening"),
        "movement_arrived": Text(ru="Зачислены", en="Admitted"),
        "movement_moved_in": Text(ru="Из других классов", en="From other classes"),
        "movement_left": Text(ru="Выбыли", en="Left"),
        "movement_moved_out": Text(ru="В другие классы", en="To other classes"),
        "movement_closing": Text(ru="Стало", en="Closing"),
        "movement_counted": Text(ru="По спискам", en="By the lists"),
        "movement_agrees": Text(ru="сходится", en="agrees"),
        "movement_differs": Text(ru="не сходится", en="differs"),
        "movement_whole_school": Text(ru="Школа", en="School"),
        "movement_picture": Text(ru="Кто пришёл и ушёл", en="Who came and went"),
        "movement_nobody": Text(ru="За эти дни никто не пришёл и не ушёл.", en="Nobody came or went on these days."),
        "movement_entries": Text(ru="Записи за эти дни", en="Entries of these days"),
        "movement_none": Text(ru="Книга пуста: движения ещё не было.", en="The book is empty: nobody has moved yet."),
        "movement_happened": Text(ru="День", en="Day"),
        "movement_kind": Text(ru="Движение", en="Movement"),
        "movement_from_class": Text(ru="Из класса", en="From class"),
        "movement_to_class": Text(ru="В класс", en="To class"),
        "movement_document": Text(ru="Приказ", en="Order"),
        "movement_no_document": Text(ru="нет", en="none"),
        "movement_entered": Text(ru="Внесено", en="Entered"),
        "movement_by_plan": Text(ru="Откуда запись", en="Made by"),
        "movement_cancelled": Text(ru="сторнирована", en="cancelled"),
        "movement_storno": Text(ru="сторно", en="counter-entry"),
        "movement_standing": Text(ru="действует", en="stands"),
        "movement_year_plan": Text(ru="переход на новый год", en="turn of the year"),
    }
)
"""Headings and sentences."""

LINE_STATES: Mapping[str, Text] = MappingProxyType(
    {
        "standing": MOVEMENT_WORDS["movement_standing"],
        "cancelled": MOVEMENT_WORDS["movement_cancelled"],
        "storno": MOVEMENT_WORDS["movement_storno"],
    }
)
"""What an entry is worth."""

PARTS: Mapping[str, Text] = MappingProxyType(
    {name: MOVEMENT_WORDS[f"movement_{name}"] for name in ("arrived", "moved_in", "left", "moved_out")}
)
"""What the picture is made of."""
