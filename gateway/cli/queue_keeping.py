"""``gateway queue tally|purge|forget|move|…``: what is done about the queue as a whole."""

from __future__ import annotations

import csv
import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click

from gateway.bootstrap import StandingSchedules
from gateway.cli.context import Session, command
from gateway.cli.moments import LENGTH, MOMENT
from gateway.cli.output import FAILED, Voice, shown
from gateway.cli.progress import counted
from gateway.cli.queue_titles import answer, table
from gateway.cli.queue_words import asked_wrongly, because, destination_argument, reason_option, told
from gateway.errors import ConfigurationError, GatewayError, Text
from gateway.ports.queue import QueueDesk
from outbox import Health, next_ticks, read_health

_DAYS = 7
_MOST_DAYS = 3660
_YEARS = range(1970, 3000)
_EVER = datetime(1970, 1, 1, tzinfo=UTC)


def add_to(queue: click.Group) -> None:
    """Add the commands."""
    for verb in (schedules, tally, purge, forget, move, health):
        command(queue, verb.__name__)(verb)


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
    table(
        voice,
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
            for one in StandingSchedules(gateway)()
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
        raise asked_wrongly(
            voice, Text(ru="--since не может быть позже --until.", en="--since must not be after --until.")
        )
    if last - first >= timedelta(days=_MOST_DAYS):
        raise asked_wrongly(
            voice,
            Text(
                ru=f"За один раз считается не больше {_MOST_DAYS} дней.",
                en=f"At most {_MOST_DAYS} days are counted at once.",
            ),
        )
    days = session.gateway.desk.tally(destination, since=first, until=last + timedelta(days=1), zone=zone)
    rows = [day.row() for day in days]
    if as_csv and not voice.as_json:
        written = csv.DictWriter(sys.stdout, list(rows[0]), lineterminator="\r\n")
        written.writeheader()
        written.writerows(rows)
        return
    table(voice, list(rows[0]), [list(row.values()) for row in rows])


@click.option(
    "--before",
    type=MOMENT,
    default=None,
    help="Remove all messages that were over before this moment, which has passed.",
)
@click.option("--reason", default=None, help="Why; needed with --before and kept with your name.")
@click.option("--yes", "agreed", is_flag=True, help="Remove them; without it, --before only says how many they are.")
def purge(
    session: Session,
    voice: Voice,
    before: datetime | None,
    reason: str | None,
    agreed: bool,  # noqa: FBT001  click passes a flag
) -> None:
    """Remove what the settings keep no longer, as happens every night; or all that was over before a moment."""
    gateway = session.gateway
    if (before is None) != (reason is None):
        raise asked_wrongly(
            voice,
            Text(ru="--before и --reason нужны вместе.", en="--before and --reason belong together."),
        )
    if before is not None and before > gateway.clock():
        raise asked_wrongly(
            voice,
            Text(
                ru="--before в будущем: назовите момент, который уже прошёл.",
                en="--before is in the future: name a moment that has passed.",
            ),
        )
    with counted() as progress:
        if before is None or reason is None:
            tended = gateway.tend_queue(progress)
        elif not agreed:
            raise _not_agreed(_over_before(gateway.desk, before), before)
        else:
            tended = gateway.desk.purge(finished_before=before, progress=progress, **because(reason))
    answer(voice, {"ok": True, **asdict(tended)})


def _over_before(desk: QueueDesk, moment: datetime) -> int:
    """Count the messages of which nothing was to be expected any more before a moment."""
    ever, since = (sum(one.count for one in desk.depths(finished_since=when) if one.over) for when in (_EVER, moment))
    return ever - since


def _not_agreed(messages: int, before: datetime) -> GatewayError:
    when = shown(before)
    return GatewayError(
        "queue.purge_not_agreed",
        Text(
            ru=f"Ничего не удалено. До {when} завершено сообщений: {messages}; они исчезнут с попытками и ответами. "
            "Удалить их – та же команда с «--yes».",
            en=f"Nothing was removed. Over before {when}: {messages} messages, which would go with attempts and "
            "answers. To remove them, give '--yes' with the same command.",
        ),
    )


@click.option("--subject", required=True, metavar="PUPIL", help="The pupil's id.")
@reason_option
def forget(session: Session, voice: Voice, subject: str, reason: str) -> None:
    """Destroy the content of all messages about a pupil that are over; what is not over is named.

    Decide about each of those, then forget again. Ids, times, digests and receipts stay.
    """
    forgotten = session.gateway.desk.forget(subject, **because(reason))
    destroyed, unfinished = len(forgotten.destroyed), list(forgotten.unfinished)
    if not destroyed and not unfinished:
        raise _unknown_subject()
    answer(voice, {"ok": not unfinished, "destroyed": destroyed, "unfinished": unfinished})
    if unfinished:
        voice.failure(_not_forgotten(len(unfinished)))
        raise SystemExit(FAILED)


def _unknown_subject() -> GatewayError:
    return GatewayError(
        "queue.unknown_subject",
        Text(
            ru="Ничего не уничтожено: сообщений об ученике с таким номером в очереди нет. Проверьте номер; сообщения "
            "ученика показывает «gateway queue list --about».",
            en="Nothing was destroyed: no message in the queue is about a pupil with this id. Check the id; 'gateway "
            "queue list --about' shows a pupil's messages.",
        ),
    )


def _not_forgotten(unfinished: int) -> GatewayError:
    return GatewayError(
        "queue.not_forgotten",
        Text(
            ru=f"Не завершены и сохранили содержание сообщений: {unfinished}. Доставьте каждое или откажитесь от него "
            "(«gateway queue skip»), затем повторите эту команду.",
            en=f"Not over, and with their content still: {unfinished} messages. Deliver each or give it up ('gateway "
            "queue skip'), then give this command again.",
        ),
    )


@click.option("--to", "url", required=True, metavar="URL", help="The other database; its password in PGPASSFILE.")
@reason_option
def move(session: Session, voice: Voice, url: str, reason: str) -> None:
    """Move the whole queue into another, empty database: stop it before, and end workers and web service.

    Only the queue is moved: not the journal, which the database's own tools copy.
    """
    with told(), counted() as progress:
        # Told of a table's rows so far, where the others tell of rows more.
        seen: dict[str, int] = {}

        def more(name: str, rows: int) -> None:
            progress(name, rows - seen.get(name, 0))
            seen[name] = rows

        moved = session.gateway.desk.move(url, progress=more, **because(reason))
    answer(voice, {"ok": True, "rows": dict(moved.rows), "next_number": moved.next_number})


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
        ru, en = "; ".join(_faults_in_russian(found)), "; ".join(found.faults)
        raise GatewayError(
            "worker.unwell",
            Text(ru=f"Обработчик не работает как следует: {ru}.", en=f"The worker is not well: {en}."),
        )
    answer(voice, {"ok": True, **(asdict(found.pulse) if found.pulse else {})})


def _faults_in_russian(found: Health) -> Sequence[str]:
    """Return in Russian what a worker that is not well last said of itself."""
    pulse = found.pulse
    if pulse is None:
        return ["файл здоровья не читается: обработчик не запускался или оборван"]
    said = [f"последний признак жизни {shown(pulse.at)}, последний оборот {shown(pulse.turned_at) or 'ещё не было'}"]
    if pulse.error:
        said.append(f"последний сбой {pulse.error}")
    if pulse.barred:
        said.append(f"для {', '.join(pulse.barred)} больше ничего не берётся: отправка так и не вернулась")
    said += [
        f"для {name} ничего не берётся: в storage.seal_key нет ключа сообщений, или они не зашифрованы ({why})"
        for name, why in pulse.locked.items()
    ]
    return said
