"""The page about matching tells the weights that the rules have."""

import re
from pathlib import Path

from gateway.model.matching_rules import DEFAULT_RULES, WEIGHTS, Rule
from gateway.model.roster import RecordKind

PAGE = Path(__file__).parents[2] / "docs" / "explanation" / "matching.md"
ROWS: dict[str, tuple[Rule, ...]] = {
    "same СНИЛС (valid)": (Rule.SNILS,),
    "same account at the portal": (Rule.PORTAL,),
    "same number in another system": (Rule.NUMBER,),
    "same full name": (Rule.NAME,),
    "same family and given name, a patronymic missing": (Rule.NAME_PART,),
    "family and given name exchanged": (Rule.NAME_SWAPPED,),
    "other patronymic": (Rule.PATRONYMIC_DIFFERS,),
    "other family name only": (Rule.FAMILY_DIFFERS,),
    "other name": (Rule.NAME_DIFFERS,),
    "same birth date": (Rule.BIRTH_DATE,),
    "day and month exchanged, or one digit": (Rule.BIRTH_NEAR,),
    "other birth date": (Rule.BIRTH_DIFFERS,),
    "other sex": (Rule.SEX_DIFFERS,),
    "same telephone / other": (Rule.PHONE, Rule.PHONE_DIFFERS),
    "same e-mail / other": (Rule.EMAIL, Rule.EMAIL_DIFFERS),
    "same child": (Rule.CHILD,),
    "same position": (Rule.POSITION,),
}


def test_the_page_tells_every_weight() -> None:
    text = PAGE.read_text("utf-8")
    kinds = (RecordKind.PUPIL, RecordKind.GUARDIAN, RecordKind.STAFF)
    told = {
        cells[0]: tuple(tuple(int(n) for n in re.findall(r"-?\d+", cell.replace("−", "-"))) for cell in cells[1:])
        for line in text.splitlines()
        if (cells := [cell.strip() for cell in line.strip("|").split("|")]) and cells[0] in ROWS
    }
    assert told == {
        name: tuple(tuple(WEIGHTS[kind][rule] for rule in rules if rule in WEIGHTS[kind]) for kind in kinds)
        for name, rules in ROWS.items()
    }


def test_the_page_tells_what_is_sure_enough() -> None:
    text = PAGE.read_text("utf-8")
    assert f"- {DEFAULT_RULES.certain} and more" in text
    assert f"{DEFAULT_RULES.margin} better than the next" in text
    assert f"- {DEFAULT_RULES.possible} and more" in text
