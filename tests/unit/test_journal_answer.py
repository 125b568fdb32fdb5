"""What a sender was told is kept and told again, also where an earlier version kept it."""

from __future__ import annotations

from dataclasses import asdict

from gateway.errors import Fault, Party, Rejected, Text
from gateway.journal.answer import Tally, answer_from_json, answer_to_json
from gateway.mapping.journal_records import KIND_LABELS
from gateway.model.attendance import AbsenceCode, AbsenceKind
from gateway.model.batch import Batch
from gateway.model.ids import SchoolId
from tests.rules_world import NOW

FAULT = Fault(code="journal.x", text=Text(ru="Ошибка", en="Fault"), who=Party.SENDER)
REJECTED = Rejected(record="A-1", kind="absenceCode", faults=(FAULT,), raw="{}")
BATCH = Batch(
    school=SchoolId("school-1"),
    sent_at=NOW,
    absence_codes=(AbsenceCode(id="A-2", source="journal", code="н", kind=AbsenceKind.UNKNOWN),),
)


def test_kinds_are_called_as_the_schemas_call_them() -> None:
    tally = Tally({})
    tally.take(BATCH, ())
    answer = tally.answer([REJECTED])
    assert set(answer.accepted) == set(answer.unchanged) == set(KIND_LABELS.values())
    assert answer.unchanged["absenceCodes"] == 1
    assert answer_from_json(answer_to_json(answer)) == answer


def test_an_answer_that_an_earlier_version_kept_is_told_in_the_same_words() -> None:
    kept = {
        "accepted": {"absence_codes": 2, "marks": 1},
        "unchanged": {"absence_codes": 0, "marks": 0},
        "rejected": [asdict(REJECTED) | {"kind": "absence_code"}],
    }
    answer = answer_from_json(kept)
    assert answer.accepted == {"absenceCodes": 2, "marks": 1}
    assert answer.unchanged == {"absenceCodes": 0, "marks": 0}
    assert answer.rejected == (REJECTED,)
