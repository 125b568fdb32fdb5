"""The archive: what goes into a class's file for a period, what the file is called, how long it is kept."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import date, datetime

from gateway.errors import ConfigurationError, Fault, Party, RuleViolation, Text
from gateway.model.attendance import AbsenceKind
from gateway.model.grading import MarkSign, WorkKind
from gateway.model.ids import ClassId, PeriodId, PupilId, SchoolId
from gateway.model.journal import Homework
from gateway.model.people import PersonName
from gateway.model.school import Period, PeriodKind

SCHEMA_VERSION = "1.0"
"""Version of `ArchiveSource`; a change of its meaning gives every file a new digest."""

JOURNAL_YEARS = 5
"""Shortest time a journal file is kept (R-ARCH-01, R-ARCH-14)."""

SUMMARY_SHEET_YEARS = 25
"""Shortest time a summary sheet (сводная ведомость) is kept (R-ARCH-03)."""

_PERIOD_NAMES = {
    PeriodKind.QUARTER: "четверть",
    PeriodKind.TRIMESTER: "триместр",
    PeriodKind.HALF_YEAR: "полугодие",
    PeriodKind.MODULE: "модуль",
}
_WHOLE_YEAR = "год"
_CLASS_NAME = re.compile(r"[0-9A-Za-zА-Яа-яЁё][0-9A-Za-zА-Яа-яЁё .()«»-]{0,19}")
_FILE_NAME = re.compile(
    r"(?P<year>\d{4})-(?P<next>\d{4})_(?P<period>[1-4]-четверть|[12]-полугодие|год)_(?P<name>.+)\.pdf"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class ArchivedPupil:
    """A pupil of the class list. ``arrived`` and ``left`` are set when they fell inside the period."""

    id: PupilId
    name: PersonName
    arrived: date | None = None
    left: date | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ArchivedMark:
    """A mark as it stands when the file is made."""

    pupil: PupilId
    given: int | MarkSign
    work_kind: WorkKind
    weight: int


@dataclass(frozen=True, kw_only=True, slots=True)
class ArchivedAbsence:
    """An absence or lateness as it stands when the file is made."""

    pupil: PupilId
    kind: AbsenceKind


@dataclass(frozen=True, kw_only=True, slots=True)
class ArchivedLesson:
    """A lesson with everything entered at it. ``teacher`` is who gave it; ``homework`` is ``None`` if not entered."""

    day: date
    number: int
    topic: str
    teacher: PersonName
    substituted: bool = False
    homework: Homework | None = None
    marks: tuple[ArchivedMark, ...] = ()
    absences: tuple[ArchivedAbsence, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class ArchivedPart:
    """One subject of the class, or of one of its study groups (C-29), with its pupils in list order."""

    subject: str
    group: str = ""
    pupils: tuple[PupilId, ...]
    lessons: tuple[ArchivedLesson, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class ArchiveSource:
    """Everything that goes into the file of one class and period (R-ARCH-05), in the order of the file."""

    school: SchoolId
    school_name: str
    zone: str
    school_class: ClassId
    class_name: str
    class_grade: int
    class_year: int
    class_teacher: PersonName | None
    period: Period
    pupils: tuple[ArchivedPupil, ...] = field(repr=False)
    parts: tuple[ArchivedPart, ...] = field(repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class ArchiveEntry:
    """A row of the append-only registry (реестр, R-ARCH-12).

    Attributes:
        file_name: ``год_период_класс.pdf``, the same for all versions.
        version: 1 for the first file; a late change makes the next one and the old stays.
        source_digest: `source_digest` of what the file was made from.
        sha256: SHA-256 (hex) of the signed file; ``size`` in bytes.
        signed_by: owner of the signing certificate; ``certificate_sha256`` tells which certificate.
        signed_at: when it was signed by the gateway's clock.
        location: where it lies in the archive, with ``/`` between the parts; the detached signature has ``.sig`` added.
        retention_until: last day on which it must still be there.
    """

    id: str
    file_name: str
    version: int
    year: int
    period: PeriodId
    school_class: ClassId
    source_digest: str
    sha256: str
    size: int
    pages: int
    signed_by: str = field(repr=False)
    certificate_sha256: str
    signed_at: datetime
    location: str
    retention_until: date
    schema_version: str = SCHEMA_VERSION

    @property
    def signature_location(self) -> str:
        """Where the detached signature lies."""
        return f"{self.location}.sig"


@dataclass(frozen=True, kw_only=True, slots=True)
class RetentionPolicy:
    """How many years files are kept; the regulation's terms may be raised, never lowered.

    Raises:
        ConfigurationError: a term is shorter than the regulation's.
    """

    journal_years: int = JOURNAL_YEARS
    summary_sheet_years: int = SUMMARY_SHEET_YEARS

    def __post_init__(self) -> None:
        """Refuse terms that are too short."""
        for name, years, least in (
            ("journal_years", self.journal_years, JOURNAL_YEARS),
            ("summary_sheet_years", self.summary_sheet_years, SUMMARY_SHEET_YEARS),
        ):
            if years < least:
                raise ConfigurationError(
                    "archive.retention_too_short",
                    Text(
                        ru=f"Срок хранения {name} не может быть меньше {least} лет.",
                        en=f"The retention term {name} cannot be less than {least} years.",
                    ),
                    rule="R-ARCH-01",
                )

    def journal_until(self, year: int) -> date:
        """Return the last day a journal file of the school year must be kept: counted from 31 August, its end."""
        return date(year + 1 + self.journal_years, 8, 31)


def source_digest(source: ArchiveSource) -> str:
    """Return the SHA-256 (hex) of everything that goes into a file; equal sources give equal digests."""
    content = json.dumps(
        [SCHEMA_VERSION, asdict(source)], default=str, ensure_ascii=False, sort_keys=True, separators=(",", ":")
    )
    return hashlib.sha256(content.encode()).hexdigest()


def period_name(period: Period) -> str:
    """Return the period's part of a file name: ``1-четверть``, ``2-полугодие``, ``год``."""
    kind = _PERIOD_NAMES.get(period.kind)
    return f"{period.number}-{kind}" if kind else _WHOLE_YEAR


