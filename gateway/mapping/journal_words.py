"""What each field of a journal record says, in one English sentence: the descriptions in schemas and reference.

Limits, types and links are not told here; they are made from the shape.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from gateway.model.record_shape import RecordField, RecordShape, label_of

_CODE = re.compile(r"``(\w+)``")
_ABSENT = re.compile(r"``(\w+)`` of ``None``")
_SEE = re.compile(r": see `\w+`")


def words_of(record: type, field: RecordField) -> str:
    """Return what a field of a class of record says; raise `KeyError` if nobody has written it down."""
    return _SPECIAL.get(f"{record.__name__}.{field.name}") or _USUAL[field.name]


def title_of(shape: RecordShape) -> str:
    """Return what a record is, in one sentence, with its fields called as they are outside."""
    return outside(_ABSENT.sub(lambda found: _without(shape, found.group(1)), shape.title))


def _without(shape: RecordShape, name: str) -> str:
    """Return how it is said outside that an attribute is ``None``: only what is nullable can be ``null`` there."""
    return f"``{name}`` of null" if shape.field(name).nullable else f"without ``{name}``"


def outside(docstring: str) -> str:
    """Return a docstring's words with attributes called by their labels and ``None`` called absent."""
    return _SEE.sub("", _CODE.sub(lambda found: _word(found.group(1)), docstring))


def _word(name: str) -> str:
    return {"None": "absent", "True": "true", "False": "false"}.get(name) or label_of(name)


def all_words() -> Mapping[str, str]:
    """Return every sentence by what it is for: an attribute's name, or class and attribute."""
    return MappingProxyType({**_USUAL, **_SPECIAL})


