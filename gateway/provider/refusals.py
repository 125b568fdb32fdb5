"""Why the journal cannot have what another system wrote as it is."""

from __future__ import annotations

from gateway.errors import GatewayError, Party, RuleViolation, Text
from gateway.mapping.oneroster_entries import never_of_another
from gateway.model.oneroster import ObjectKind


def category_of_all() -> GatewayError:
    """Return the refusal of a change of a category that every school has."""
    return never_of_another(
        Text(
            ru="Эта категория есть у каждой школы и не меняется: заведите свою, под другим sourcedId.",
            en="This category is there at every school and does not change: write your own, by another id.",
        ),
        "R-JRNL-02",
    )


def own_item() -> GatewayError:
    """Return the refusal of a change of a line item of the school's own journal."""
    return never_of_another(
        Text(
            ru="Эта работа заведена в журнале школы и меняется там.",
            en="This line item is of the school's own journal and is changed there.",
        ),
        "R-ROLE-03",
    )


def another_mark() -> GatewayError:
    """Return the refusal of a result under the id of another mark."""
    return never_of_another(
        Text(
            ru="Под этим sourcedId в журнале отметка другого ученика или за другой урок, либо её номер сменили.",
            en="Under this sourcedId the journal has a mark of another pupil or lesson, or the mark got another id.",
        ),
        "R-AUD-02",
    )


def item_waits() -> GatewayError:
    """Return the refusal of a result whose line item is not in the journal."""
    return RuleViolation(
        "oneroster.item_waits",
        Text(
            ru="Сначала утвердите работу (lineItem), к которой относится результат: в журнале её нет.",
            en="Approve the line item of this result first: the journal does not know it.",
        ),
        who=Party.DEPUTY,
        rule="R-JRNL-02",
    )


def lesson_needed() -> GatewayError:
    """Return the refusal of a line item whose lesson does not follow from its day."""
    return RuleViolation(
        "oneroster.lesson_needed",
        Text(
            ru="В день работы у класса нет ровно одного урока этого предмета: выберите урок.",
            en="The class has not exactly one lesson of the subject on that day: choose the lesson.",
        ),
        who=Party.SUBJECT_TEACHER,
        rule="R-JRNL-02",
    )


def lesson_fixed() -> GatewayError:
    """Return the refusal of a line item that is to go to another lesson."""
    return never_of_another(
        Text(
            ru="Работа уже относится к другому уроку: её отметки остаются там.",
            en="The line item belongs to another lesson already: its marks stay there.",
        ),
        "R-AUD-02",
    )


def category_waits() -> GatewayError:
    """Return the refusal of a line item whose category the journal does not know."""
    return RuleViolation(
        "oneroster.category_waits",
        Text(
            ru="Категория этой работы не заведена в журнале или только для итоговых отметок.",
            en="The category of this line item is not in the journal, or is that of final marks only.",
        ),
        who=Party.DEPUTY,
        rule="R-JRNL-02",
    )


def object_unknown(kind: ObjectKind) -> GatewayError:
    """Return the refusal of an object that nobody knows."""
    return GatewayError(
        "oneroster.object_unknown",
        Text(
            ru=f"Объекта «{kind}» с таким sourcedId нет. Unknown Object.",
            en=f"There is no '{kind}' with this sourcedId. Unknown Object.",
        ),
        who=Party.SENDER,
    )


def never_deleted(kind: ObjectKind) -> GatewayError:
    """Return the refusal of the deletion of what no decision could delete."""
    return RuleViolation(
        "oneroster.never_deleted",
        Text(
            ru=f"Объекты «{kind}» школы не удаляются.",
            en=f"Objects '{kind}' of the school are never deleted.",
        ),
        who=Party.SENDER,
        rule="R-AUD-02",
    )
