"""What an emulator can be told to do wrong, and when.

A script is a list of `Fault`s; each answers ``times`` requests of the operation it names and is then spent. They are
posted to ``/_sandbox/faults`` of the emulator as JSON: ``[{"operation": "Submit", "kind": "refuse", "times": 3}]``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from threading import Lock


class FaultKind(StrEnum):
    """What goes wrong with a request."""

    REFUSE = "refuse"
    """503 with ``Retry-After: 0``; the request has no effect."""
    ERROR = "error"
    """500 without a body that makes sense; the request has no effect."""
    MALFORMED = "malformed"
    """200 with an answer that is cut off in the middle; the request had its effect."""
    TIMEOUT = "timeout"
    """The request has its effect, but the answer comes only after ``seconds``: longer than anybody waits."""
    SLOW = "slow"
    """The right answer, after ``seconds``."""
    DUPLICATE = "duplicate"
    """The right answer, sent for the request as if it had arrived twice."""
    CLOSE = "close"
    """The connection is closed without an answer; the request has no effect."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Fault:
    """One thing to go wrong: for which operation (``*`` = any), how often, how long it takes."""

    operation: str = "*"
    kind: FaultKind
    times: int = 1
    seconds: float = 0.0


def read_faults(items: Iterable[Mapping[str, object]]) -> tuple[Fault, ...]:
    """Return the faults written as JSON objects.

    Raises:
        ValueError: an unknown key or kind.
    """
    known = {"operation", "kind", "times", "seconds"}
    faults = []
    for item in items:
        if unknown := set(item) - known:
            raise ValueError(f"unknown key in a fault: {', '.join(sorted(unknown))}")
        faults.append(
            Fault(
                operation=str(item.get("operation", "*")),
                kind=_kind(str(item["kind"])),
                times=int(str(item.get("times", 1))),
                seconds=float(str(item.get("seconds", 0.0))),
            )
        )
    return tuple(faults)


def _kind(word: str) -> FaultKind:
    if word not in set(FaultKind):
        raise ValueError(f"unknown kind of fault: {word}; there are {', '.join(FaultKind)}")
    return FaultKind(word)


class FaultScript:
    """The faults that are still to come, in order. Safe for several threads."""

    def __init__(self) -> None:
        self._coming: list[Fault] = []
        self._lock = Lock()

    def replace(self, faults: Iterable[Fault]) -> None:
        """Forget the old script and follow this one."""
        with self._lock:
            self._coming = [one for fault in faults for one in [fault] * fault.times]

    def next_for(self, operation: str) -> Fault | None:
        """Take the first coming fault that names the operation (or any)."""
        with self._lock:
            for place, fault in enumerate(self._coming):
                if fault.operation in {operation, "*"}:
                    return self._coming.pop(place)
        return None

    def remaining(self) -> int:
        """Return how many faults are still to come."""
        with self._lock:
            return len(self._coming)
