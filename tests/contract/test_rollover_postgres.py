"""The turn of the year on a real PostgreSQL: decided, marked, carried out, applied by two at once, taken back."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import URL

from gateway.errors import GatewayError
from gateway.model.ids import PeriodId, RecordId, SubjectId
from gateway.model.journal import PeriodMark, Stage
from gateway.model.rollover import FindingCode, Outcome
from gateway.model.school import Period, PeriodKind
from tests.rollover_world import ENDING, Year, year
from tests.roster_world import pupil_of

pytestmark = pytest.mark.postgres


@pytest.fixture
def school(postgres_url: URL, tmp_path: Path) -> Iterator[Year]:
    with year(tmp_path, postgres_url.render_as_string(hide_password=False)) as made:
        yield made


def test_it_is_carried_out_once_however_many_ask_and_taken_back_exactly(school: Year) -> None:
    whole = Period(id=PeriodId("y"), year=2026, kind=PeriodKind.YEAR, number=1, start=ENDING.start, end=ENDING.end)
    failed = PeriodMark(
        id=RecordId("m-1"), pupil=pupil_of(1), subject=SubjectId("maths"), period=whole.id, stage=Stage.YEAR, value=2
    )
    school.put(whole, failed)
    school.settle()
    findings = school.roll_over.plan().roll_over.findings
    assert [one.pupil for one in findings if one.code is FindingCode.FAILED] == [pupil_of(1)]
    school.decide(1, Outcome.REPEATS, to="4В")
    before, shown = school.state(), school.roll_over.plan()

    def ask(_number: int) -> str:
        try:
            return school.roll_over.apply(shown.head.id, by="zavuch", reason="the year ends").state
        except GatewayError as refused:
            return refused.code

    with ThreadPoolExecutor(max_workers=2) as threads:
        assert sorted(threads.map(ask, range(2))) == ["applied", "roster.plan_closed"]
    with school.base.unit() as unit:
        turned = unit.rollovers.turned()
        assert len(unit.roster.book(shown.head.id)) == 8
    assert turned is not None
    assert (turned.year, turned.plan) == (2027, shown.head.id)
    school.roll_over.undo(shown.head.id, by="zavuch", reason="too early")
    assert school.state() == before
