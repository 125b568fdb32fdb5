"""Rules over final marks and deferrals (R-MARK-06, 07, 11, 12, 16, R-ATT-03, 04, 09, 10, C-15, C-21)."""

from __future__ import annotations

from collections.abc import Iterator

from gateway.errors import Fault, Party, Text
from gateway.model.grading import MarkSign
from gateway.model.journal import Deferral, PeriodMark, Stage
from gateway.model.journal_records import RecordKind
from gateway.model.people import Enrollment
from gateway.model.policy import FirstGradeValue
from gateway.model.rules.certificates import origin_faults
from gateway.model.rules.locks import runs
from gateway.model.rules.scales import ALWAYS_FINAL, OF_LESSONS_ONLY, permits, scales_for
from gateway.model.rules.view import JournalView
from gateway.model.school import FIRST_GRADE, Period, PeriodKind

_STAGES_OF_PERIOD = frozenset({Stage.PERIOD})
_STAGES_OF_APPEAL = frozenset({Stage.EXAM, Stage.FINAL})


def period_mark_faults(mark: PeriodMark, view: JournalView) -> Iterator[Fault]:
    """Hold a final mark against all rules over final marks; a voided one can always be taken back."""
    period = view.find(RecordKind.PERIODS, mark.period)
    if mark.voided or not isinstance(period, Period):
        return
    yield from _stage_faults(mark, period, view)
    yield from _repeat_faults(mark, view)
    yield from _appeal_faults(mark, view)
    yield from origin_faults(mark, mark.subject, period.start, period.end, view)
    place = _place(mark, period, view)
    if place is None:
        if mark.pupil in view.reference.pupils:
            yield _final_fault(
                "journal.not_enrolled_in_period",
                "pupil",
                "R-ROST-20",
                f"Ученик {mark.pupil} в этом учебном периоде в школе не числился.",
                f"Pupil {mark.pupil} was not enrolled at the school in this study period.",
            )
        return
    grade = view.reference.grades.get(place.school_class)
    if grade is not None and not period.first_grade <= grade <= period.last_grade:
        yield _final_fault(
            "journal.period_of_other_grades",
            "period",
            "R-ATT-09",
            f"Это не учебный период {grade}-х классов.",
            f"This is no study period of grade {grade}.",
        )
    yield from _value_faults(mark, grade, view)


def deferral_faults(deferral: Deferral, view: JournalView) -> Iterator[Fault]:
    """Hold a deferral against R-MARK-12: nothing is put off that is there, and nothing twice."""
    if any(_sums_up(mark, deferral) for mark in view.final_marks(deferral.pupil, deferral.subject)):
        yield _final_fault(
            "journal.deferral_of_set_mark",
            "period",
            "R-MARK-12",
            "Итоговая отметка ученика уже выставлена: откладывать нечего.",
            "The pupil's final mark is set already: there is nothing to put off.",
        )
    for other in view.deferrals(deferral.pupil, deferral.subject, deferral.period):
        if other.id != deferral.id:
            yield _final_fault(
                "journal.deferral_repeated",
                "period",
                "R-MARK-12",
                f"Отсрочка этой отметки уже есть (запись {other.id}).",
                f"There is a deferral of this mark already (record {other.id}).",
            )
    period = view.find(RecordKind.PERIODS, deferral.period)
    if isinstance(period, Period) and deferral.until < period.start:
        yield _final_fault(
            "journal.deferral_early",
            "until",
            "R-MARK-12",
            "Отсрочка кончается раньше, чем начинается учебный период.",
            "The deferral ends before the study period begins.",
        )


def _final_fault(code: str, field: str, rule: str, ru: str, en: str, *, who: Party = Party.SUBJECT_TEACHER) -> Fault:
    return Fault(code=code, text=Text(ru=ru, en=en), field=field, rule=rule, who=who)


def _sums_up(mark: PeriodMark, deferral: Deferral) -> bool:
    return mark.period == deferral.period and mark.stage in {Stage.PERIOD, Stage.YEAR}


