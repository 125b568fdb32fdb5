"""What every template may use: words in the page's language, moments in the school's zone, figures for people."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import g, request, url_for

from gateway.delivery.outcomes import words_of
from gateway.errors import Language, Text
from gateway.model.file_place import place_of, places_told
from gateway.model.rules.clauses import clause_of
from gateway.web.console import names, queue_names, trail_names
from gateway.web.console.menu import menu_of
from gateway.web.console.rights import Right, may, may_open
from gateway.web.console.services import ConsoleServices
from gateway.web.console.sessions import form_token, language, user
from gateway.web.console.words import WORDS
from outbox import State

_DAY_KEPT = re.compile(r"\d{4}-\d{2}-\d{2}")
_NARROW_SPACE = "\u202f"
_UNITS = {"ru": ("байт", "КиБ", "МиБ", "ГиБ"), "en": ("bytes", "KiB", "MiB", "GiB")}
_STEP = 1024
_HOUR, _DAY = 60, 24 * 60
_MINUTE = timedelta(minutes=1)


class Presentation:
    """Words, moments and figures as the person at the console reads them."""

    def __init__(self, services: ConsoleServices) -> None:
        self._services = services

    def context(self) -> dict[str, Any]:
        """Return the names that every template may use."""
        chosen = language()
        return {
            "lang": chosen,
            "word": lambda name: WORDS[name].in_language(chosen),
            "say": lambda text: text.in_language(chosen),
            "rule": lambda name: rule_text(name, chosen),
            "names": names,
            "trail_names": trail_names,
            "queue_names": queue_names,
            "told": words_of,
            "lasting": lambda time: span_text(time // _MINUTE, chosen),
            "clock": lambda moment: clock_text(moment.astimezone(self.zone()), chosen),
            "day": lambda when: day_text(when, chosen),
            "plain": lambda value: plain_text(value, chosen),
            "number": lambda count: number_text(count, chosen),
            "size": lambda count: size_text(count, chosen),
            "may": lambda right: may(user().role, Right(right)),
            "opens": lambda page: may_open(user().role, page),
            "menu": lambda: menu_of(user().role, (request.endpoint or "").removeprefix("console.")),
            "owner": owner_text,
            "place_of": place_of,
            "places_told": places_told,
            "form_token": form_token,
            "here": _here,
            "states": list(State),
        }

    def zone(self) -> ZoneInfo:
        """Return the time zone of the person's school."""
        if "console_zone" not in g:
            with self._services.units(user().school)() as unit:
                g.console_zone = ZoneInfo(unit.roster.school().zone)
        known: ZoneInfo = g.console_zone
        return known

    def stamp(self, moment: datetime | None) -> str:
        """Return a moment as downloads hold it: ISO 8601 in the school's zone, with its offset."""
        return moment.astimezone(self.zone()).isoformat(timespec="seconds") if moment else ""


def rule_text(name: str, spoken: Language) -> str:
    """Return the name of a rule with what it says, for example ``R-MARK-06: В 1-м классе отметки не ставятся.``."""
    clause = clause_of(name)
    return name if clause is None else f"{name}: {clause.in_language(spoken)}"


def clock_text(moment: datetime, spoken: Language) -> str:
    """Return day and time as people write them."""
    return moment.strftime("%d.%m.%Y %H:%M:%S" if spoken == "ru" else "%Y-%m-%d %H:%M:%S")


def day_text(when: date, spoken: Language) -> str:
    """Return a day as people write it."""
    return when.strftime("%d.%m.%Y") if spoken == "ru" else when.isoformat()


def plain_text(value: object, spoken: Language) -> str:
    """Return a value of a roster field; a day, which rosters keep as ISO 8601, as people write it."""
    text = str(value)
    return day_text(date.fromisoformat(text), spoken) if _DAY_KEPT.fullmatch(text) else text


def number_text(count: int, spoken: Language) -> str:
    """Return a number with its thousands set apart."""
    return f"{count:,}".replace(",", _NARROW_SPACE) if spoken == "ru" else f"{count:,}"


def figure_text(value: float, spoken: Language) -> str:
    """Return a figure without needless zeros: 4.0 as ``4``, 4.5 as ``4,5``."""
    text = f"{value:g}"
    return text.replace(".", ",") if spoken == "ru" else text


def span_text(minutes: int, spoken: Language) -> str:
    """Return a time in its two largest units: ``3 д 4 ч``."""
    days, rest = divmod(abs(minutes), _DAY)
    hours, rest = divmod(rest, _HOUR)
    day, hour, minute = ("д", "ч", "мин") if spoken == "ru" else ("d", "h", "min")
    parts = [(days, day), (hours, hour), (rest, minute)]
    told = [f"{count} {unit}" for count, unit in parts if count]
    return " ".join(told[:2]) or f"0 {minute}"


def size_text(count: int, spoken: Language) -> str:
    """Return a number of bytes in the largest unit that leaves at least one of it."""
    value, units = float(count), list(_UNITS[spoken])
    while value >= _STEP and len(units) > 1:
        value, units = value / _STEP, units[1:]
    whole = units[0] == _UNITS[spoken][0]
    text = f"{value:.0f}" if whole else f"{value:.1f}"
    return f"{text.replace('.', ',') if spoken == 'ru' else text} {units[0]}"


def owner_text(subject: str) -> str:
    """Return the common name of a distinguished name (RFC 4514) that begins with it, as a registry notes it."""
    return subject.removeprefix("CN=").partition(",")[0]


def said(text: Text) -> str:
    """Return a text in the page's language."""
    return text.in_language(language())


def _here() -> str:
    """Return the address of the page that is shown, as far as it can be opened again."""
    opens = request.url_rule is None or "GET" in (request.url_rule.methods or set())
    return request.full_path.removesuffix("?") if opens else url_for("console.overview")