_USUAL: Mapping[str, str] = MappingProxyType(
    {
        "account": "The login, the API client or the member of staff whose access it is.",
        "actual": "The teacher who gives the lesson.",
        "administrator_notified_at": "When the administrator was told.",
        "announced_on": "When the results of the exam, or of the appeal, were announced.",
        "appeal": "It is the outcome of an appeal.",
        "approved_on": "When it was approved.",
        "author": "Who entered it at the journal system.",
        "bells": "The bell schedule that is in force.",
        "capacity": "How many people the room holds.",
        "category": "The category that was awarded.",
        "certificate": "The medical organisation's certificate of a mark that was not given at the school.",
        "changes": "How many profiles were changed.",
        "closed_at": "When the question was closed; absent: it is open.",
        "code": "The code as the source writes it.",
        "comment": "A comment for the family.",
        "commission": "The members of the commission.",
        "component": "Where the subject comes from.",
        "content": "What the sheet says; kept encrypted.",
        "control_work": "The control work of the schedule that the mark is for.",
        "correction": "The approved correction by which a locked fact is changed.",
        "credentials_reissued_at": "When new credentials were handed out.",
        "dated": "Pupils who are in the group for some of the time.",
        "day": "The day, at the school.",
        "days_a_week": "Working days of a week.",
        "decided_at": "When it was decided.",
        "decided_by": "Who decided.",
        "decided_on": "When it was decided.",
        "decision": "What was decided.",
        "director_notified_at": "When the director was told.",
        "document": "Number and date of the paper behind it.",
        "done_at": "When the account was made; absent: not yet.",
        "due": "The day for which it is set.",
        "duty": "The role of the regulations.",
        "end": "The last day.",
        "ended_at": "When it ended; absent: it lasts.",
        "ends_at": "When the lesson ended.",
        "entered_at": "When it was entered at the journal system.",
        "exempt_from": "Subjects that the certificate exempts from.",
        "external_number": "Number of the question at the support.",
        "federal_code": "Code of the subject in the federal reference list.",
        "file_sha256": "SHA-256 of the file, in hex; absent where no file is kept.",
        "filled_on": "When the sheet was filled in.",
        "first_grade": "The first grade it is for.",
        "fixed_at": "When it was put right; absent: not yet.",
        "form": "The form of the work or attestation.",
        "found_at": "When it was found.",
        "found_by": "Who found it.",
        "from_class": "The class the pupil leaves.",
        "from_day": "The day the lesson was planned for.",
        "from_number": "The number the lesson was planned for.",
        "given_at": "When it was given.",
        "grade": "The grade it is for.",
        "group": "The study group it is for.",
        "guardian": "The parent or other legal representative.",
        "handed_by": "Who handed it over.",
        "handed_on": "When it was handed over.",
        "happened_on": "From which day it holds.",
        "held_at": "When it was held.",
        "held_by": "Who held it.",
        "held_on": "When it was held.",
        "highest": "The highest number that is a mark.",
        "highest_points": "The highest number of points of a work that has points of its own.",
        "hours": "Lessons for the topic.",
        "hours_a_week": "Lessons a week.",
        "hours_a_year": "Lessons a year.",
        "id": "The sender's own id of the record.",
        "informed_at": "When the person who enters it was told: the clock starts.",
        "issued_at": "When they were handed out.",
        "issued_by": "Who handed them out.",
        "kind": "Of which kind it is.",
        "last_grade": "The last grade it is for.",
        "learned_at": "When the person learned of it.",
        "lesson": "The lesson it belongs to.",
        "lessons": "Beginning and end of each lesson.",
        "level": "Who sets the work.",
        "link": "Where the material is found.",
        "lowest": "The lowest number that is a mark.",
        "make_up": "The protocol by which a mark is given for a lesson that the pupil missed.",
        "manner": "How it is to be done.",
        "members": "Pupils who are in the group all the time.",
        "monitoring": "It belongs to the internal monitoring of quality (ВШК).",
        "month": "The month that was looked at.",
        "name": "Its name, as people say it.",
        "noted_at": "When the note was made.",
        "notes": "What was found.",
        "number": "Its number in order.",
        "open_until": "Until when an approved correction opens the record.",
        "opened_at": "When the question was put.",
        "opened_by": "Who put the question.",
        "order": "The deputy's order for the substitution.",
        "ordered_at": "When the director signed the order.",
        "ordered_by": "Who signed the order.",
        "organisation": "The medical organisation, with its address.",
        "origin": "Where the mark was given.",
        "outcome": "What became of the report.",
        "pages": "Pages of the book.",
        "pass_threshold": "From this number on a mark counts as mastery.",
        "period": "The study period, or the year.",
        "person": "The id of the person whose profile it is.",
        "person_kind": "Whose profile it is.",
        "plan": "The thematic plan the topic is from.",
        "plan_topic": "Number of the topic in the plan.",
        "planned": "The teacher whom the timetable names.",
        "planned_on": "The day the topic is planned for.",
        "profile": "The profile of the curriculum.",
        "profile_name": "Name of a profile of kind other.",
        "protocol": "Number and date of the protocol.",
        "pupil": "The pupil it is about.",
        "reason": "Why.",
        "received_at": "When the news reached the school: the clock starts.",
        "record": "The key of the record, its parts with a blank between.",
        "record_kind": "The kind of the record, as the list of its kind is called.",
        "registered_by": "Who registered it.",
        "reported_at": "When it was reported.",
        "requested_at": "When it was asked for.",
        "requested_by": "Who asks for it.",
        "resolved_at": "When it was settled; absent: not yet.",
        "results": "The results, subject by subject.",
        "results_announced_on": "When results that come from outside were announced: the clock starts.",
        "room": "The room.",
        "school_class": "The class it is for.",
        "seen_at": "When the parent saw it.",
        "sent_at": "When it was sent.",
        "service": "The kind of educational service.",
        "shift": "The shift (смена).",
        "sign": "The mark, where it is not a number.",
        "signs": "Signs that are marks.",
        "source": "Where it comes from.",
        "staff": "The member of staff.",
        "stage": "What the mark sums up.",
        "start": "The first day.",
        "started_at": "When it began.",
        "starts_at": "When the lesson began.",
        "state": "Where the year is in its life.",
        "subject": "The school subject.",
        "subject_matter": "What was handed in.",
        "subjects": "The subjects with their hours.",
        "substitution": "Another teacher gave the lesson: who, and why.",
        "supplied_by": "Who handed it in.",
        "support_notified_at": "When the platform's support was told.",
        "tasks": "Numbers of the tasks.",
        "teacher": "The teacher.",
        "text": "What it says.",
        "times_a_period": "How many of them a period has.",
        "title": "Its title.",
        "to_class": "The class the pupil comes into.",
        "to_day": "The day the lesson is moved to.",
        "to_number": "The number the lesson is moved to.",
        "topic": "What the lesson was about.",
        "topics": "The topics in their order.",
        "transfer": "The transfer by which the lesson is at another time than planned.",
        "until": "The day until which the mark is put off.",
        "valid_from": "The first day on which it holds.",
        "valid_to": "The last day on which it holds; absent: until further notice.",
        "value": "The mark, where it is a number.",
        "verified_at": "When they were looked through.",
        "verified_by": "Who looked them through.",
        "void_from": "From when operations are void, only where the director widens the scope.",
        "voided": "It is withdrawn and stays on record.",
        "weekday": "The weekday; 1 is Monday (ISO 8601).",
        "weight": "How much the mark weighs.",
        "work_kind": "The kind of work the mark is for.",
        "work_type": "The school's own name for the kind of work.",
        "working": "It is a working day although its weekday is a day off; else it is a day off.",
        "year": "The calendar year in which the school year begins.",
    }
)
"""Words for an attribute wherever it stands, but for those of `_SPECIAL`."""

_SPECIAL: Mapping[str, str] = MappingProxyType(
    {
        "Absence.certificate": "The medical certificate that excuses the absence.",
        "AbsenceCode.kind": "What the code means.",
        "AbsenceNote.document": "The paper that the family brought.",
        "Bell.end": "When the lesson ends, by the school's time.",
        "Bell.number": "Number of the lesson.",
        "Bell.start": "When the lesson begins, by the school's time.",
        "ControlWork.day": "The day of the work.",
        "Homework.text": "What is to be done; null says explicitly that nothing was set.",
        "Lesson.number": "Number of the lesson on its day.",
        "Lesson.room": "The room, as people call it.",
        "MedicalCertificate.notes": "What the certificate says; kept encrypted.",
        "MedicalCertificate.valid_to": "The last day on which it holds.",
        "MovementOrder.document": "Number and date of the order.",
        "Outage.reason": "Why the journal could not be reached.",
        "PolicySetting.id": "The name of the setting.",
        "PolicySetting.value": "What was decided: one of the values that the setting may have.",
        "StudyCertificate.valid_to": "The last day on which it holds.",
        "SubstitutionOrder.number": "Number of the lesson on its day.",
        "Substitution.teacher": "The teacher who gave the lesson.",
        "TimetableSlot.number": "Number of the lesson on its day.",
    }
)
