"""What people call the kinds of roster record."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.errors import Text
from gateway.model.roster import RecordKind

KIND_NAMES: Mapping[RecordKind, Text] = {
    RecordKind.STAFF: Text(ru="сотрудники", en="staff"),
    RecordKind.CLASS: Text(ru="классы", en="classes"),
    RecordKind.PUPIL: Text(ru="ученики", en="pupils"),
    RecordKind.GUARDIAN: Text(ru="родители", en="guardians"),
    RecordKind.GUARDIANSHIP: Text(ru="родство", en="guardianships"),
    RecordKind.ENROLLMENT: Text(ru="зачисления", en="enrolments"),
}
"""The records of a kind, as a heading or in quotes inside a sentence."""

ONE_NAMES: Mapping[RecordKind, Text] = {
    RecordKind.STAFF: Text(ru="сотрудник", en="member of staff"),
    RecordKind.CLASS: Text(ru="класс", en="class"),
    RecordKind.PUPIL: Text(ru="ученик", en="pupil"),
    RecordKind.GUARDIAN: Text(ru="родитель", en="guardian"),
    RecordKind.GUARDIANSHIP: Text(ru="родство", en="guardianship"),
    RecordKind.ENROLLMENT: Text(ru="зачисление", en="enrolment"),
}
"""One record of a kind, in quotes inside a sentence."""
