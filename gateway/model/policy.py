"""How a school decides what the regulations leave open: one setting a conflict, each with its default.

Every field names its conflict of ``requirements``, section 5; `CONFLICTS` tells which settings decide which. A school
changes one with a record of kind ``policies`` (`PolicySetting`), so a decision has a date, a document and a version.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, time
from enum import StrEnum
from functools import cache
from types import MappingProxyType
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from gateway.errors import Fault, Party, Text
from gateway.model.fields import Bounds
from gateway.model.school import PolicySetting


class ClassTeacherMode(StrEnum):
    """What a class teacher may write in the journal of the class (C-01)."""

    READ_ONLY = "read_only"
    NO_SUBJECT_ENTRIES = "no_subject_entries"
    EDIT_ALL = "edit_all"


class DeputyMode(StrEnum):
    """What a deputy may write of lessons and marks (C-02)."""

    READ_ONLY = "read_only"
    FULL = "full"


class PupilAccess(StrEnum):
    """What pupils may see (C-03): the journal never."""

    NONE = "none"
    DIARY = "diary"


class WrittenDeadline(StrEnum):
    """By when written work is marked (C-05)."""

    SEVEN_DAYS = "7d"
    FIVE_WORKING_DAYS = "5wd"
    EARLIER_OF = "earlier_of"


class DayUnit(StrEnum):
    """What a day is where the regulation does not say (C-06)."""

    CALENDAR = "calendar"
    CALENDAR_ROLLED = "calendar_rolled"
    WORKING = "working"


class LockLevel(StrEnum):
    """What final marks lock until the period ends (C-08); from then on the whole page that has them, no other."""

    MARKS_ONLY = "marks_only"
    FULL = "full"


class SetupChecklist(StrEnum):
    """Which list of set-up sections the school follows (C-16)."""

    S0 = "s0"
    S1 = "s1"
    S3 = "s3"
    UNION = "union"


class Channels(StrEnum):
    """By which ways families are told (C-17); all but web and portal need consent."""

    WEB = "web"
    WEB_AND_MAIL = "web_and_mail"
    ALL = "all"


class Receipt(StrEnum):
    """Which of several receipts of a notification counts (C-18)."""

    EARLIEST = "earliest"
    LATEST = "latest"


class SupportAccess(StrEnum):
    """Whether the provider's support may see pupils (C-19)."""

    NEVER = "never"
    TIME_BOXED = "time_boxed"


class OrderRule(StrEnum):
    """What happens to printing before checking (C-10)."""

    WARN = "warn"
    REFUSE = "refuse"


class SubstitutionRule(StrEnum):
    """What happens to an entry of a substitute without an order (C-12)."""

    PENDING = "pending_confirmation"
    REFUSE = "refuse"


class PaperEntry(StrEnum):
    """When records may be taken over from paper (C-13)."""

    NEVER = "never"
    OUTAGE_ONLY = "outage_only"


class MasteredMeaning(StrEnum):
    """What «ОСВ» means where a source does not say (C-15)."""

    EXEMPT = "exempt"
    MASTERED = "mastered"


class FirstGradeValue(StrEnum):
    """What stands for a first-grader's period mark if a platform needs one (C-21)."""

    NONE = "none"
    MASTERED = "mastered"


class PrintSchedule(StrEnum):
    """How often journals are printed besides the year's end (C-26)."""

    ANNUAL = "annual"
    PER_PERIOD = "per_period"
    ON_DEMAND = "on_demand"


class ArchivePeriods(StrEnum):
    """What an archive is made of (C-28); the year always."""

    YEAR = "year"
    PERIODS_AND_YEAR = "periods_and_year"


class GroupJournals(StrEnum):
    """Where journals of groups stand in the archive (C-29)."""

    PART_OF_CLASS = "part_of_class"
    OWN_FILE = "own_file"


class ReportIncomplete(StrEnum):
    """What becomes of a class report while the journal has gaps (C-35)."""

    REFUSE = "refuse"
    BANNER = "banner"


class ConsentScope(StrEnum):
    """What a refusal of consent stops (C-36); exports to authorities have a legal basis of their own."""

    DIARY_AND_PORTAL = "diary_and_portal"


class AdultPupil(StrEnum):
    """What becomes of a parent's view when the pupil comes of age (C-37)."""

    NEEDS_PUPIL_CONSENT = "needs_pupil_consent"
    UNCHANGED = "unchanged"


END_OF_DAY = "end_of_day"
_TIME = "time"
_DAY_OF_YEAR = "day of year"