def school_year_name(year: int) -> str:
    """Return a school year as in a file name: ``2026-2027``."""
    return f"{year}-{year + 1}"


def archive_file_name(period: Period, class_name: str) -> str:
    """Return ``год_период_класс.pdf`` (R-ARCH-10, C-29) in Unicode NFC.

    Raises:
        RuleViolation: ``archive.class_name`` if the class's name holds what a file name cannot hold everywhere
            (path characters, ``_``, control characters, a dot or space at an end) or is longer than 20 characters.
    """
    name = unicodedata.normalize("NFC", class_name)
    if not _CLASS_NAME.fullmatch(name) or name[-1] in " .":
        raise RuleViolation(
            "archive.class_name",
            Text(
                ru="Название класса не годится для имени файла: допустимы буквы, цифры, пробел и знаки . ( ) « » -",
                en="The class's name cannot stand in a file name: letters, digits, space and . ( ) « » - are allowed.",
            ),
            who=Party.COORDINATOR,
            rule="R-ARCH-10",
        )
    return f"{school_year_name(period.year)}_{period_name(period)}_{name}.pdf"


def is_archive_file_name(name: str) -> bool:
    """Tell whether a name is one that `archive_file_name` gives."""
    match = _FILE_NAME.fullmatch(name)
    return (
        match is not None
        and unicodedata.is_normalized("NFC", name)
        and int(match["next"]) == int(match["year"]) + 1
        and _CLASS_NAME.fullmatch(match["name"]) is not None
        and match["name"][-1] not in " ."
    )


def version_location(school: SchoolId, file_name: str, version: int) -> str:
    """Return where a version lies: ``school/2026-2027_1-четверть_5А.pdf``, later ones ``…_5А_в2.pdf``.

    No class's name holds ``_``, so a later version never meets another class's first one.
    """
    if version > 1:
        file_name = f"{file_name.removesuffix('.pdf')}_в{version}.pdf"
    return f"{school}/{file_name}"


def newest_version(entries: Iterable[ArchiveEntry], file_name: str) -> ArchiveEntry | None:
    """Return the newest entry of a file, or ``None``."""
    return max((entry for entry in entries if entry.file_name == file_name), key=lambda e: e.version, default=None)


def require_unique(entries: Iterable[ArchiveEntry], file_name: str, school_class: ClassId) -> None:
    """Let a name pass that no other class's file bears, not even in other letter case (media may not tell case).

    Raises:
        RuleViolation: ``archive.name_taken``.
    """
    folded = file_name.casefold()
    for entry in entries:
        if entry.school_class != school_class and entry.file_name.casefold() == folded:
            raise RuleViolation(
                "archive.name_taken",
                Text(
                    ru=f"Имя «{file_name}» уже носит архивный файл другого класса (запись {entry.id}).",
                    en=f"The name '{file_name}' is already borne by another class's file (entry {entry.id}).",
                ),
                who=Party.COORDINATOR,
                rule="R-ARCH-10",
            )


def require_ended(period: Period, today: date) -> None:
    """Let a period pass that is over: archive copies are made at its end (R-ARCH-09).

    Raises:
        RuleViolation: ``archive.period_not_ended``.
    """
    if today <= period.end:
        raise RuleViolation(
            "archive.period_not_ended",
            Text(
                ru=f"Период заканчивается {period.end:%d.%m.%Y}; архивная копия создаётся по его окончании.",
                en=f"The period ends on {period.end.isoformat()}; the archive copy is made after its end.",
            ),
            who=Party.COORDINATOR,
            rule="R-ARCH-09",
        )


def finding(code: str, entry_id: str | None, *, ru: str, en: str, rule: str = "R-ARCH-16") -> Fault:
    """Return something found wrong with an archive file; the director answers for its safety (R-ARCH-15)."""
    return Fault(code=code, text=Text(ru=ru, en=en), record=entry_id, rule=rule, who=Party.DIRECTOR)
