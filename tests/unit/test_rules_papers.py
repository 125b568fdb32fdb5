"""Rules over papers: orders, appointments, verifications, messages, reports, incidents, and over links in general."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any, get_args

import pytest

from gateway.model.duties import AccountOrder, Appointment, CredentialIssue, Duty, ProfileVerification, StaffChange
from gateway.model.family import Acknowledgement, IndividualTask, Message, PortfolioItem, PortfolioKind, Recommendation
from gateway.model.journal_records import RECORD_CLASSES, RecordKind
from gateway.model.movement import MovementKind
from gateway.model.movement_order import MovementOrder
from gateway.model.oversight import AccessIncident, ErrorReport, Outage
from gateway.model.people import Consent, ConsentDecision
from gateway.model.record_shape import FieldType, Linked, RecordShape, shape_of, shape_of_kind
from gateway.model.rules import exactly_one, identity, links, locks, moments
from tests import rules_world as world
from tests.rules_world import (
    ANNA,
    BORIS,
    CLASS_5,
    CLASS_6,
    DAY,
    DEPUTY,
    MOTHER,
    NOW,
    OTHER,
    OTHER_5,
    START,
    STRANGER,
    TEACHER,
    TENTH,
    broken,
)

HOUR = timedelta(hours=1)
ADMISSION = MovementOrder(
    id="m",
    pupil=ANNA,
    kind=MovementKind.ADMISSION,
    happened_on=START,
    document="Приказ № 1",
    informed_at=NOW - HOUR,
    entered_at=NOW,
    to_class=CLASS_5,
)
MOVED = replace(ADMISSION, kind=MovementKind.CLASS_TRANSFER, from_class=CLASS_5, to_class=OTHER_5)
PROMOTED = replace(ADMISSION, kind=MovementKind.PROMOTION, from_class=CLASS_5, to_class=CLASS_6)
APPOINTMENT = Appointment(
    id="a",
    staff=OTHER,
    duty=Duty.CLASS_TEACHER,
    document="Приказ № 2",
    ordered_at=NOW,
    valid_from=date(2026, 10, 1),
    school_class=CLASS_5,
)
ACCOUNT = AccountOrder(id="o", ordered_by=DEPUTY, ordered_at=NOW - HOUR, duty=Duty.PARENT, guardian=MOTHER, done_at=NOW)
CREDENTIALS = CredentialIssue(id="c", issued_by=TEACHER, issued_at=NOW, pupil=ANNA)
VERIFICATION = ProfileVerification(
    id="v", school_class=CLASS_5, year=2026, month=9, verified_by=TEACHER, verified_at=NOW, changes=0
)
CHANGE = StaffChange(id="s", staff=TEACHER, received_at=NOW - HOUR, document="Приказ", entered_at=NOW)
CONSENT = Consent(guardian=MOTHER, pupil=ANNA, decision=ConsentDecision.CONSENT, decided_on=DAY, document="Согласие")
SEEN = Acknowledgement(id="k", guardian=MOTHER, pupil=ANNA, record_kind="marks", record="M-1", seen_at=NOW)
REPORT = ErrorReport(
    id="e", record_kind="mark", record="M-1", text="не та отметка", reported_at=NOW - HOUR, guardian=MOTHER
)
MESSAGE = Message(id="g", author=TEACHER, sent_at=NOW, text="собрание", school_class=CLASS_5)
ADVICE = Recommendation(id="r", author=TEACHER, given_at=NOW, text="повторить дроби", pupil=ANNA)
TASK = IndividualTask(id="t", pupil=ANNA, author=TEACHER, given_at=NOW, text="задача", lesson="L-1", due=DAY)
ITEM = PortfolioItem(id="p", pupil=ANNA, kind=PortfolioKind.SPORT, day=DAY, title="Кубок")
OUTAGE = Outage(id="u", started_at=NOW - HOUR, reason="авария", ended_at=NOW)
INCIDENT = AccessIncident(
    id="i",
    account="client",
    learned_at=NOW - 3 * HOUR,
    reported_at=NOW - 2 * HOUR,
    director_notified_at=NOW - HOUR,
    credentials_reissued_at=NOW,
)


@pytest.mark.parametrize(
    "record",
    [
        ADMISSION,
        MOVED,
        PROMOTED,
        replace(ADMISSION, kind=MovementKind.DEPARTURE, from_class=CLASS_5, to_class=None),
        replace(ADMISSION, kind=MovementKind.GRADUATION, from_class=CLASS_5, to_class=None),
        replace(MOVED, kind=MovementKind.REPEAT),
        APPOINTMENT,
        ACCOUNT,
        CREDENTIALS,
        VERIFICATION,
        CHANGE,
        CONSENT,
        SEEN,
        REPORT,
        replace(REPORT, resolved_at=NOW, outcome="исправлено"),
        *(replace(REPORT, record_kind=name) for name in ("periodMarks", "periodMark", "period_marks", "period_mark")),
        MESSAGE,
        ADVICE,
        TASK,
        ITEM,
        OUTAGE,
        INCIDENT,
    ],
    ids=lambda record: type(record).__name__,
)
def test_a_paper_as_it_may_be(record: Any) -> None:
    assert broken(world.opened().hold(world.lesson()).post(world.batch_of(record)).faults) == {}


WRONG = [
    (replace(ADMISSION, to_class=None), ("journal.movement_classes", "toClass", "R-ROST-05")),
    (replace(ADMISSION, from_class=CLASS_5), ("journal.movement_classes", "fromClass", "R-ROST-05")),
    (replace(MOVED, to_class=CLASS_6), ("journal.movement_grades", "toClass", "R-ROST-06")),
    (replace(MOVED, to_class=CLASS_5), ("journal.movement_grades", "toClass", "R-ROST-06")),
    (replace(PROMOTED, to_class=OTHER_5), ("journal.movement_grades", "toClass", "R-ROST-06")),
    (replace(ADMISSION, entered_at=NOW - 2 * HOUR), ("journal.moments_reversed", "enteredAt", "R-ROST-05")),
    (replace(ADMISSION, informed_at=NOW + HOUR, entered_at=None), ("journal.in_future", "informedAt", "R-ROST-05")),
    (replace(APPOINTMENT, duty=Duty.PUPIL), ("journal.appointment_duty", "duty", "R-ROLE-25")),
    (replace(APPOINTMENT, school_class=None), ("journal.appointment_scope", "class", "R-ROLE-24")),
    (replace(APPOINTMENT, valid_to=START), ("journal.days_reversed", "validTo", "R-ROLE-25")),
    (replace(ACCOUNT, pupil=ANNA), ("journal.exactly_one", "staff", "R-ROLE-13")),
    (replace(ACCOUNT, duty=Duty.PUPIL), ("journal.account_duty", "duty", "R-ROLE-13")),
    (replace(ACCOUNT, done_at=NOW - 2 * HOUR), ("journal.moments_reversed", "doneAt", "R-ROLE-13")),
    (replace(CREDENTIALS, pupil=None), ("journal.exactly_one", "staff", "R-ROLE-14")),
    (replace(VERIFICATION, verified_by=OTHER), ("journal.verification_by_other", "verifiedBy", "R-ROST-12")),
    (replace(VERIFICATION, month=10), ("journal.verification_early", "verifiedAt", "R-ROST-12")),
    (replace(VERIFICATION, month=1), ("journal.verification_early", "verifiedAt", "R-ROST-12")),
    (replace(CHANGE, entered_at=NOW - 2 * HOUR), ("journal.moments_reversed", "enteredAt", "R-ROST-04")),
    (replace(CONSENT, pupil=BORIS), ("journal.unknown_guardianship", "guardian", "R-PAR-01")),
    (replace(CONSENT, guardian="x"), ("journal.unknown_guardian", "guardian", "R-PAR-01")),
    (replace(SEEN, guardian=STRANGER), ("journal.unknown_guardianship", "guardian", "R-PAR-01")),
    (replace(SEEN, record_kind="weather"), ("journal.record_kind", "recordKind", "R-AUD-06")),
    (replace(REPORT, record_kind="weather"), ("journal.record_kind", "recordKind", "R-AUD-04")),
    (replace(REPORT, staff=TEACHER), ("journal.exactly_one", "guardian", "R-AUD-04")),
    (replace(REPORT, resolved_at=NOW), ("journal.report_without_outcome", "outcome", "R-AUD-04")),
    (replace(MESSAGE, pupil=ANNA), ("journal.exactly_one", "pupil", "R-JRNL-15")),
    (replace(ADVICE, pupil=None), ("journal.exactly_one", "pupil", "R-JRNL-14")),
    (replace(TASK, due=START), ("journal.task_due_early", "due", "R-JRNL-22")),
    (replace(TASK, pupil=TENTH), ("journal.not_enrolled", "pupil", "R-ROST-20")),
    (replace(ITEM, day=date(2026, 9, 16)), ("journal.in_future", "day", "R-ROST-17")),
    (replace(OUTAGE, ended_at=NOW - 2 * HOUR), ("journal.moments_reversed", "endedAt", "R-JRNL-18")),
    (replace(INCIDENT, reported_at=NOW - 4 * HOUR), ("journal.moments_reversed", "reportedAt", "R-SEC-04")),
    (
        replace(INCIDENT, credentials_reissued_at=NOW - 3 * HOUR),
        ("journal.moments_reversed", "credentialsReissuedAt", "R-SEC-05"),
    ),
]


@pytest.mark.parametrize(("record", "fault"), WRONG, ids=[f"{n}-{fault[0]}" for n, (_, fault) in enumerate(WRONG)])
def test_a_paper_wrong_in_one_way(record: Any, fault: Any) -> None:
    (found,) = broken(world.opened().hold(world.lesson()).post(world.batch_of(record)).faults).values()
    assert found == {fault}


def test_of_whom_a_paper_is_does_not_change() -> None:
    held = world.opened().hold(ITEM)
    assert broken(held.post(world.batch_of(replace(ITEM, pupil=BORIS))).faults) == {
        ("portfolio", 0): {("journal.id_reused", "id", "R-AUD-02")}
    }


def linked(shape: RecordShape) -> set[Linked]:
    """All kinds that records of a shape name."""
    own = {one.links_to for one in shape.fields if one.links_to is not None}
    nested = [shape_of(one.record) for one in shape.fields if one.holds is FieldType.RECORD and one.record]
    return own.union(*(linked(one) for one in nested))


def test_every_link_that_a_record_can_have_has_its_words_and_clause() -> None:
    named: set[Linked] = set().union(*(linked(shape_of_kind(kind)) for kind in RecordKind))
    assert named <= set(links._MISSING)
    assert {one for one in named if isinstance(one, RecordKind)} <= set(links._NAMES)
    assert len(get_args(Linked)) == 2


def test_the_tables_name_fields_that_there_are() -> None:
    tables = [
        *((kind, name) for kind, choice in exactly_one.CHOICES.items() for name in choice.fields),
        *((kind, name) for kind, pairs in moments.ORDERED.items() for pair in pairs for name in pair[:2]),
        *((kind, one[0]) for kind, ones in moments.PAST.items() for one in ones),
        *((kind, name) for kind, names in identity.FIXED.items() for name in names),
    ]
    for kind, name in tables:
        assert name in RECORD_CLASSES[kind].__dataclass_fields__, (kind, name)
    labels = {one.field for kind in RecordKind for one in (*links._paths(kind).single, *links._paths(kind).many)}
    assert {field for _, field in links._RULES} <= labels


def test_every_kind_that_a_lock_can_be_over_may_name_a_correction() -> None:
    named = {kind for kind, record in RECORD_CLASSES.items() if "correction" in record.__dataclass_fields__}
    assert named == locks.LOCKABLE
