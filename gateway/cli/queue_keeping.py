"""``gateway queue tally|purge|forget|move|…``: what is done about the queue as a whole."""

from __future__ import annotations

import csv
import sys
from dataclasses import asdict
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click

from gateway.bootstrap import make_schedules
from gateway.cli.context import Session, command
from gateway.cli.moments import LENGTH, MOMENT
from gateway.cli.output import Voice
from gateway.cli.progress import counted
from gateway.cli.queue_words import because, destination_argument, reason_option, told
from gateway.errors import ConfigurationError, GatewayError, Text
from outbox import next_ticks, read_health

_DAYS = 7
_MOST_DAYS = 3660
_YEARS = range(1970, 3000)


def add_to(queue: click.Group) -> None:
    """Add the commands."""
    for verb in (schedules, tally, purge, forget, move, health):
        command(queue, verb.__name__)(verb)
    queue.add_command(answer)


@click.option(
    "--next",
    "number",
    type=click.IntRange(1, 1000),
    default=3,
    show_default=True,
    help="How many ticks to come to show.",
)
def schedules(session: Session, voice: Voice, number: int) -> None:
    """List the schedules with their last tick and the next ones."""
    gateway = session.gateway
    last = gateway.desk.ticks()
    voice.table(
        ("name", "cron", "zone", "destination", "kind", "last", "next"),
        [
            (
                one.name,
                one.cron,
                one.zone.key,
                one.destination,
                one.kind,
                last.get(one.name),
                ", ".join(tick.astimezone(one.zone).isoformat() for tick in next_ticks(one, gateway.clock(), number)),
            )
            for one in make_schedules(gateway.settings)
        ],
    )


class _ZoneType(click.ParamType[ZoneInfo]):
    name = "zone"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> ZoneInfo:
        try:
            return value if isinstance(value, ZoneInfo) else ZoneInfo(str(value))
        except (ZoneInfoNotFoundError, ValueError):
            self.fail(f"'{value}' is no time zone: write Europe/Moscow.", param, ctx)


class _DayType(click.ParamType[date]):
    name = "day"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> date:
        try:
            day = value if isinstance(value, date) else date.fromisoformat(str(value))
        except ValueError:
            self.fail(f"'{value}' is no day: write 2026-09-15.", param, ctx)
        if day.year not in _YEARS:
            self.fail(f"'{value}' is not in the years {_YEARS[0]} to {_YEARS[-1]}.", param, ctx)
        return day


@destination_argument
@click.option("--since", type=_DayType(), default=None, help="The first day; else a week is counted.")
@click.option("--until", type=_DayType(), default=None, help="The last day; else today.")
@click.option("--zone", type=_ZoneType(), default="Europe/Moscow", show_default=True, help="Where a day begins.")
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV.")
def tally(
    session: Session,
    voice: Voice,
    destination: str,
    since: date | None,
    until: date | None,
    zone: ZoneInfo,
    as_csv: bool,  # noqa: FBT001  click passes a flag
) -> None:
    """Count day by day what a destination was sent and has taken, with a hash to be compared with the recipient's."""
    last = until or session.gateway.clock().astimezone(zone).date()
    first = since or last - timedelta(days=_DAYS - 1)
    if first > last:
        raise click.UsageError("--since must not be after --until.")
    if last - first >= timedelta(days=_MOST_DAYS):
        raise click.UsageError(f"At most {_MOST_DAYS} days are counted at once.")
    days = session.gateway.desk.tally(destination, since=first, until=last + timedelta(days=1), zone=zone)
    rows = [day.row() for day in days]
    if as_csv and not voice.as_json:
        written = csv.DictWriter(sys.stdout, list(rows[0]), lineterminator="\r\n")
        written.writeheader()
        written.writerows(rows)
        return
    voice.table(list(rows[0]), [list(row.values()) for row in rows])