def _stage_faults(mark: PeriodMark, period: Period, view: JournalView) -> Iterator[Fault]:
    """R-MARK-11: a period's mark is of a period, all others of a year; none before its time begins (R-JRNL-06)."""
    if (mark.stage in _STAGES_OF_PERIOD) != (period.kind is not PeriodKind.YEAR):
        yield _final_fault(
            "journal.stage_of_other_period",
            "stage",
            "R-MARK-11",
            "Отметка за период относится к учебному периоду, а годовая, экзаменационная и итоговая – к учебному году.",
            "A period's mark is of a study period; a year's, an exam's and a final one is of a year.",
        )
    if view.today() < period.start:
        yield _final_fault(
            "journal.period_mark_early",
            "period",
            "R-JRNL-06",
            "Учебный период ещё не начался: заранее отметки не выставляются.",
            "The study period has not begun: marks are not given in advance.",
        )


def _repeat_faults(mark: PeriodMark, view: JournalView) -> Iterator[Fault]:
    for other in view.final_marks(mark.pupil, mark.subject):
        if other.id != mark.id and (other.period, other.stage, other.appeal) == (mark.period, mark.stage, mark.appeal):
            yield _final_fault(
                "journal.period_mark_repeated",
                "period",
                "R-MARK-07",
                f"Такая итоговая отметка у ученика уже есть (запись {other.id}): сначала её нужно аннулировать.",
                f"The pupil has such a final mark already (record {other.id}): it has to be voided first.",
            )


def _appeal_faults(mark: PeriodMark, view: JournalView) -> Iterator[Fault]:
    """R-ATT-03, R-ATT-04: an appeal is against a result that is there, and both say when they were announced."""
    if mark.stage in _STAGES_OF_APPEAL and mark.announced_on is None:
        yield _final_fault(
            "journal.result_without_announcement",
            "announcedOn",
            "R-ATT-03",
            "Не указан день объявления результата: от него считается срок.",
            "The day on which the result was announced is missing: the deadline counts from it.",
        )
    if not mark.appeal:
        return
    results = [one for one in view.final_marks(mark.pupil, mark.subject) if not one.appeal]
    appealed = [one for one in results if (one.period, one.stage) == (mark.period, mark.stage)]
    if mark.stage not in _STAGES_OF_APPEAL or not appealed:
        yield _final_fault(
            "journal.appeal_without_result",
            "appeal",
            "R-ATT-04",
            "Апелляция подаётся на результат экзамена или итоговой аттестации, а его в журнале нет.",
            "An appeal is against the result of an exam or of the final attestation, and the journal has none.",
        )


def _place(mark: PeriodMark, period: Period, view: JournalView) -> Enrollment | None:
    """Return the pupil's last enrolment in the period."""
    places = view.places_of(mark.pupil, period.start, period.end)
    return max(places, key=lambda place: place.valid_from, default=None)


def _value_faults(mark: PeriodMark, grade: int | None, view: JournalView) -> Iterator[Fault]:
    """R-MARK-07: of the scale, or ОСВ, or НА; in grade 1 at most what C-21 allows; a deferred one is not НА."""
    if (mark.value is None) == (mark.sign is None):
        return  # `exactly_one` tells it
    if grade == FIRST_GRADE and not _is_first_grade_value(mark, view):
        yield _final_fault(
            "journal.mark_in_grade_1", "value", "R-MARK-06", "В 1-м классе отметки не ставятся.", "No marks in grade 1."
        )
    scales = scales_for(mark.subject, grade, view)
    in_scale = mark.sign in ALWAYS_FINAL or any(permits(scale, mark.value, mark.sign) for scale in scales)
    if mark.sign in OF_LESSONS_ONLY or not in_scale:
        names = ", ".join(scale.name for scale in scales)
        yield _final_fault(
            "journal.period_mark_value",
            "value" if mark.sign is None else "sign",
            "R-MARK-07",
            f"Такой итоговой отметки нет: она – из системы оценивания ({names}), ОСВ или НА.",
            f"There is no such final mark: it is of the grading scale ({names}), ОСВ or НА.",
        )
    deferrals = view.deferrals(mark.pupil, mark.subject, mark.period)
    if mark.sign is MarkSign.NOT_ATTESTED and any(runs(deferral, view) for deferral in deferrals):
        yield _final_fault(
            "journal.deferred_not_attested",
            "sign",
            "R-ATT-10",
            "Отметка отложена: пока отсрочка действует, «НА» не ставится.",
            "The mark is deferred: «НА» is not put while the deferral runs.",
        )


def _is_first_grade_value(mark: PeriodMark, view: JournalView) -> bool:
    return mark.sign is MarkSign.MASTERED and view.policy.first_grade_value is FirstGradeValue.MASTERED
