"""What lessons are about: each subject's parts, one after another through the year, and how far a lesson has got."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.model.ids import SubjectId

_PARTS = {
    "russian": "Повторение изученного; Фонетика и графика; Лексика и фразеология; Состав слова; Имя существительное; "
    "Имя прилагательное; Глагол; Местоимение; Синтаксис и пунктуация; Развитие речи",
    "reading": "Устное народное творчество; Русские сказки; Поэзия о природе; Рассказы о животных; Былины; "
    "Басни; Стихи русских поэтов; Зарубежные сказки",
    "literature": "Древнерусская литература; Литература XVIII века; Лирика А. С. Пушкина; Проза А. С. Пушкина; "
    "Творчество М. Ю. Лермонтова; Творчество Н. В. Гоголя; Творчество Л. Н. Толстого; Поэзия XX века; Проза XX века",
    "english": "My family; School life; Sports and hobbies; Travelling; Food and shopping; Seasons and weather; "
    "Famous people; Books and films; Nature and ecology",
    "mathematics": "Натуральные числа; Сложение и вычитание; Умножение и деление; Площади и объёмы; Доли и дроби; "
    "Десятичные дроби; Проценты; Измерение величин; Решение текстовых задач",
    "algebra": "Выражения и тождества; Уравнения; Степень с натуральным показателем; Многочлены; Функции и графики; "
    "Системы уравнений; Неравенства; Прогрессии; Повторение курса",
    "geometry": "Начальные понятия; Признаки равенства треугольников; Параллельные прямые; Соотношения в треугольнике; "
    "Четырёхугольники; Площадь; Окружность; Векторы",
    "statistics": "Таблицы и диаграммы; Средние величины; Случайная изменчивость; Графы; Случайные события; "
    "Вероятность события",
    "informatics": "Информация и её кодирование; Системы счисления; Логические выражения; Алгоритмы; "
    "Программирование на Python; Электронные таблицы; Компьютерные сети",
    "world": "Живая и неживая природа; Растения; Животные; Человек и здоровье; Наша страна; Природные зоны; "
    "Правила безопасной жизни; Семья и общество",
    "ethics": "Россия — наша Родина; Культура и мораль; Добро и зло; Дружба; Честь и достоинство; Семейные традиции",
    "spiritual": "Культура и язык; Культура и традиции; Семья; Духовный мир человека; Народы России; Памятники истории",
    "history": "Источники знаний о прошлом; Древние цивилизации; Становление государства; "
    "Русские земли в XII–XIII веках; Централизация государства; Реформы и преобразования; Общество и культура; "
    "Международные отношения",
    "social": "Человек и общество; Сфера духовной культуры; Экономика; Право; Политика и государство; "
    "Социальные отношения",
    "geography": "Карта и план местности; Литосфера; Гидросфера; Атмосфера; Население; Природные зоны; Хозяйство",
    "biology": "Клетка; Ткани и органы; Многообразие организмов; Размножение и развитие; Наследственность; "
    "Экосистемы; Эволюция",
    "physics": "Измерения; Движение и взаимодействие тел; Давление; Работа и энергия; Тепловые явления; "
    "Электрические явления; Световые явления; Повторение курса",
    "chemistry": "Первоначальные понятия; Вещества и их свойства; Периодический закон; Химическая связь; "
    "Классы соединений; Растворы; Химические реакции",
    "music": "Музыка родного края; Русская классика; Музыка мира; Опера и балет; Современная музыка",
    "art": "Натюрморт; Пейзаж; Портрет; Народные промыслы; Архитектура; Дизайн",
    "labour": "Проектная деятельность; Обработка материалов; Техническая графика; Робототехника; Культура питания; "
    "Домашнее хозяйство",
    "safety": "Безопасность в быту; Безопасность на транспорте; Основы медицинских знаний; Пожарная безопасность; "
    "Основы военной подготовки",
    "sport": "Лёгкая атлетика; Гимнастика; Лыжная подготовка; Волейбол; Баскетбол; Подвижные игры",
    "project": "Выбор темы; Работа с источниками; Исследование; Оформление работы; Защита проекта",
    "literacy": "Читательская грамотность; Математическая грамотность; Естественно-научная грамотность; "
    "Финансовая грамотность; Глобальные компетенции",
    "physics-profile": "Кинематика; Динамика; Законы сохранения; Молекулярная физика; Термодинамика; Электростатика; "
    "Постоянный ток; Магнитное поле; Колебания и волны",
    "chess": "Ходы фигур; Шах и мат; Дебют; Эндшпиль; Школьный турнир",
    "rhythmics": "Ритм и движение; Народный танец; Игровой танец; Выступление",
    "choir": "Распевание; Народная песня; Двухголосие; Концертная программа",
    "my-town": "Улицы и имена; Карта района; Люди города; Оформление проекта; Защита проекта",
    "road-safety": "Пешеход; Велосипедист; Пассажир; Первая помощь",
    "finance": "Личный бюджет; Банки и вклады; Кредит; Страхование; Налоги",
    "horizons": "Рынок труда; Отрасли экономики; Профессиональные пробы; Выбор пути",
    "professions": "Столярное дело; Электромонтаж; Дизайн одежды; Кулинария",
    "programming": "Алгоритмы на Python; Структуры данных; Графы; Проект",
    "social-profile": "Человек в обществе; Общество и культура; Экономическая жизнь; Рынок и государство; "
    "Социальная структура; Политическая система; Правовое регулирование; Конституционное право",
}
_STAGES = ("изучение нового материала", "закрепление", "решение задач и упражнений", "повторение")
_SPLIT = {SubjectId(subject): tuple(parts.split("; ")) for subject, parts in _PARTS.items()}
WEEKS_A_YEAR = 34
_SHORTEST_PART = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class Stage:
    """How far a course has got: the part it is in with its number, and whether the part ends with this lesson."""

    part: str
    number: int
    step: int
    ends: bool

    @property
    def topic(self) -> str:
        """Topic of an ordinary lesson at this stage."""
        return f"{self.part}: {_STAGES[self.step % len(_STAGES)]}"

    @property
    def control_topic(self) -> str:
        """Topic of the control work that ends the part."""
        return f"Контрольная работа по теме «{self.part}»"


def stage(subject: SubjectId, lesson: int, *, weekly: int, lead: float) -> Stage:
    """Return the stage a course has reached.

    Args:
        subject: the subject.
        lesson: how many lessons of the course there have been since the year began.
        weekly: lessons a week.
        lead: from 0 to 1, how much of a part the course was ahead on the first day, so that not all classes of a
            grade write their control works in the same week.
    """
    parts = parts_of(subject)
    length = hours_of_part(subject, weekly)
    part, step = divmod(lesson + int(lead * length), length)
    place = part % len(parts)
    return Stage(part=parts[place], number=place + 1, step=step, ends=step == length - 1)


def parts_of(subject: SubjectId) -> tuple[str, ...]:
    """Return the parts of a subject in the order in which they are taught; the first has number 1."""
    return _SPLIT[subject]


def hours_of_part(subject: SubjectId, weekly: int) -> int:
    """Return how many lessons a part takes that has so many lessons a week."""
    return max(_SHORTEST_PART, weekly * WEEKS_A_YEAR // len(_SPLIT[subject]))
