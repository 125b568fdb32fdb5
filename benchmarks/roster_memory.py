"""The most memory that this process has held since it was asked to forget the most before (Linux only)."""

from __future__ import annotations

import re
from pathlib import Path

_FORGET_THE_PEAK = "5"


def forget_peak() -> None:
    """Begin anew with what is held now (proc(5), ``clear_refs``)."""
    Path("/proc/self/clear_refs").write_text(_FORGET_THE_PEAK)


def peak_megabytes() -> float:
    """Return the peak of resident memory since then, in MB of 10⁶ bytes (proc(5), ``VmHWM``)."""
    (found,) = re.findall(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(found) * 1024 / 1e6
