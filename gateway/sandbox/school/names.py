"""Russian names of made-up people: a family name, a given name and a patronymic combined at random.

The lists hold only wide-spread names; whoever of the result exists does so by chance.
"""

from __future__ import annotations

from random import Random

from gateway.model.people import PersonName, Sex

_FAMILY_NAMES = """
    Иванов Смирнов Кузнецов Попов Васильев Петров Соколов Михайлов Новиков Фёдоров Морозов Волков Алексеев Лебедев
    Семёнов Егоров Павлов Козлов Степанов Николаев Орлов Андреев Макаров Никитин Захаров Зайцев Соловьёв Борисов
    Яковлев Григорьев Романов Воробьёв Сергеев Кузьмин Фролов Александров Дмитриев Королёв Гусев Киселёв Ильин
    Максимов Поляков Сорокин Виноградов Ковалёв Белов Медведев Антонов Тарасов Жуков Баранов Филиппов Комаров Давыдов
    Беляев Герасимов Богданов Осипов Сидоров Матвеев Титов Марков Миронов Крылов Куликов Карпов Власов Мельников
    Денисов Гаврилов Тихонов Казаков Афанасьев Данилов Савельев Тимофеев Фомин Чернов Абрамов Мартынов Ефимов Федотов
    Щербаков Назаров Калинин Исаев Чернышёв Быков Маслов Родионов Коновалов Лазарев Воронин Климов Филатов Пономарёв
    Голубев Кудрявцев Прохоров Наумов Потапов Журавлёв Овчинников Трофимов Леонов Соболев Ермаков Колесников Гончаров
    Емельянов Никифоров Грачёв Котов Гришин Ефремов Архипов Громов Кириллов Малышев Панов Моисеев Румянцев Акимов
    Кондратьев Бирюков Горбунов Анисимов Еремин Тихомиров Галкин Лукьянов Михеев Скворцов Юдин Белоусов Нестеров
    Симонов Прокофьев Харитонов Князев Цветков Левин Митрофанов Воронов Аксёнов Софронов Мальцев Логинов Горшков
    Савин Краснов Майоров Демидов Елисеев Рыбаков Сафонов Плотников Фадеев Хохлов Успенский Покровский Вишневский
    Троицкий Островский Шевченко Бондаренко Ткаченко Савченко Кравчук Луговой Полевой
"""
_MALE_NAMES = """
    Александр Алексей Анатолий Андрей Антон Арсений Артём Артур Богдан Борис Вадим Валерий Виктор Виталий Владимир
    Владислав Вячеслав Георгий Глеб Григорий Даниил Денис Дмитрий Евгений Егор Иван Игорь Илья Кирилл Константин
    Лев Леонид Максим Матвей Михаил Никита Николай Олег Павел Пётр Роман Руслан Семён Сергей Станислав Степан
    Тимофей Фёдор Юрий Ярослав
"""
_FEMALE_NAMES = """
    Александра Алина Алиса Алла Анастасия Анна Антонина Арина Валентина Валерия Варвара Василиса Вера Вероника
    Виктория Галина Дарья Диана Ева Евгения Екатерина Елена Елизавета Жанна Зинаида Зоя Инна Ирина Карина Кира
    Кристина Ксения Лариса Лидия Любовь Людмила Маргарита Марина Мария Милана Надежда Наталья Нина Оксана Ольга
    Полина Раиса Светлана София Таисия Тамара Татьяна Ульяна Юлия Яна
"""

FAMILY_NAMES: tuple[str, ...] = tuple(_FAMILY_NAMES.split())
"""Family names in the masculine form."""

GIVEN_NAMES: dict[Sex, tuple[str, ...]] = {
    Sex.MALE: tuple(_MALE_NAMES.split()),
    Sex.FEMALE: tuple(_FEMALE_NAMES.split()),
}

_IRREGULAR_PATRONYMICS = {
    "Илья": ("Ильич", "Ильинична"),
    "Лев": ("Львович", "Львовна"),
    "Никита": ("Никитич", "Никитична"),
    "Павел": ("Павлович", "Павловна"),
    "Пётр": ("Петрович", "Петровна"),
    "Михаил": ("Михайлович", "Михайловна"),
    "Ярослав": ("Ярославич", "Ярославна"),
}
_VOWELS = "аеёиоуыэюяАЕЁИОУЫЭЮЯ"


def family_name(masculine: str, sex: Sex) -> str:
    """Return the form of a family name for the sex: Иванов and Иванова, Успенский and Успенская, Шевченко for both."""
    if sex is Sex.MALE or masculine.endswith(("ко", "ук")):
        return masculine
    if masculine.endswith(("ий", "ой")):
        return masculine[:-2] + "ая"
    return masculine + "а"


def patronymic(father: str, sex: Sex) -> str:
    """Return the patronymic after the father's given name: Сергеевич and Сергеевна after Сергей."""
    if father in _IRREGULAR_PATRONYMICS:
        masculine, feminine = _IRREGULAR_PATRONYMICS[father]
        return masculine if sex is Sex.MALE else feminine
    if father.endswith("ий"):
        stem = father[:-2] + ("и" if _ends_with_two_consonants(father[:-2]) else "ь") + "ев"
    elif father.endswith(("й", "ь")):
        stem = father[:-1] + "ев"
    else:
        stem = father + "ов"
    return stem + ("ич" if sex is Sex.MALE else "на")


def _ends_with_two_consonants(stem: str) -> bool:
    """Tell Дмитр-ий (Дмитриевич) from Юр-ий (Юрьевич)."""
    return not any(letter in _VOWELS for letter in stem[-2:])


def random_given(rng: Random, sex: Sex) -> str:
    """Return a given name for the sex."""
    return rng.choice(GIVEN_NAMES[sex])


def random_name(rng: Random, sex: Sex) -> PersonName:
    """Return the whole name of a person without relatives in the school."""
    return PersonName(
        family=family_name(rng.choice(FAMILY_NAMES), sex),
        given=random_given(rng, sex),
        patronymic=patronymic(random_given(rng, Sex.MALE), sex),
    )


def random_sex(rng: Random, *, women: float = 0.5) -> Sex:
    """Return a sex; ``women`` is the share of women."""
    return Sex.FEMALE if rng.random() < women else Sex.MALE