@click.option("--before", type=MOMENT, default=None, help="Remove all messages that were over before this moment.")
@click.option("--reason", default=None, help="Why; needed with --before and kept with your name.")
def purge(session: Session, voice: Voice, before: datetime | None, reason: str | None) -> None:
    """Remove what the settings keep no longer, as happens every night; or all that was over before a moment."""
    if (before is None) != (reason is None):
        raise click.UsageError("--before and --reason belong together.")
    with counted() as progress:
        if before is None or reason is None:
            tended = session.gateway.tend_queue(progress)
        else:
            tended = session.gateway.desk.purge(finished_before=before, progress=progress, **because(reason))
    voice.answer({"ok": True, **asdict(tended)})


@click.option("--subject", required=True, metavar="PUPIL", help="The pupil's id.")
@reason_option
def forget(session: Session, voice: Voice, subject: str, reason: str) -> None:
    """Destroy the content of all messages about a pupil that are over; what is not over is named.

    Decide about each of those, then forget again. Ids, times, digests and receipts stay.
    """
    forgotten = session.gateway.desk.forget(subject, **because(reason))
    voice.answer({"ok": True, "destroyed": len(forgotten.destroyed), "unfinished": list(forgotten.unfinished)})


@click.option("--to", "url", required=True, metavar="URL", help="The other database; its password in PGPASSFILE.")
@reason_option
def move(session: Session, voice: Voice, url: str, reason: str) -> None:
    """Move the whole queue into another, empty database: stop it before, and end workers and web service.

    Only the queue is moved: not the journal, which the database's own tools copy.
    """
    with told(), counted() as progress:
        # Told of a table's rows so far, where the others tell of rows more.
        seen: dict[str, int] = {}

        def more(table: str, rows: int) -> None:
            progress(table, rows - seen.get(table, 0))
            seen[table] = rows

        moved = session.gateway.desk.move(url, progress=more, **because(reason))
    voice.answer({"ok": True, "rows": dict(moved.rows), "next_number": moved.next_number})


@click.group()
def answer() -> None:
    """Answers about the content that came to a person instead of to the gateway."""


@command(answer, "accept")
@destination_argument
@click.argument("receipt")
@click.option("--acceptance", default=None, help="What the recipient gives as proof: the number of its letter.")
def accept(session: Session, voice: Voice, destination: str, receipt: str, acceptance: str | None) -> None:
    """Enter that the recipient has taken the content of what it had under a receipt."""
    with told():
        answered = session.gateway.desk.accept(destination, receipt, acceptance=acceptance)
    voice.answer({"ok": True, "answered": answered})


@command(answer, "reject")
@destination_argument
@click.argument("receipt")
@click.option("--code", default="rejected", show_default=True, help="Why, for filters.")
@reason_option
def reject(session: Session, voice: Voice, destination: str, receipt: str, code: str, reason: str) -> None:
    """Enter that the recipient has not taken the content of what it had under a receipt."""
    with told():
        answered = session.gateway.desk.reject(destination, receipt, code=code, reason=reason)
    voice.answer({"ok": True, "answered": answered})


@command(answer, "strays")
def strays(session: Session, voice: Voice) -> None:
    """List answers whose message was not found, the latest first."""
    voice.table(
        ("destination", "receipt", "verdict", "at"),
        [(one.destination, one.receipt, one.verdict, one.at) for one in session.gateway.desk.strays()],
    )


@click.option(
    "--older-than",
    type=LENGTH,
    default=30.0,
    show_default=True,
    metavar="SECONDS",
    help="A sign of life this old is none.",
)
def health(session: Session, voice: Voice, older_than: float) -> None:
    """Tell by its health file whether a worker is at work; exit code 1 if not."""
    named = session.gateway.settings.worker.health_file
    if not named:
        raise ConfigurationError(
            "configuration.missing",
            Text(
                ru="Настройка «worker.health_file» обязательна для этого действия.",
                en="Setting 'worker.health_file' is required for this.",
            ),
        )
    found = read_health(Path(named), now=session.gateway.clock(), older_than=timedelta(seconds=older_than))
    if found.faults:
        faults = "; ".join(found.faults)
        raise GatewayError(
            "worker.unwell",
            Text(ru=f"Обработчик не работает как следует: {faults}.", en=f"The worker is not well: {faults}."),
        )
    voice.answer({"ok": True, **(asdict(found.pulse) if found.pulse else {})})
