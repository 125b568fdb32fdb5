"""The lists of a roster plan's page as files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

from flask import Response

from gateway.errors import Rejected
from gateway.model.roster_ladder import Missing
from gateway.model.roster_warning import PlanWarning
from gateway.web.console.csv_download import csv_download
from gateway.web.console.plan_lines import NAMED, ChangeLine
from gateway.web.console.plan_parts import PlanPart

T = TypeVar("T")

_REJECTED = ("kind", "record", "field", "code", "rule", "text_ru", "text_en", "who")
_WARNINGS = ("kind", "record", "key", "code", "field", "said", "kept", "text_ru", "text_en")
_MISSING = ("kind", "record", "key", "since", "times", "fate", "due")
_CHANGES = ("action", "kind", "record", "key", "field", "old", "new")


def download(part: PlanPart, found: Sequence[object], known: Mapping[str, str]) -> Response:
    """Return one of the lists of a plan's page as a file; ``known`` are names by id."""
    match part:
        case PlanPart.CHANGES:
            return csv_download("roster-plan.csv", _CHANGES, _change_rows(_of(ChangeLine, found)))
        case PlanPart.MISSING:
            return csv_download("roster-missing.csv", _MISSING, _missing_rows(_of(Missing, found), known))
        case PlanPart.WARNINGS:
            return csv_download("roster-remarks.csv", _WARNINGS, _warning_rows(_of(PlanWarning, found), known))
        case PlanPart.REJECTED:
            return csv_download("roster-rejected.csv", _REJECTED, _rejected_rows(_of(Rejected, found)))


def _of(kind: type[T], found: Sequence[object]) -> list[T]:
    return [one for one in found if isinstance(one, kind)]


def _missing_rows(found: Iterable[Missing], known: Mapping[str, str]) -> list[tuple[object, ...]]:
    return [
        (
            one.kind.value,
            " → ".join(called_of(one.key, known)),
            "/".join(one.key),
            one.since.isoformat(),
            one.times,
            one.fate.value,
            one.due.isoformat() if one.due else "",
        )
        for one in found
    ]


def _warning_rows(found: Iterable[PlanWarning], known: Mapping[str, str]) -> list[tuple[object, ...]]:
    return [
        (
            one.kind or "",
            " → ".join(called_of(one.key, known)),
            "/".join(one.key),
            one.code.value,
            one.field,
            "" if one.said is None else one.said,
            "" if one.kept is None else one.kept,
            one.text.ru,
            one.text.en,
        )
        for one in found
    ]


def _rejected_rows(found: Iterable[Rejected]) -> list[tuple[object, ...]]:
    return [
        (
            one.kind,
            one.record,
            fault.field or "",
            fault.code,
            fault.rule or "",
            fault.text.ru,
            fault.text.en,
            fault.who.value,
        )
        for one in found
        for fault in one.faults
    ]


def _change_rows(lines: Iterable[ChangeLine]) -> list[tuple[object, ...]]:
    return [
        (
            line.action.value,
            line.kind.value,
            line.record,
            "/".join(line.key),
            one.name,
            "" if one.old is None else one.old,
            "" if one.new is None else one.new,
        )
        for line in lines
        for one in line.fields
    ]


def called_of(key: Sequence[str], known: Mapping[str, str]) -> list[str]:
    """Return what the records of a key are called; a day that ends a key is left out."""
    return [known.get(part, part) for part in key[:NAMED]]
