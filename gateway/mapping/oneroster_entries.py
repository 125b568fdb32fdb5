"""What another system wrote into the gradebook as the journal's record, where it can be one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from zoneinfo import ZoneInfo

from gateway.errors import GatewayError, Party, RuleViolation, Text
from gateway.model.grading import GradingScale, MarkSign, WorkKind, WorkType
from gateway.model.ids import MarkId, PupilId, RecordId, WorkTypeId
from gateway.model.journal import Homework, Lesson, Mark, PeriodMark
from gateway.model.oneroster import Body, referred
from gateway.model.oneroster_submission import Submission
from gateway.model.rules.scales import permits

_SIGNS: Mapping[str, MarkSign] = MappingProxyType(
    {
        **{sign.value: sign for sign in MarkSign},
        **{sign.shown: sign for sign in MarkSign if sign not in {MarkSign.EXEMPT, MarkSign.MASTERED}},
        "-": MarkSign.MINUS,
    }
)
"""Signs by their words and by how they are shown; «ОСВ» is shown for two (C-15) and taken by its words only."""

_KINDS = (
    ("дом", WorkKind.HOMEWORK),
    ("homework", WorkKind.HOMEWORK),
    ("контрольн", WorkKind.CONTROL),
    ("exam", WorkKind.CONTROL),
    ("quiz", WorkKind.TEST),
    ("тест", WorkKind.TEST),
    ("test", WorkKind.TEST),
    ("сочинен", WorkKind.ESSAY),
    ("излож", WorkKind.ESSAY),
    ("essay", WorkKind.ESSAY),
    ("практич", WorkKind.PRACTICAL),
    ("лаборатор", WorkKind.PRACTICAL),
    ("lab", WorkKind.PRACTICAL),
    ("устн", WorkKind.ORAL),
    ("oral", WorkKind.ORAL),
)
_MOST_WEIGHT = 100
_LONGEST_NAME = 200

Given = int | MarkSign


def given_of(body: Body, scale: GradingScale, *, highest: float | None, told: str = "") -> Given | None:
    """Return the mark that a result is in the journal; ``None`` where a person has to say it.

    Nothing is converted: a score is a mark only where it counts on the scale of the subject, and a line item that
    says to count to something else does not.

    Args:
        body: the result.
        scale: the scale of the subject.
        highest: how far the line item says to count, if it does.
        told: what a person decided, as the journal shows marks; it goes before everything else.
    """
    text = told.strip() or str(body.get("textScore", "")).strip()
    if text:
        found = _read(text, scale)
        if found is not None or told.strip():
            return found
    if body.get("scoreStatus") == MarkSign.EXEMPT.value:
        return MarkSign.EXEMPT if permits(scale, None, MarkSign.EXEMPT) else None
    score = body.get("score")
    if score is None or not float(score).is_integer() or (highest is not None and highest != scale.highest):
        return None
    return int(score) if permits(scale, int(score), None) else None


def mark_of(
    one: Submission, given: Given, lesson: Lesson, *, work: tuple[WorkKind, WorkTypeId | None], held: Mark | None
) -> Mark:
    """Return the mark that a result becomes, or what becomes of the one it changes."""
    value, sign = (None, given) if isinstance(given, MarkSign) else (given, None)
    comment = str(one.body.get("comment", ""))
    if held is not None:
        return replace(held, value=value, sign=sign, comment=comment, voided=False)
    kind, work_type = work
    return Mark(
        id=MarkId(one.sourced_id),
        lesson=lesson.id,
        pupil=PupilId(referred(one.body, "student") or ""),
        value=value,
        sign=sign,
        work_kind=kind,
        work_type=work_type,
        comment=comment,
        entered_at=one.received_at,
    )


def final_mark_of(
    one: Submission, given: Given, like: PeriodMark, *, held: PeriodMark | None, announced: bool
) -> PeriodMark:
    """Return the final mark that a result becomes; ``like`` names pupil, subject, period and stage."""
    value, sign = (None, given) if isinstance(given, MarkSign) else (given, None)
    comment = str(one.body.get("comment", ""))
    if held is not None:
        return replace(held, value=value, sign=sign, comment=comment, voided=False)
    return replace(
        like,
        id=RecordId(one.sourced_id),
        value=value,
        sign=sign,
        comment=comment,
        entered_at=one.received_at,
        announced_on=datetime.fromisoformat(str(one.body["scoreDate"])).date() if announced else None,
    )


def homework_of(one: Submission, lesson: Lesson, zone: ZoneInfo) -> Homework:
    """Return the homework that a line item of that category sets at a lesson."""
    text = "\n".join(str(one.body[name]) for name in ("title", "description") if one.body.get(name))
    due = datetime.fromisoformat(str(one.body["dueDate"])).astimezone(zone).date()
    return Homework(lesson=lesson.id, text=text[:4000], due=max(due, lesson.day), entered_at=one.received_at)


def work_type_of(one: Submission, held: WorkType | None) -> WorkType:
    """Return the kind of work that a category becomes: of the kind that its title speaks of, written work else.

    One that is there keeps its kind, which its marks have, and its weight where none is told.
    """
    title = str(one.body["title"])
    weight = float(one.body.get("weight", held.weight if held else 1))
    name, whole = title[:_LONGEST_NAME], int(weight) if weight.is_integer() and 1 <= weight <= _MOST_WEIGHT else 1
    if held is not None:
        return replace(held, name=name, weight=whole)
    kind = next((kind for part, kind in _KINDS if part in title.casefold()), WorkKind.WRITTEN)
    return WorkType(id=WorkTypeId(one.sourced_id), name=name, kind=kind, weight=whole)


def mark_needed() -> GatewayError:
    """Return the refusal of a result from which no mark follows."""
    return RuleViolation(
        "oneroster.mark_needed",
        Text(
            ru="Из результата не следует отметка по шкале предмета: укажите отметку сами.",
            en="No mark of the subject's scale follows from the result: say which mark it is.",
        ),
        who=Party.SUBJECT_TEACHER,
        rule="R-ACAD-19",
    )


def never_of_another(what: Text, rule: str) -> GatewayError:
    """Return the refusal of what the school alone decides."""
    return RuleViolation("oneroster.not_of_another", what, who=Party.DEPUTY, rule=rule)


def _read(text: str, scale: GradingScale) -> Given | None:
    sign = _SIGNS.get(text)
    if sign is not None:
        return sign if permits(scale, None, sign) else None
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 5 else None  # noqa: PLR2004  no mark is longer
    return number if number is not None and permits(scale, number, None) else None