@dataclass(frozen=True, kw_only=True, slots=True)
class Policy:
    """A school's decisions; the defaults are those of section 5. Days of the year are ``MM-DD``."""

    class_teacher_mode: ClassTeacherMode = ClassTeacherMode.NO_SUBJECT_ENTRIES
    deputy_mode: DeputyMode = DeputyMode.READ_ONLY
    pupil_access: PupilAccess = PupilAccess.DIARY
    homework_deadline_minutes: Annotated[int, Bounds(0, 1440)] = 60
    """Minutes after the pupils' last lesson; 1440 means the end of the day."""
    written_deadline: WrittenDeadline = WrittenDeadline.FIVE_WORKING_DAYS
    unstated_day_unit: DayUnit = DayUnit.CALENDAR
    lesson_page_deadline: Annotated[str, _TIME] = "15:00"
    """Time of day, or ``end_of_day``."""
    lesson_page_grace_minutes: Annotated[int, Bounds(0, 600)] = 60
    lock_level: LockLevel = LockLevel.MARKS_ONLY
    setup_control_date: Annotated[str, _DAY_OF_YEAR] = "09-05"
    setup_deadline: Annotated[str, _DAY_OF_YEAR] = "09-10"
    print_before_check: OrderRule = OrderRule.WARN
    archive_first_version: Annotated[str, _DAY_OF_YEAR] = "06-30"
    substitution_without_order: SubstitutionRule = SubstitutionRule.PENDING
    substitution_by_dispatcher: bool = False
    paper_entry: PaperEntry = PaperEntry.OUTAGE_ONLY
    copies_electronic: Annotated[int, Bounds(1, 9)] = 2
    copies_paper: Annotated[int, Bounds(1, 9)] = 1
    mastered_meaning: MasteredMeaning = MasteredMeaning.MASTERED
    setup_checklist: SetupChecklist = SetupChecklist.UNION
    channels: Channels = Channels.WEB
    incident_void_from: Receipt = Receipt.LATEST
    support_access: SupportAccess = SupportAccess.TIME_BOXED
    two_years_open_from: Annotated[str, _DAY_OF_YEAR] = "07-01"
    two_years_open_to: Annotated[str, _DAY_OF_YEAR] = "08-30"
    first_grade_value: FirstGradeValue = FirstGradeValue.NONE
    retention_journal_years: Annotated[int, Bounds(5, 100)] = 5
    retention_summary_years: Annotated[int, Bounds(25, 100)] = 25
    paper_inform_interval_days: Annotated[int, Bounds(1, 31)] = 7
    correction_open_days: Annotated[int, Bounds(1, 31)] = 1
    named_day_inclusive: bool = True
    print_schedule: PrintSchedule = PrintSchedule.ANNUAL
    sheets_by_delegate: bool = True
    archive_periods: ArchivePeriods = ArchivePeriods.PERIODS_AND_YEAR
    group_journals: GroupJournals = GroupJournals.PART_OF_CLASS
    homework_due_later: bool = True
    reading_round_the_clock: bool = True
    director_control_days: Annotated[int, Bounds(1, 366)] = 31
    deputy_control_days: Annotated[int, Bounds(1, 366)] = 31
    absence_note_by_class_teacher: bool = True
    paper_extract_on_application: bool = True
    report_incomplete: ReportIncomplete = ReportIncomplete.BANNER
    consent_scope: ConsentScope = ConsentScope.DIARY_AND_PORTAL
    adult_pupil: AdultPupil = AdultPupil.NEEDS_PUPIL_CONSENT
    summary_sheet_delay_days: Annotated[int, Bounds(0, 31)] = 1


