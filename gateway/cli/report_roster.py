"""``gateway report movement|class-sizes``: what a deputy hands in about pupils and classes, on screen and on paper."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import click

from gateway.cli.context import Session, command, school_option
from gateway.cli.output import Voice, csv_text
from gateway.errors import GatewayError, Party
from gateway.model.printed_report import PrintedReport
from gateway.roster.class_sizes import NamedSizes
from gateway.roster.movement import NamedReport
from gateway.roster.report_words import (
    ENTRY_OF_MOVEMENT,
    SIZE_OF_CLASS,
    SIZE_OF_MOVEMENT,
    Columns,
    entry_rows,
    headings,
    movement_notes,
    movement_pages,
    movement_rows,
    size_pages,
    size_rows,
)

_SIZES = ("class", "id", "opening", "arrived", "left", "moved_in", "moved_out", "closing", "counted", "agrees")
_MOVED = ("day", "kind", "pupil", "name", "from_class", "to_class", "order", "ordered_on")
_FULL = ("class", "id", "class_teacher", "teacher_id", "pupils", "boys", "girls", "on_plan", "capacity")

_pdf_option = click.option(
    "--pdf", type=click.Path(path_type=Path, dir_okay=False), default=None, help="Write it as PDF into FILE, to sign."
)


def add_roster_reports(report: click.Group) -> None:
    """Add the commands to those of reports."""
    _movement(report)
    _class_sizes(report)


def _movement(report: click.Group) -> None:
    """Add ``movement``."""

    @command(report, "movement")
    @click.argument("first", type=click.DateTime(["%Y-%m-%d"]))
    @click.argument("last", type=click.DateTime(["%Y-%m-%d"]))
    @click.option("--entries", is_flag=True, help="Every pupil who came, moved or left, with the order.")
    @click.option("--csv", "as_csv", is_flag=True, help="Answer as CSV.")
    @_pdf_option
    @school_option
    def movement(
        session: Session,
        voice: Voice,
        first: datetime,
        last: datetime,
        entries: bool,  # noqa: FBT001  click passes a flag
        as_csv: bool,  # noqa: FBT001  click passes a flag
        pdf: Path | None,
        school_id: str | None,
    ) -> None:
        """Tell of every class and the school how many pupils there were, came, left, moved and are (R-REP-01)."""
        if last < first:
            raise click.UsageError("FIRST has to be before LAST.")
        school = session.gateway.school(school_id)
        named = session.gateway.movement_reports(school.id).of(first.date(), last.date())
        if pdf is not None:
            _write(session, pdf, movement_pages(named, school, voice.language, at=session.gateway.clock()))
        if voice.as_json:
            columns, values = (_MOVED, _moved_values(named)) if entries else (_SIZES, _size_values(named))
            voice.table(columns, values)
        elif entries:
            _tell(voice, ENTRY_OF_MOVEMENT, entry_rows(named, voice.language), as_csv=as_csv)
        else:
            _tell(voice, SIZE_OF_MOVEMENT, movement_rows(named, voice.language), as_csv=as_csv)
        for note in movement_notes(named):
            voice.warning(GatewayError("report.movement_remark", note, who=Party.DEPUTY, rule="R-REP-01"))


def _class_sizes(report: click.Group) -> None:
    """Add ``class-sizes``."""

    @command(report, "class-sizes")
    @click.argument("day", type=click.DateTime(["%Y-%m-%d"]), required=False)
    @click.option("--csv", "as_csv", is_flag=True, help="Answer as CSV.")
    @_pdf_option
    @school_option
    def class_sizes(
        session: Session,
        voice: Voice,
        day: datetime | None,
        as_csv: bool,  # noqa: FBT001  click passes a flag
        pdf: Path | None,
        school_id: str | None,
    ) -> None:
        """Tell of every class on a day, today without one: teacher, pupils, boys and girls (R-REP-02)."""
        school = session.gateway.school(school_id)
        named = session.gateway.class_sizes_reports(school.id).of(day.date() if day else None)
        if pdf is not None:
            _write(session, pdf, size_pages(named, school, voice.language, at=session.gateway.clock()))
        if voice.as_json:
            voice.table(_FULL, _full_values(named))
        else:
            _tell(voice, SIZE_OF_CLASS, size_rows(named, voice.language), as_csv=as_csv)


def _tell(voice: Voice, columns: Columns, rows: Sequence[Sequence[object]], *, as_csv: bool) -> None:
    """Tell people a table with headings in their language."""
    if as_csv:
        click.echo(csv_text(headings(columns, voice.language), rows), nl=False)
    else:
        voice.table(headings(columns, voice.language), rows)


def _write(session: Session, file: Path, report: PrintedReport) -> None:
    file.write_bytes(session.gateway.report_printer().pages(report, at=session.gateway.clock()))


def _size_values(named: NamedReport) -> list[Sequence[object]]:
    return [
        (
            named.names.get(one.school_class or "", "") if one.school_class else "*",
            one.school_class or "",
            one.opening,
            one.arrived,
            one.left,
            one.moved_in,
            one.moved_out,
            one.closing,
            one.counted,
            one.agrees,
        )
        for one in named.report.lines
    ]


def _moved_values(named: NamedReport) -> list[Sequence[object]]:
    return [
        (
            one.movement.happened_on,
            one.movement.kind,
            one.movement.pupil,
            named.names.get(one.movement.pupil, ""),
            named.names.get(one.movement.from_class or "", ""),
            named.names.get(one.movement.to_class or "", ""),
            one.order.document if one.order else one.movement.document,
            one.order.happened_on if one.order else "",
        )
        for one in named.report.entries
    ]


def _full_values(named: NamedSizes) -> list[Sequence[object]]:
    return [
        (
            named.names.get(one.school_class, "") if one.school_class else "*",
            one.school_class or "",
            named.names.get(one.teacher or "", ""),
            one.teacher,
            one.pupils,
            one.boys,
            one.girls,
            one.on_plan,
            one.capacity,
        )
        for one in named.report.lines
    ]
