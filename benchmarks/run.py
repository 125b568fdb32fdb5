"""Runs benchmarks by name: ``script/bench [NAME...] [--quick] [--json]``.

A benchmark is a module ``bench_<name>.py`` beside this one with
``measure(folder, *, quick) -> list[Figure]``. Each measures the
gateway, its peers and the bare bound in the same run and states ratios: on a shared machine an absolute time says
little.
"""

from __future__ import annotations

import argparse
import json
import sys
from importlib import import_module
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
    asked = parser.parse_args()
    if unknown := sorted(set(asked.names) - set(names)):
        parser.error(f"no such benchmark: {', '.join(unknown)}")
    figures: list[Figure] = []
    for name in asked.names or names:
        print(f"measuring {name} ...", file=sys.stderr)
        with TemporaryDirectory(prefix="gateway-bench-") as folder:
            figures += import_module(f"bench_{name}").measure(Path(folder), quick=asked.quick)
    if asked.json:
        print(json.dumps([figure.as_json() for figure in figures], ensure_ascii=False, indent=1))
    else:
        _print_table(figures)
    return 0


def _print_table(figures: list[Figure]) -> None:
    table = Table("name", "value", "unit", "bound", "ratio", "peers", box=None)
    for figure in figures:
        peers = ", ".join(f"{name} {value:,.0f}" for name, value in figure.peers.items())
        bound = f"{figure.bound:,.0f}" if figure.bound else "–"
        table.add_row(figure.name, f"{figure.value:,.0f}", figure.unit, bound, f"{figure.ratio or 0:.2f}", peers)
    Console().print(table)


if __name__ == "__main__":
    sys.exit(main())
