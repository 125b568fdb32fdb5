"""Homework of a day: mostly something for the next lesson, now and then explicitly nothing, none at all in grade 1."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from gateway.model.journal import Homework
from gateway.model.school import FIRST_GRADE
from gateway.sandbox.school.curriculum import Specialism, planned_subject
from gateway.sandbox.school.draws import fraction, pick
from gateway.sandbox.school.lessons import HeldLesson
from gateway.sandbox.school.sample import SampleSchool

_SET, _EXPLICITLY_NONE = 0.75, 0.10
_MANNERS = ("письменно", "устно", "")
_HIGHEST_PARAGRAPH, _HIGHEST_EXERCISE = 60, 400
_TASKS = {
    Specialism.RUSSIAN: (
        "§ {paragraph}, упр. {exercise}",
        "Упр. {exercise}, выучить правило",
        "Прочитать с. {exercise}",
    ),
    Specialism.MATHEMATICS: ("№ {exercise}, № {exercise}а", "§ {paragraph}, № {exercise}"),
    Specialism.ENGLISH: ("Учебник, упр. {paragraph}, выучить слова", "Рабочая тетрадь, с. {paragraph}"),
    Specialism.CRAFTS: ("Принести материалы для работы", "Закончить эскиз"),
    Specialism.SPORT: ("Комплекс упражнений {paragraph}",),
    Specialism.MUSIC: ("Повторить слова песни", "Прослушать произведение {paragraph}"),
}
_ORDINARY_TASKS = (
    "§ {paragraph}, пересказ",
    "§ {paragraph}, вопросы в конце параграфа",
    "Выучить конспект, § {paragraph}",
)


def homework(sample: SampleSchool, held: Sequence[HeldLesson]) -> tuple[Homework, ...]:
    """Return the homework set at the lessons; it is due at the next lesson of the same course."""
    return tuple(
        each
        for lesson in held
        if lesson.grade > FIRST_GRADE and planned_subject(lesson.lesson.subject).is_planned
        for each in _of_lesson(sample.seed, lesson)
    )


def _of_lesson(seed: int, held: HeldLesson) -> Iterator[Homework]:
    lesson = held.lesson
    draw = fraction("homework", seed, lesson.teacher, lesson.id)
    if held.next_day is not None and draw < _SET:
        yield _set(seed, held, held.next_day)
    elif draw < _SET + _EXPLICITLY_NONE:
        yield Homework(lesson=lesson.id, text=None, author=held.given_by, entered_at=lesson.entered_at)


def _set(seed: int, held: HeldLesson, due: date) -> Homework:
    """Return homework with what R-JRNL-03 asks for: content, manner, pages and exercises, as far as it has them."""
    lesson = held.lesson
    key = (seed, lesson.teacher, lesson.id)
    paragraph = 1 + int(fraction("paragraph", *key) * _HIGHEST_PARAGRAPH)
    exercise = 1 + int(fraction("exercise", *key) * _HIGHEST_EXERCISE)
    task = pick(_TASKS.get(planned_subject(lesson.subject).specialism, _ORDINARY_TASKS), "task", *key)
    return Homework(
        lesson=lesson.id,
        text=task.format(paragraph=paragraph, exercise=exercise),
        due=due,
        manner=pick(_MANNERS, "manner", *key),
        pages=f"с. {2 * paragraph}–{2 * paragraph + 3}" if "{paragraph}" in task else "",
        tasks=f"№ {exercise}" if "{exercise}" in task else "",
        author=held.given_by,
        entered_at=lesson.entered_at,
    )
