"""The flow: a file is made once, a change makes the next version, a killed run is completed by the next."""

import errno
import hashlib
import os
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import pytest
from sqlalchemy import Engine, select, update

from gateway.archive.builder import ArchiveBuilder, ArchiveResult
from gateway.archive.renderer import TypstRenderer
from gateway.errors import ConfigurationError, GatewayError, MappingError, Party, RuleViolation, TransientError
from gateway.model.archive import ArchiveSource
from gateway.model.audit import first_fault
from gateway.model.ids import ClassId, PeriodId
from gateway.model.steps import Step, StepOutcome
from gateway.storage.tables import documents, school

CLASS, QUARTER = ClassId("c-5a"), PeriodId("q1")
NOW = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)
NAME = "2026-2027_1-четверть_5А.pdf"
FIRST = [f"school-1/{NAME}", f"school-1/{NAME}.sig"]
SECOND = ["school-1/2026-2027_1-четверть_5А_в2.pdf", "school-1/2026-2027_1-четверть_5А_в2.pdf.sig"]


class Killed(BaseException):
    """Stands for SIGKILL: nothing in the code under test may catch it."""


def registered(engine: Engine) -> list[tuple[str, int]]:
    table = documents.archive_entry
    with engine.begin() as connection:
        return [(row.file_name, row.version) for row in connection.execute(select(table).order_by(table.c.version))]


def sound(archive: Any) -> list[bool]:
    return [report.sound for report in archive.verifier.verify()]


def test_a_first_run_makes_signs_stores_and_registers_the_file(archive: Any) -> None:
    result = archive.builder.run(QUARTER, CLASS, "message-1")

    entry = result.entry
    pdf = (archive.folder.root / "school-1" / NAME).read_bytes()
    assert result.created
    assert archive.files() == FIRST
    assert (entry.file_name, entry.version, entry.location) == (NAME, 1, f"school-1/{NAME}")
    assert (entry.sha256, entry.size) == (hashlib.sha256(pdf).hexdigest(), len(pdf))
    assert entry.retention_until.isoformat() == "2032-08-31"
    assert registered(archive.engine) == [(NAME, 1)]
    assert sound(archive) == [True]


def test_the_run_is_audited_and_counted(archive: Any) -> None:
    entry = archive.builder.run(QUARTER, CLASS, "message-1").entry

    with archive.unit() as unit:
        (audited,) = unit.audit.entries()
        run = unit.steps.last(Step.ARCHIVE_SIGNED)
    assert (audited.record.object_id, audited.record.new["sha256"]) == (entry.id, entry.sha256)
    assert (run.outcome, run.message) == (StepOutcome.OK, "message-1")
    assert run.summary == {
        "files": 1, "pages": entry.pages, "signed": 1, "verified": 1, "created": 1, "entry": entry.id
    }  # fmt: skip


def test_a_second_run_changes_nothing(archive: Any) -> None:
    first = archive.builder.run(QUARTER, CLASS)
    before = (archive.folder.root / "school-1" / NAME).read_bytes()

    second = archive.builder.run(QUARTER, CLASS)

    assert second == ArchiveResult(entry=first.entry, created=False)
    assert (archive.folder.root / "school-1" / NAME).read_bytes() == before
    assert archive.renderer.rendered == ["5А"]
    with archive.unit() as unit:
        assert len(list(unit.audit.entries())) == 1
        assert sorted(run.summary["created"] for run in unit.steps.recent()) == [0, 1]


def test_a_late_change_makes_the_next_version_and_the_old_one_stays(archive: Any) -> None:
    archive.builder.run(QUARTER, CLASS)
    before = (archive.folder.root / "school-1" / NAME).read_bytes()
    archive.correct_a_topic("Исправленная тема")

    second = archive.builder.run(QUARTER, CLASS)

    assert (second.created, second.entry.version) == (True, 2)
    assert archive.files() == sorted(FIRST + SECOND)
    assert (archive.folder.root / "school-1" / NAME).read_bytes() == before
    assert sound(archive) == [True, True]


