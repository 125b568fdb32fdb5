"""The health file: what a supervisor reads to know whether a worker is at work. It holds no payload and no key."""

import json
import logging
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from time import monotonic

from outbox.rhythm import Every

_log = logging.getLogger("outbox.worker")

_WRITTEN = 1.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Pulse:
    """What a worker says of itself.

    Attributes:
        name: The worker's name.
        pid: Its process.
        at: When it wrote this.
        turned_at: When it last went round without a failure of the database; None before the first time.
        database_at: When the database last answered; None before the first time.
        in_flight: How many messages it has claimed and not settled.
        error: The type of the failure that keeps it from going round now; None when all is well.
        barred: Destinations for which it claims nothing any more, because handlers never came back from them.
        locked: Destinations for which it claims nothing for now, because it has not the right keys; which are missing.
    """

    name: str
    pid: int
    at: datetime
    turned_at: datetime | None
    database_at: datetime | None
    in_flight: int
    error: str | None
    barred: Sequence[str] = ()
    locked: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Health:
    """What a health file says to somebody who reads it now.

    Attributes:
        faults: What is wrong, one sentence each; empty when the worker is well.
        pulse: What was read; None when nothing could be.
    """

    faults: Sequence[str]
    pulse: Pulse | None

    @property
    def healthy(self) -> bool:
        """Whether nothing is wrong."""
        return not self.faults


class Vitals:
    """What a worker knows of its own condition, and writes down about once a second.

    Args:
        name: The worker's name.
        path: Where to; None for nowhere.
        clock: Gives the present as an aware time.
    """

    def __init__(self, name: str, path: Path | None, *, clock: Callable[[], datetime]) -> None:
        self._name = name
        self._path = path
        self._clock = clock
        self._written = Every(_WRITTEN)
        self._turned_at: datetime | None = None
        self._database_at: datetime | None = None
        self._error: str | None = None

    @property
    def patience(self) -> float:
        """For how many seconds nothing need be written."""
        return _WRITTEN if self._path is None else max(0.0, self._written.next - monotonic())

    def reached(self) -> None:
        """Note that the database has answered."""
        self._database_at = self._clock()

    def turned(self) -> None:
        """Note that the worker went round without a failure."""
        self._turned_at = self._clock()
        self._error = None

    def failed(self, error: str) -> None:
        """Note by what kind of failure a turn was cut short."""
        self._error = error

    def say(self, *, in_flight: int, barred: Sequence[str], locked: Mapping[str, str] | None = None) -> None:
        """Write it down if it is time. That it cannot be written is logged and hinders nothing."""
        if self._path is None or not self._written.due():
            return
        pulse = Pulse(
            name=self._name,
            pid=os.getpid(),
            at=self._clock(),
            turned_at=self._turned_at,
            database_at=self._database_at,
            in_flight=in_flight,
            error=self._error,
            barred=tuple(barred),
            locked=locked or {},
        )
        try:
            write_pulse(self._path, pulse)
        except OSError as error:
            _log.warning("health file not written", extra={"worker": self._name, "error": type(error).__name__})
        self._written.done()


def write_pulse(path: Path, pulse: Pulse) -> None:
    """Replace the file in one step: a reader finds the old one or the new one, whole.

    Raises:
        OSError: It cannot be written.
    """
    said = {
        "name": pulse.name,
        "pid": pulse.pid,
        "at": pulse.at.isoformat(),
        "turned_at": pulse.turned_at and pulse.turned_at.isoformat(),
        "database_at": pulse.database_at and pulse.database_at.isoformat(),
        "in_flight": pulse.in_flight,
        "error": pulse.error,
        "barred": list(pulse.barred),
        "locked": dict(pulse.locked),
    }
    beside = path.with_name(f"{path.name}.{pulse.pid}")
    beside.write_text(json.dumps(said), encoding="utf-8")
    # Never synced: after a crash of the machine an old or empty file says the truth, that nobody is at work.
    os.replace(beside, path)  # noqa: PTH105 -- Path.replace is the same; this names what makes it atomic


def read_health(path: Path, *, now: datetime, older_than: timedelta = timedelta(seconds=30)) -> Health:
    """Judge a worker by its health file.

    Args:
        path: What the worker was given as ``health_file``.
        now: The present.
        older_than: How old the file, and how long ago the last undisturbed turn, may be. More than ``idle_poll``.

    Returns:
        Never raises: a file that is missing or cannot be read is a fault like any other.
    """
    try:
        pulse = _pulse(json.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        return Health(
            faults=[f"the health file cannot be read ({type(error).__name__}): no worker has run"], pulse=None
        )
    except (ValueError, KeyError, TypeError):
        return Health(
            faults=["the health file is not one: a worker was cut off or something else wrote it"], pulse=None
        )
    faults = []
    if now - pulse.at > older_than:
        faults.append(f"no sign of life since {pulse.at.isoformat()}")
    elif pulse.turned_at is None or now - pulse.turned_at > older_than:
        since = "the start" if pulse.turned_at is None else pulse.turned_at.isoformat()
        faults.append(f"no undisturbed turn since {since}, last failure {pulse.error or 'unknown'}")
    faults += [f"handlers for {name!r} never came back: nothing more is claimed for it" for name in pulse.barred]
    faults += [f"nothing is claimed for {name!r}: {why}" for name, why in pulse.locked.items()]
    return Health(faults=faults, pulse=pulse)


def _pulse(said: Mapping[str, object]) -> Pulse:
    """Read back what ``write_pulse`` has written.

    Raises:
        KeyError, TypeError, ValueError: It was written by something else.
    """
    barred, locked = said["barred"], said.get("locked", {})
    in_flight, pid = said["in_flight"], said["pid"]
    if not isinstance(barred, list) or not isinstance(locked, dict):
        raise TypeError("not a pulse")
    if not isinstance(in_flight, int) or not isinstance(pid, int):
        raise TypeError("not a pulse")
    at = _moment(said["at"])
    if at is None:
        raise TypeError("not a pulse")
    return Pulse(
        name=str(said["name"]),
        pid=pid,
        at=at,
        turned_at=_moment(said["turned_at"]),
        database_at=_moment(said["database_at"]),
        in_flight=in_flight,
        error=None if said["error"] is None else str(said["error"]),
        barred=[str(name) for name in barred],
        locked={str(name): str(why) for name, why in locked.items()},
    )


def _moment(said: object) -> datetime | None:
    if said is None:
        return None
    moment = datetime.fromisoformat(str(said))
    if moment.utcoffset() is None:
        raise ValueError("not an aware time")
    return moment
