"""Runs benchmarks by name: ``script/bench [NAME...] [--quick] [--json]``.

A benchmark is a module ``bench_<name>.py`` beside this one with
``measure(folder, *, quick) -> list[Figure]``, which also takes ``peers`` where there are programs of other people to
compare with. Each measures the gateway, its peers and the bare bound in the same run and states ratios: on a shared
machine an absolute time says little.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
from importlib import import_module
from inspect import signature
from pathlib import Path
from tempfile import TemporaryDirectory

from figure import Figure
from rich.console import Console
from rich.table import Table

HERE = Path(__file__).resolve().parent


def main() -> int:
    names = sorted(path.stem.removeprefix("bench_") for path in HERE.glob("bench_*.py"))
    parser = argparse.ArgumentParser(prog="script/bench", description="Measure, beside the bare bound.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one or more of: {', '.join(names)}; none means all")
    parser.add_argument("--json", action="store_true", help="print the figures as a JSON list")
    parser.add_argument("--quick", action="store_true", help="measure less: to see that it runs, not for figures")
    parser.add_argument("--peers", action="store_true", help="install and measure other programs, where it knows some")
    asked = parser.parse_args()
    if unknown := sorted(set(asked.names) - set(names)):
        parser.error(f"no such benchmark: {', '.join(unknown)}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # the servers that were started are ended on the way out
    figures: list[Figure] = []
    for name in asked.names or names:
        print(f"measuring {name} ...", file=sys.stderr)
        with TemporaryDirectory(prefix="gateway-bench-") as folder:
            measure = import_module(f"bench_{name}").measure
            choice = {"peers": asked.peers} if "peers" in signature(measure).parameters else {}
            figures += measure(Path(folder), quick=asked.quick, **choice)
    if asked.json:
        print(json.dumps([figure.as_json() for figure in figures], ensure_ascii=False, indent=1))
    else:
        _print_table(figures)
    return 0


def _print_table(figures: list[Figure]) -> None:
    """Print every figure, and below it what else was measured beside it."""
    table = Table("name", "value", "unit", "bound", "ratio", box=None)
    for column in table.columns:
        column.no_wrap = True
    absent: dict[str, str] = {}
    for figure in figures:
        bound, ratio = (_shown(figure.bound), f"{figure.ratio:.2f}") if figure.bound else ("–", "–")
        table.add_row(figure.name, _shown(figure.value), figure.unit, bound, ratio)
        for name, value in figure.peers.items():
            if isinstance(value, str):
                absent[name] = value
            table.add_row(f"  {name}", "–" if isinstance(value, str) else _shown(value))
    console = Console(width=None if sys.stdout.isatty() else 120)
    console.print(table)
    for name, reason in absent.items():
        console.print(f" {name}: {reason}")


def _shown(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}"


if __name__ == "__main__":
    sys.exit(main())