@pytest.mark.parametrize("damage", [Path.unlink, lambda file: file.write_bytes(file.read_bytes() + b" ")])
@pytest.mark.parametrize("name", FIRST)
def test_a_damaged_file_is_made_anew_as_the_next_version(
    archive: Any, name: str, damage: Callable[[Path], object]
) -> None:
    archive.builder.run(QUARTER, CLASS)
    damage(archive.folder.root / name)

    assert archive.builder.run(QUARTER, CLASS).entry.version == 2
    assert sound(archive) == [False, True]
    assert not archive.builder.run(QUARTER, CLASS).created


def stopping(archive: Any, seam: str) -> ArchiveBuilder:
    """Return a builder that is killed at the seam; everything before it really happened."""

    class Store:
        written = 0

        def read(self, location: str) -> bytes | None:
            content: bytes | None = archive.folder.read(location)
            return content

        def write(self, location: str, content: bytes) -> None:
            archive.folder.write(location, content)
            self.written += 1
            if seam == f"after file {self.written}":
                raise Killed

    class Renderer:
        def render(self, source: ArchiveSource, *, at: datetime) -> bytes:
            pdf = TypstRenderer().render(source, at=at)
            if seam == "after rendering":
                raise Killed
            return pdf

    numbers = iter(range(1, 100))

    def new_id() -> str:
        number = next(numbers)
        if (seam, number) in {("after signing", 1), ("before commit", 2)}:  # the entry's id, then the step run's
            raise Killed
        return f"killed-{number}"

    builder: ArchiveBuilder = replace(archive.builder, store=Store(), renderer=Renderer(), new_id=new_id)
    return builder


@pytest.mark.parametrize("seam", ["after rendering", "after signing", "after file 1", "after file 2", "before commit"])
def test_a_run_killed_at_any_seam_is_completed_by_the_next(archive: Any, seam: str) -> None:
    with pytest.raises(Killed):
        stopping(archive, seam).run(QUARTER, CLASS)
    assert registered(archive.engine) == []

    result = archive.builder.run(QUARTER, CLASS)

    assert (result.created, result.entry.version) == (True, 1)
    assert archive.files() == FIRST
    assert registered(archive.engine) == [(NAME, 1)]
    assert sound(archive) == [True]
    with archive.unit() as unit:
        assert first_fault(unit.audit.entries()) is None
        assert len(list(unit.audit.entries())) == 1


@pytest.mark.parametrize("seam", ["after file 1", "after file 2", "before commit"])
def test_a_kill_while_the_next_version_is_made_leaves_the_first_sound(archive: Any, seam: str) -> None:
    archive.builder.run(QUARTER, CLASS)
    archive.correct_a_topic("Исправленная тема")
    with pytest.raises(Killed):
        stopping(archive, seam).run(QUARTER, CLASS)
    assert sound(archive) == [True]

    assert archive.builder.run(QUARTER, CLASS).entry.version == 2
    assert sound(archive) == [True, True]


def test_of_two_runs_at_once_one_makes_the_file(archive: Any) -> None:
    rendered = Barrier(2)
    outcomes: list[object] = []

    class Together:
        def render(self, source: ArchiveSource, *, at: datetime) -> bytes:
            pdf = TypstRenderer().render(source, at=at)
            rendered.wait(60)
            return pdf

    def run() -> None:
        try:
            outcomes.append(replace(archive.builder, renderer=Together()).run(QUARTER, CLASS).created)
        except TransientError as error:
            outcomes.append(error.code)

    threads = [Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(map(str, outcomes)) == ["True", "archive.overtaken"]
    assert registered(archive.engine) == [(NAME, 1)]
    assert sound(archive) == [True]
    assert not archive.builder.run(QUARTER, CLASS).created


def test_all_classes_of_a_period_are_archived_one_after_another(archive: Any) -> None:
    results = list(archive.builder.run_period(QUARTER))

    assert [result.entry.file_name for result in results] == ["2026-2027_1-четверть_2Б.pdf", NAME]
    assert sound(archive) == [True, True]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs /dev/full")
@pytest.mark.parametrize("name", [f".{NAME}.partial", f".{NAME}.sig.partial"])
def test_a_full_disk_is_told_and_leaves_no_half_file(archive: Any, name: str) -> None:
    place = archive.folder.root / "school-1"
    place.mkdir(parents=True)
    (place / name).symlink_to("/dev/full")

    with pytest.raises(TransientError) as caught:
        archive.builder.run(QUARTER, CLASS)

    assert (caught.value.code, caught.value.who) == ("archive.disk_full", Party.COORDINATOR)
    assert "partial" not in "".join(archive.files())
    assert registered(archive.engine) == []
    assert archive.builder.run(QUARTER, CLASS).created
    assert sound(archive) == [True]


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (errno.ENOSPC, TransientError),
        (errno.EDQUOT, TransientError),
        (errno.EROFS, ConfigurationError),
        (errno.EIO, ConfigurationError),
    ],
)
def test_what_the_medium_says_becomes_an_error_of_ours(
    archive: Any, monkeypatch: pytest.MonkeyPatch, code: int, kind: type[GatewayError]
) -> None:
    def fails(_descriptor: int) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "fsync", fails)

    with pytest.raises(kind):
        archive.folder.write("school-1/file.pdf", b"content")
    assert archive.files() == []


