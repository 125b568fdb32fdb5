"""What two clerks write differently of one person has one key."""

from datetime import date

import pytest

from gateway.model.matching_names import email_key, is_near_day, letter_key, name_key, phone_key, words_key

SPELLINGS = (
    ("Щукина", "Shchukina", "Schukina", "Ŝukina", "щукина", "ЩУКИНА", "Щукинa", " Щукина "),
    ("Алёна", "Алена", "Alyona", "Alena", "Aliona", "Alëna"),
    ("Юлия", "Yuliya", "Iuliia", "Julija", "Ûliâ", "Yulia", "Julia"),
    ("Соловьёв", "Solovyov", "Solov'yov", "Solovev", "Solovyev", "Solov′ëv"),
    ("Алексей", "Aleksey", "Alexey", "Alexei", "Aleksej"),
    ("Хрущёв", "Khrushchev", "Hruŝëv", "Khrushchyov"),
    ("Цой", "Tsoy", "Coj", "Tsoi"),
    ("Дмитрий", "Dmitriy", "Dmitrii", "Dmitry", "Dmitrij", "Dmitri"),
    ("Елена", "Yelena", "Elena", "Jelena"),
    ("Петрова-Водкина", "Петрова Водкина", "Petrova-Vodkina", "петрова–водкина"),
    ("Жанна", "Zhanna", "Žanna"),
    ("Чайкина", "Chaykina", "Čajkina", "Chaikina"),
    ("О'Коннор", "Оконнор", "О’Коннор"),
    ("Мария", "Mariya", "Mariia", "Maria"),
    ("Объедков", "Obedkov", "Obiedkov", "Obyedkov"),
    ("Артемьева", "Artemeva", "Artem'eva", "Artemyeva"),
    ("Наталья", "Наталия", "Natalia", "Natalya", "Nataliya"),
    ("Схиладзе", "Skhiladze"),
    ("Патшин", "Patshin"),
)


@pytest.mark.parametrize("spellings", SPELLINGS, ids=lambda one: one[0])
def test_all_spellings_of_a_name_have_one_key(spellings: tuple[str, ...]) -> None:
    assert len({name_key(one) for one in spellings}) == 1


def test_different_names_have_different_keys() -> None:
    names = [spellings[0] for spellings in SPELLINGS] + [
        "Иванов",
        "Иванова",
        "Петров",
        "Семён",
        "Степан",
        "Анна",
        "Инна",
    ]
    assert len({name_key(one) for one in names}) == len(names)


@pytest.mark.parametrize("empty", ["", " ", "-", "123", "'"])
def test_what_has_no_letter_has_no_key(empty: str) -> None:
    assert name_key(empty) == ""


def test_a_class_letter_is_one_in_both_alphabets_and_in_quotes() -> None:
    assert {letter_key(one) for one in ("А", "а", "A", "a", "«А»", ' "А" ')} == {"А"}
    assert letter_key("Б") != letter_key("B")


def test_a_telephone_number_is_its_last_ten_digits() -> None:
    assert {phone_key(one) for one in ("+7 (900) 000-00-01", "8 900 000 00 01", "9000000001")} == {"9000000001"}
    assert phone_key("00-01") == ""


def test_addresses_and_positions_are_compared_without_case() -> None:
    assert email_key(" Mama@Example.ORG ") == "mama@example.org"
    assert words_key("Педагог-организатор  Ёлок") == words_key("педагог-организатор елок")


def test_days_that_look_like_a_slip_of_the_pen() -> None:
    day = date(2015, 3, 4)
    assert is_near_day(day, date(2015, 4, 3))
    assert is_near_day(day, date(2016, 3, 4))
    assert not is_near_day(day, day)
    assert not is_near_day(day, date(2011, 12, 25))
    assert not is_near_day(date(2015, 3, 3), date(2015, 3, 3))
