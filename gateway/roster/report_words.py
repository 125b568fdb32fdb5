"""The reports on pupils and classes in words: one table for the screen, the CSV and the page (R-REP-01, R-REP-02)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from gateway.errors import Language, Text
from gateway.model.class_sizes import ClassSize
from gateway.model.movement_names import MOVEMENT_NAMES
from gateway.model.movement_report import MovementLine
from gateway.model.printed_report import PrintedColumn, PrintedReport, PrintedTable
from gateway.model.school import School
from gateway.roster.class_sizes import NamedSizes
from gateway.roster.movement import NamedReport

_SCHOOL = Text(ru="По школе", en="School")
_NOT_KNOWN = Text(ru="нет данных", en="not known")
_YES = Text(ru="да", en="yes")
_NO = Text(ru="нет", en="no")
_SIGNED_BY = Text(ru="Заместитель директора", en="Deputy head")

Columns = Sequence[tuple[Text, int, bool]]
"""Heading, share of the page's width, whether it holds figures."""
Rows = tuple[tuple[str, ...], ...]

SIZE_OF_MOVEMENT: Columns = (
    (Text(ru="Класс", en="Class"), 12, False),
    (Text(ru="На начало", en="Opening"), 10, True),
    (Text(ru="Прибыло", en="Arrived"), 11, True),
    (Text(ru="Выбыло", en="Left"), 10, True),
    (Text(ru="Пришло из других классов", en="From other classes"), 11, True),
    (Text(ru="Ушло в другие классы", en="To other classes"), 10, True),
    (Text(ru="На конец", en="Closing"), 9, True),
    (Text(ru="По списку", en="On the list"), 9, True),
    (Text(ru="Сходится", en="Agrees"), 11, True),
)
ENTRY_OF_MOVEMENT: Columns = (
    (Text(ru="Дата", en="Date"), 11, True),
    (Text(ru="Движение", en="Movement"), 16, False),
    (Text(ru="Ученик", en="Pupil"), 26, False),
    (Text(ru="Из класса", en="From class"), 9, True),
    (Text(ru="В класс", en="To class"), 9, True),
    (Text(ru="Приказ", en="Order"), 17, False),
)
SIZE_OF_CLASS: Columns = (
    (Text(ru="Класс", en="Class"), 12, False),
    (Text(ru="Классный руководитель", en="Class teacher"), 34, False),
    (Text(ru="Учеников", en="Pupils"), 11, True),
    (Text(ru="Мальчиков", en="Boys"), 12, True),
    (Text(ru="Девочек", en="Girls"), 11, True),
    (Text(ru="На ИУП", en="On an individual plan"), 12, True),
    (Text(ru="Мест", en="Places"), 12, True),
)


def movement_rows(named: NamedReport, language: Language) -> Rows:
    """Return a line a class, the school last."""
    return tuple(_moved(named, one, language) for one in named.report.lines)


def entry_rows(named: NamedReport, language: Language) -> Rows:
    """Return a line for every pupil who came, moved or left, with the order."""
    return tuple(
        (
            _day(one.movement.happened_on, language),
            MOVEMENT_NAMES[one.movement.kind].in_language(language),
            named.names.get(one.movement.pupil, ""),
            named.names.get(one.movement.from_class or "", ""),
            named.names.get(one.movement.to_class or "", ""),
            one.order.document if one.order else one.movement.document,
        )
        for one in named.report.entries
    )


def size_rows(named: NamedSizes, language: Language) -> Rows:
    """Return a line a class, the school last; what is not known is said to be so."""
    return tuple(_size(named, one, language) for one in named.report.lines)


def headings(columns: Columns, language: Language) -> tuple[str, ...]:
    """Return the headings of columns in a language."""
    return tuple(title.in_language(language) for title, *_ in columns)


def movement_pages(named: NamedReport, school: School, language: Language, *, at: datetime) -> PrintedReport:
    """Return the report on the movement as it is handed in."""
    first, last = _day(named.report.first, language), _day(named.report.last, language)
    entries = entry_rows(named, language)
    by_name = PrintedTable(
        heading=Text(ru="Поимённо", en="By name").in_language(language),
        columns=_columns(ENTRY_OF_MOVEMENT, language),
        rows=entries,
    )
    return PrintedReport(
        language=language,
        title=Text(ru="Движение учащихся", en="Movement of pupils").in_language(language),
        school=school.name,
        period=Text(ru=f"с {first} по {last}", en=f"from {first} to {last}").in_language(language),
        made=_day(at.astimezone(ZoneInfo(school.zone)).date(), language),
        tables=(_table(SIZE_OF_MOVEMENT, movement_rows(named, language), language), *((by_name,) if entries else ())),
        notes=tuple(one.in_language(language) for one in movement_notes(named)),
        signed_by=_SIGNED_BY.in_language(language),
    )


