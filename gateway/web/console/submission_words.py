"""Sentences and headings of the page of grades that other systems wrote, in Russian and English (ADR 0005)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from gateway.errors import Text
from gateway.model.oneroster import ObjectKind
from gateway.model.oneroster_submission import Action, SubmissionState

SUBMISSION_WORDS: Mapping[str, Text] = MappingProxyType(
    {
        "grade_submissions": Text(ru="Оценки извне", en="Grades from outside"),
        "grade_submissions_hint": Text(
            ru="Другие системы прислали работы и оценки по OneRoster. В журнале их нет, пока их не утвердит человек; "
            "утверждённое записывается по всем правилам журнала. Сначала утвердите работу, потом её результаты.",
            en="Other systems sent work and grades by OneRoster. They are not in the journal until a person approves "
            "them; what is approved is written by all rules of the journal. Approve a line item before its results.",
        ),
        "submission_deciders": Text(
            ru="Утверждает и отклоняет директор или заместитель.",
            en="The director or a deputy approves and rejects.",
        ),
        "no_grade_submissions": Text(
            ru="Никто ничего не присылал.",
            en="Nobody has sent anything.",
        ),
        "submission_approve": Text(ru="Утвердить", en="Approve"),
        "submission_reject": Text(ru="Отклонить", en="Reject"),
        "submission_program": Text(ru="Программа", en="Program"),
        "submission_object": Text(ru="Что прислано", en="What was sent"),
        "submission_content": Text(ru="Содержание", en="Content"),
        "submission_mark": Text(ru="Отметка", en="Mark"),
        "submission_lesson": Text(ru="Урок (id)", en="Lesson (id)"),
        "submission_received": Text(ru="Получено", en="Received"),
        "submission_outcome": Text(ru="Решение", en="Decision"),
    }
)

SUBMISSION_STATES: Mapping[SubmissionState, Text] = MappingProxyType(
    {
        SubmissionState.PENDING: Text(ru="ждёт решения", en="waits for a decision"),
        SubmissionState.APPROVED: Text(ru="в журнале", en="in the journal"),
        SubmissionState.REJECTED: Text(ru="отклонено", en="rejected"),
        SubmissionState.REFUSED: Text(ru="не принято журналом", en="refused by the journal"),
        SubmissionState.WITHDRAWN: Text(ru="отозвано", en="withdrawn"),
        SubmissionState.SUPERSEDED: Text(ru="заменено новым", en="superseded"),
    }
)

SUBMISSION_KINDS: Mapping[ObjectKind, Text] = MappingProxyType(
    {
        ObjectKind.CATEGORY: Text(ru="категория", en="category"),
        ObjectKind.SCORE_SCALE: Text(ru="шкала", en="score scale"),
        ObjectKind.LINE_ITEM: Text(ru="работа", en="line item"),
        ObjectKind.ASSESSMENT_LINE_ITEM: Text(ru="экзамен", en="assessment"),
        ObjectKind.RESULT: Text(ru="результат", en="result"),
        ObjectKind.ASSESSMENT_RESULT: Text(ru="результат экзамена", en="assessment result"),
    }
)

SUBMISSION_ACTIONS: Mapping[Action, Text] = MappingProxyType(
    {
        Action.WRITE: Text(ru="записать", en="write"),
        Action.DELETE: Text(ru="удалить", en="delete"),
    }
)

SCORE_STATUSES: Mapping[str, Text] = MappingProxyType(
    {
        "exempt": Text(ru="освобождён", en="exempt"),
        "fully graded": Text(ru="оценено полностью", en="fully graded"),
        "not submitted": Text(ru="работа не сдана", en="not submitted"),
        "partially graded": Text(ru="оценено частично", en="partly graded"),
        "submitted": Text(ru="работа сдана, не оценена", en="submitted, not graded"),
        "late": Text(ru="сдано с опозданием", en="late"),
        "incomplete": Text(ru="не завершено", en="incomplete"),
        "missing": Text(ru="нет работы", en="missing"),
        "in progress": Text(ru="в работе", en="in progress"),
        "withdrawn": Text(ru="отозвано", en="withdrawn"),
    }
)
"""What OneRoster calls the standing of a score."""

CONTENT_WORDS: Mapping[str, Text] = MappingProxyType(
    {
        "title": Text(ru="работа", en="work"),
        "textScore": Text(ru="оценка", en="grade"),
        "score": Text(ru="балл", en="score"),
        "scoreDate": Text(ru="от", en="of"),
        "comment": Text(ru="комментарий", en="comment"),
    }
)
"""What the parts of an object are called."""