CONFLICTS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "C-01": ("class_teacher_mode",),
        "C-02": ("deputy_mode",),
        "C-03": ("pupil_access",),
        "C-04": ("homework_deadline_minutes",),
        "C-05": ("written_deadline",),
        "C-06": ("unstated_day_unit",),
        "C-07": ("lesson_page_deadline", "lesson_page_grace_minutes"),
        "C-08": ("lock_level",),
        "C-09": ("setup_control_date", "setup_deadline"),
        "C-10": ("print_before_check",),
        "C-11": ("archive_first_version",),
        "C-12": ("substitution_without_order", "substitution_by_dispatcher"),
        "C-13": ("paper_entry",),
        "C-14": ("copies_electronic", "copies_paper"),
        "C-15": ("mastered_meaning",),
        "C-16": ("setup_checklist",),
        "C-17": ("channels",),
        "C-18": ("incident_void_from",),
        "C-19": ("support_access",),
        "C-20": ("two_years_open_from", "two_years_open_to"),
        "C-21": ("first_grade_value",),
        "C-22": ("retention_journal_years", "retention_summary_years"),
        "C-23": ("paper_inform_interval_days",),
        "C-24": ("correction_open_days",),
        "C-25": ("named_day_inclusive",),
        "C-26": ("print_schedule",),
        "C-27": ("sheets_by_delegate",),
        "C-28": ("archive_periods",),
        "C-29": ("group_journals",),
        "C-30": ("homework_due_later",),
        "C-31": ("reading_round_the_clock",),
        "C-32": ("director_control_days", "deputy_control_days"),
        "C-33": ("absence_note_by_class_teacher",),
        "C-34": ("paper_extract_on_application",),
        "C-35": ("report_incomplete",),
        "C-36": ("consent_scope",),
        "C-37": ("adult_pupil",),
        "C-38": ("summary_sheet_delay_days",),
    }
)
"""The settings that decide each conflict."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SettingDescription:
    """One setting as people read of it: the conflict it decides, its default, the values that it may have.

    ``choices`` are these values where they can be listed, ``bounds`` the lowest and the highest of a number.
    """

    conflict: str
    name: str
    default: str
    values: str
    choices: tuple[str, ...] = ()
    bounds: Bounds | None = None


def policy_of(settings: Iterable[PolicySetting]) -> Policy:
    """Return a school's decisions: the defaults, and what its settings say instead.

    A setting that `setting_faults` would turn away decides nothing: the default holds.
    """
    readers = _readers()
    decided: dict[str, Any] = {}
    for setting in settings:
        value = readers[setting.id].read(setting.value) if setting.id in readers else None
        if value is not None:
            decided[setting.id] = value
    return replace(Policy(), **decided)


def setting_faults(setting: PolicySetting) -> Iterator[Fault]:
    """Hold a setting against the names and values there are (section 5; R-ROLE-15: one central policy table)."""
    reader = _readers().get(setting.id)
    if reader is None:
        names = ", ".join(sorted(_readers()))
        yield Fault(
            code="journal.policy_unknown",
            text=Text(ru=f"Такой настройки нет. Есть: {names}.", en=f"There is no such setting. There are: {names}."),
            field="id",
            rule="R-ROLE-15",
            who=Party.COORDINATOR,
        )
    elif reader.read(setting.value) is None:
        yield Fault(
            code="journal.policy_value",
            text=Text(
                ru=f"Настройка «{setting.id}» может быть только: {reader.values}.",
                en=f"Setting '{setting.id}' can only be: {reader.values}.",
            ),
            field="value",
            rule=conflict_of(setting.id),
            who=Party.COORDINATOR,
        )


def conflict_of(name: str) -> str:
    """Return the conflict that a setting decides; raise `KeyError` if there is no such setting."""
    return _CONFLICT_OF[name]


def describe() -> tuple[SettingDescription, ...]:
    """Return every setting in the order of the conflicts, for the reference."""
    readers = _readers()
    defaults = Policy()
    return tuple(
        SettingDescription(
            conflict=conflict,
            name=name,
            default=_shown(getattr(defaults, name)),
            values=readers[name].values,
            choices=readers[name].choices,
            bounds=readers[name].bounds,
        )
        for conflict, names in CONFLICTS.items()
        for name in names
    )


_CONFLICT_OF = MappingProxyType({name: conflict for conflict, names in CONFLICTS.items() for name in names})


@dataclass(frozen=True, kw_only=True, slots=True)
class _Reader:
    """What a setting may be, in words, and what a text means; ``None`` for a text that means nothing."""

    values: str
    read: Callable[[str], Any]
    choices: tuple[str, ...] = ()
    bounds: Bounds | None = None


@cache
def _readers() -> Mapping[str, _Reader]:
    hints = get_type_hints(Policy, include_extras=True)
    return MappingProxyType({known.name: _reader(hints[known.name]) for known in fields(Policy)})


def _reader(hint: Any) -> _Reader:
    if get_origin(hint) is Annotated:
        _, limit = get_args(hint)
        if isinstance(limit, Bounds):
            values = f"{limit.lowest}–{limit.highest}"
            return _Reader(values=values, read=lambda text: _number(text, limit), bounds=limit)
        if limit == _TIME:
            return _Reader(values=f"HH:MM, {END_OF_DAY}", read=_time)
        return _Reader(values="MM-DD", read=_day_of_year)
    known = {"true": True, "false": False} if hint is bool else {choice.value: choice for choice in hint}
    return _Reader(values=", ".join(known), read=known.get, choices=tuple(known))


def _number(text: str, bounds: Bounds) -> int | None:
    if not (text.isascii() and text.isdigit()) or len(text) > len(str(bounds.highest)):
        return None
    return int(text) if bounds.lowest <= int(text) <= bounds.highest else None


def _time(text: str) -> str | None:
    if text == END_OF_DAY:
        return text
    try:
        return text if time.fromisoformat(text).strftime("%H:%M") == text else None
    except ValueError:
        return None


_ORDINARY_YEAR = 2001
"""A year without 29 February, which is no day of every year."""


def _day_of_year(text: str) -> str | None:
    try:
        return text if date.fromisoformat(f"{_ORDINARY_YEAR}-{text}").strftime("%m-%d") == text else None
    except ValueError:
        return None


def _shown(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