def size_pages(named: NamedSizes, school: School, language: Language, *, at: datetime) -> PrintedReport:
    """Return the report on the class sizes as it is handed in."""
    day = _day(named.report.day, language)
    return PrintedReport(
        language=language,
        title=Text(ru="Наполняемость классов", en="Class sizes").in_language(language),
        school=school.name,
        period=Text(ru=f"на {day}", en=f"on {day}").in_language(language),
        made=_day(at.astimezone(ZoneInfo(school.zone)).date(), language),
        tables=(_table(SIZE_OF_CLASS, size_rows(named, language), language),),
        notes=tuple(one.in_language(language) for one in _size_notes(named)),
        signed_by=_SIGNED_BY.in_language(language),
    )


def movement_notes(named: NamedReport) -> Iterator[Text]:
    """Yield where the book and the places in classes differ, and where a movement has no order."""
    for one in named.report.lines:
        if not one.agrees:
            told = _called(named.names, one.school_class)
            yield Text(
                ru=f"{told.ru}: по книге движения на конец {one.closing}, в списке {one.counted}. Кто пришёл или ушёл "
                "мимо книги или остался без класса, выясняет заместитель директора.",
                en=f"{told.en}: {one.closing} at the end by the movement book, {one.counted} on the list. The deputy "
                "head has to find out who came or went past the book, or has no class.",
            )
    without = sum(one.order is None and not one.movement.document for one in named.report.entries)
    if without:
        yield Text(
            ru=f"Записей без приказа: {without}. Приказы вносит в журнальную систему канцелярия.",
            en=f"Entries without an order: {without}. The school office enters orders in the journal system.",
        )


def _size_notes(named: NamedSizes) -> Iterator[Text]:
    if named.report.school.on_plan is None:
        yield Text(
            ru="ИУП: журнальная система не передала ни одного индивидуального плана.",
            en="Individual plans: the journal system has told of none.",
        )
    if named.report.school.capacity is None:
        yield Text(
            ru="Мест: предельную наполняемость шлюзу не сообщает ни один источник.",
            en="Places: no source tells the gateway how many pupils a class may hold.",
        )


def _moved(named: NamedReport, one: MovementLine, language: Language) -> tuple[str, ...]:
    is_school = one.school_class is None
    inside = ("–", "–") if is_school else (str(one.moved_in), str(one.moved_out))
    return (
        _called(named.names, one.school_class).in_language(language),
        str(one.opening),
        str(one.arrived),
        str(one.left),
        *inside,
        str(one.closing),
        str(one.counted),
        (_YES if one.agrees else _NO).in_language(language),
    )


def _size(named: NamedSizes, one: ClassSize, language: Language) -> tuple[str, ...]:
    unknown = _NOT_KNOWN.in_language(language)
    return (
        _called(named.names, one.school_class).in_language(language),
        named.names.get(one.teacher or "", "") if one.school_class else "",
        str(one.pupils),
        str(one.boys),
        str(one.girls),
        unknown if one.on_plan is None else str(one.on_plan),
        unknown if one.capacity is None else str(one.capacity),
    )


def _called(names: Mapping[str, str], school_class: str | None) -> Text:
    """Return what a class is called, or the school as a whole."""
    if school_class is None:
        return _SCHOOL
    return Text(ru=names.get(school_class, school_class), en=names.get(school_class, school_class))


def _table(columns: Columns, rows: Rows, language: Language) -> PrintedTable:
    return PrintedTable(columns=_columns(columns, language), rows=rows, has_total=True)


def _columns(columns: Columns, language: Language) -> tuple[PrintedColumn, ...]:
    return tuple(
        PrintedColumn(title=title.in_language(language), share=share, is_figure=is_figure)
        for title, share, is_figure in columns
    )


def _day(day: date, language: Language) -> str:
    return f"{day:%d.%m.%Y}" if language == "ru" else day.isoformat()
