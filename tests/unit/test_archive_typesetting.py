"""The typesetter: searchable text, the same bytes twice, no character that stops it, no markup in data."""

from io import BytesIO
from typing import Any

import pytest
from pypdf import PdfReader

from gateway.archive.typesetting import typeset

MADE_AT = 1_793_500_000


def journal(topic: str = "Дроби", **rest: Any) -> dict[str, Any]:
    part = {
        "subject": "Математика",
        "group": "",
        "teachers": "Учителева Анна Петровна",
        "grids": [
            {
                "months": [["сентябрь", 1]],
                "days": ["01"],
                "rows": [["1", "Белов Иван", [{"marks": [["5", "к", "3"]], "absence": "оп"}]]],
            }
        ],
        "lessons": [["1", "01.09.2026", "1", topic, "§ 5", "Учителева А. П."]],
    }
    return {
        "file": "2026-2027_1-четверть_5А.pdf",
        "school": "Школа № 101",
        "class": "5А",
        "class_teacher": "Классова Вера Ильинична",
        "year": "2026/2027",
        "period": "1 четверть",
        "dates": "01.09.2026 — 25.10.2026",
        "pupils": [["1", "Белов Иван Ильич", ""]],
        "parts": [part],
        "attendance": [["1", "Белов Иван Ильич", ["", "", "", "", "", "1"]]],
        "absence_codes": [["оп", "опоздание"]],
        "work_codes": [["к", "контрольная работа"]],
        **rest,
    }


def pages(pdf: bytes) -> list[str]:
    """Return the text of every page, whatever the line breaks."""
    return [" ".join(page.extract_text().split()) for page in PdfReader(BytesIO(pdf)).pages]


def test_equal_content_gives_equal_bytes() -> None:
    assert typeset(journal(), MADE_AT) == typeset(journal(), MADE_AT)
    assert typeset(journal(), MADE_AT) != typeset(journal(), MADE_AT + 1)


def test_it_is_pdf_a_2u() -> None:
    pdf = typeset(journal(), MADE_AT)

    assert b"pdfaid:part>2<" in pdf
    assert b"pdfaid:conformance>U<" in pdf


def test_the_text_is_searchable_where_it_stands() -> None:
    title, pupils, part, attendance, certification = pages(typeset(journal(), MADE_AT))

    assert "Школа № 101" in title
    assert "Классова Вера Ильинична" in title
    assert "Белов Иван Ильич" in pupils
    assert all(text in part for text in ("Математика", "сентябрь", "Белов Иван", "Дроби", "§ 5"))
    assert "Белов Иван Ильич" in attendance
    assert "скреплено печатью листов: 3 (страниц: 5)" in certification


def test_the_title_page_lists_the_contents_with_pages_and_counts_the_sheets() -> None:
    title, *rest = pages(typeset(journal(), MADE_AT))

    assert "Математика Учителева Анна Петровна 3" in title
    assert "Сводка пропусков 4" in title
    assert "3 (5), двусторонняя печать" in title  # the last sheet has an empty back
    assert [text for number, text in enumerate(rest, 2) if f"стр. {number} из 5" not in text] == []


def test_a_character_without_a_glyph_is_replaced_by_its_code_point() -> None:
    text = " ".join(pages(typeset(journal("Смайлик 😀 и 漢字 и ⟶"), MADE_AT)))

    assert "Смайлик [U+1F600] и [U+6F22][U+5B57] и" in text


@pytest.mark.parametrize("character", ["\x00", "\x07", "\x7f", "\x9b", "\ud800", "\U000e0001", "\ufffe"])
def test_an_unprintable_character_does_not_stop_the_archive(character: str) -> None:
    text = " ".join(pages(typeset(journal(f"до {character} после"), MADE_AT)))

    assert "до" in text
    assert "после" in text


@pytest.mark.parametrize(
    "topic",
    ['#panic("x")', "= Заголовок", "$x^2$", "*жирный* _курсив_", '"кавычки" и \\u0041', "`код`", "<метка> @ссылка"],
)
def test_markup_in_data_is_text(topic: str) -> None:
    assert topic in " ".join(pages(typeset(journal(topic), MADE_AT)))


def test_a_long_class_list_goes_on_with_its_header_repeated() -> None:
    many = [[str(number), f"Фамилия{number} Имя", ""] for number in range(1, 61)]

    listed = [text for text in pages(typeset(journal(pupils=many), MADE_AT)) if "Движение за период" in text]

    assert len(listed) > 1
    assert "Фамилия60" in listed[-1]


def test_a_group_without_pupils_of_the_class_is_said_so() -> None:
    empty = journal()
    empty["parts"][0]["grids"][0]["rows"] = []

    assert "нет обучающихся" in " ".join(pages(typeset(empty, MADE_AT)))
