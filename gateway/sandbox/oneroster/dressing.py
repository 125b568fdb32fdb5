"""How objects look when they are sent: absolute references, the words of 1.1, and the tricks that touch their form."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from gateway.sandbox.oneroster.holdings import Holdings
from gateway.sandbox.oneroster.records import Json
from gateway.sandbox.oneroster.tricks import Trick

_DAYS = ("beginDate", "endDate", "birthDate", "startDate")
_WORDS = {"true": True, "false": False}


def dressed(item: Json, holdings: Holdings, *, base: str, in_1_1: bool) -> Json:
    """Return an object as it is sent; ``base`` is the address that references begin with."""
    sent = {name: _dressed_value(value, holdings, base) for name, value in item.items()}
    if holdings.has(Trick.DATES_IN_THREE_FORMS):
        sent |= {name: _in_some_form(sent[name], str(item["sourcedId"])) for name in _DAYS if name in sent}
    if holdings.has(Trick.WRONG_WRAPPER):
        sent = {name: _WORDS.get(value, value) if isinstance(value, str) else value for name, value in sent.items()}
    if in_1_1 and "roles" in sent:
        roles = sent.pop("roles")
        sent |= {"role": roles[0]["role"], "orgs": [one["org"] for one in roles]}
    return sent


def wrapper(name: str, holdings: Holdings) -> str:
    """Return what a list is called in the answer."""
    if holdings.has(Trick.ENVELOPE):
        return "data"
    return name.removesuffix("s") if holdings.has(Trick.WRONG_WRAPPER) else name


def _dressed_value(value: Any, holdings: Holdings, base: str) -> Any:
    if isinstance(value, list):
        return [_dressed_value(one, holdings, base) for one in value]
    if not isinstance(value, dict):
        return value
    inside = {name: _dressed_value(one, holdings, base) for name, one in value.items()}
    if "href" in inside and not holdings.has(Trick.RELATIVE_HREF):
        inside["href"] = f"{base}{inside['href']}"
    return inside


def _in_some_form(day: str, source_id: str) -> str:
    """Return a day as it is, as midnight in Moscow told in UTC, or with dots: by the object, at random but for ever."""
    match sum(source_id.encode()) % 3:
        case 0:
            return day
        case 1:
            return f"{date.fromisoformat(day) - timedelta(days=1)}T21:00:00.000Z"
        case _:
            return f"{date.fromisoformat(day):%d.%m.%Y}"
