"""What a person should know about a plan besides its changes: remarks that stop nothing by themselves."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from gateway.errors import Text
from gateway.model.roster import Key, RecordKind, Scalar


class WarningCode(StrEnum):
    """What a remark is about."""

    SOURCE = "source"
    LOCK_KEPT = "lock_kept"
    OUT_OF_SCOPE = "out_of_scope"
    OTHER_PERSON = "other_person"
    NO_CLASS_TEACHER = "no_class_teacher"
    ONLY_ADDITIONS = "only_additions"
    SIMILAR_CLASS = "similar_class"
    CLASS_NOT_EMPTY = "class_not_empty"


@dataclass(frozen=True, kw_only=True, slots=True)
class PlanWarning:
    """One remark.

    Attributes:
        code: what it is about.
        kind: kind of the record it is about; ``None`` when the remark is about the source or the plan as a whole.
        key: key of that record; empty when the remark is about the whole kind.
        field: name of the field it is about.
        said: what the source says there; personal data.
        kept: what the school keeps there; personal data.
        number: how many changes it is about, where it is about several.
        words: what it says, where reading or matching made it.
    """

    code: WarningCode
    kind: RecordKind | None = None
    key: Key = ()
    field: str = ""
    said: Scalar = dataclasses.field(default=None, repr=False)
    kept: Scalar = dataclasses.field(default=None, repr=False)
    number: int = 0
    words: Text | None = None

    @property
    def text(self) -> Text:
        """The remark in words, without personal data: the values are shown beside it to whoever may see them."""
        return self.words or _WORDS[self.code](self)


def from_source(remarks: Iterable[Text]) -> tuple[PlanWarning, ...]:
    """Return what reading or matching remarked as remarks of the plan."""
    return tuple(PlanWarning(code=WarningCode.SOURCE, words=one) for one in remarks)


_WORDS: Mapping[WarningCode, Callable[[PlanWarning], Text]] = {
    WarningCode.SOURCE: lambda _: Text(ru="Замечание об источнике.", en="A remark about the source."),
    WarningCode.LOCK_KEPT: lambda one: Text(
        ru=f"Поле «{one.field}» закреплено школой: источник говорит другое, остаётся значение школы.",
        en=f"The school has locked the field '{one.field}': the source says something else, the school's value stays.",
    ),
    WarningCode.OUT_OF_SCOPE: lambda _: Text(
        ru="Запись ведёт школа или другой источник: этот источник её не меняет.",
        en="The record is the school's own or another source's: this source does not change it.",
    ),
    WarningCode.OTHER_PERSON: lambda _: Text(
        ru="Под прежним идентификатором, возможно, другой человек: изменились сразу несколько примет. Ждёт решения.",
        en="There may be another person under the same id: several marks of identity changed at once. It is held.",
    ),
    WarningCode.NO_CLASS_TEACHER: lambda _: Text(
        ru="У класса нет действующего классного руководителя (R-ROST-02).",
        en="The class has no class teacher in force (R-ROST-02).",
    ),
    WarningCode.SIMILAR_CLASS: lambda _: Text(
        ru="Название нового класса похоже на название другого.",
        en="The name of the new class looks like that of another.",
    ),
    WarningCode.CLASS_NOT_EMPTY: lambda one: Text(
        ru=f"Источник закрыл бы класс, но в нём числятся ученики, о которых он не знает: {one.number}. Класс остаётся; "
        "переведите их, и следующая синхронизация его закроет.",
        en=f"The source would close the class, but it has {one.number} pupil(s) of whom the source does not know. The "
        "class stays; move them, and the next sync will close it.",
    ),
    WarningCode.ONLY_ADDITIONS: lambda one: Text(
        ru=f"Источник сейчас только добавляет: не сделано других изменений — {one.number}.",
        en=f"The source only adds at present: {one.number} other change(s) were not made.",
    ),
}


def warnings_to_json(warnings: Iterable[PlanWarning]) -> list[dict[str, Any]]:
    """Return the remarks as JSON values."""
    return [
        {
            "code": one.code.value,
            "kind": None if one.kind is None else one.kind.value,
            "key": list(one.key),
            "field": one.field,
            "said": one.said,
            "kept": one.kept,
            "number": one.number,
            "words": None if one.words is None else {"ru": one.words.ru, "en": one.words.en},
        }
        for one in warnings
    ]


def warnings_from_json(items: Sequence[Mapping[str, Any]]) -> tuple[PlanWarning, ...]:
    """Return the remarks that `warnings_to_json` wrote."""
    return tuple(
        PlanWarning(
            **{
                **item,
                "code": WarningCode(item["code"]),
                "kind": None if item["kind"] is None else RecordKind(item["kind"]),
                "key": tuple(item["key"]),
                "words": None if item["words"] is None else Text(**item["words"]),
            }
        )
        for item in items
    )