@pytest.mark.parametrize("location", ["", "/etc/file", "../file", "school/../../file", "a\\b", "a\0b"])
def test_no_location_leads_out_of_the_archive(archive: Any, location: str) -> None:
    with pytest.raises(ConfigurationError, match=r"archive\.location"):
        archive.folder.write(location, b"x")
    with pytest.raises(ConfigurationError, match=r"archive\.location"):
        archive.folder.read(location)


@pytest.mark.parametrize(("period", "school_class"), [("q9", "c-5a"), ("q1", "c-9x"), ("h1", "c-5a"), ("q1", "c-10a")])
def test_an_unknown_class_or_a_period_of_other_grades_is_refused(archive: Any, period: str, school_class: str) -> None:
    with pytest.raises(MappingError) as caught:
        archive.builder.run(PeriodId(period), ClassId(school_class))

    assert caught.value.code == "archive.unknown_class"
    assert caught.value.faults[0].record == school_class


@pytest.mark.parametrize(
    ("at", "made"),
    [
        (datetime(2026, 10, 25, 20, 59, tzinfo=UTC), False),  # 23:59 of the last day in Moscow
        (datetime(2026, 10, 25, 21, 0, tzinfo=UTC), True),
    ],
)
def test_a_period_is_archived_when_it_is_over_where_the_school_is(archive: Any, at: datetime, made: bool) -> None:  # noqa: FBT001
    builder = replace(archive.builder, clock=lambda: at)

    if made:
        assert builder.run(QUARTER, CLASS).created
    else:
        with pytest.raises(RuleViolation, match=r"archive\.period_not_ended"):
            builder.run(QUARTER, CLASS)


def test_a_class_that_no_file_can_be_called_after_is_refused(archive: Any) -> None:
    with archive.engine.begin() as connection:
        connection.execute(update(school.school_class).where(school.school_class.c.id == CLASS).values(letter="А/Б"))

    with pytest.raises(RuleViolation, match=r"archive\.class_name"):
        archive.builder.run(QUARTER, CLASS)
    assert archive.files() == []


def test_two_classes_of_one_name_do_not_share_a_file(archive: Any) -> None:
    archive.builder.run(QUARTER, CLASS)
    with archive.engine.begin() as connection:
        change = update(school.school_class).where(school.school_class.c.id == "c-2b")
        connection.execute(change.values(grade=5, letter="а"))

    with pytest.raises(RuleViolation, match=r"archive\.name_taken"):
        archive.builder.run(QUARTER, ClassId("c-2b"))
    assert archive.files() == FIRST


def test_nothing_is_stored_that_does_not_verify(archive: Any) -> None:
    builder = replace(archive.builder, trust=replace(archive.builder.trust, directors=frozenset({"somebody else"})))

    with pytest.raises(GatewayError, match=r"archive\.not_verified"):
        builder.run(QUARTER, CLASS)
    assert archive.files() == []
    assert registered(archive.engine) == []


def test_a_typesetter_that_takes_too_long_is_stopped(archive: Any) -> None:
    builder = replace(archive.builder, renderer=TypstRenderer(time_limit=timedelta(milliseconds=1)))

    with pytest.raises(GatewayError, match=r"archive\.not_typeset"):
        builder.run(QUARTER, CLASS)
