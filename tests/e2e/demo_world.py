"""The demo as an operator runs it, and what a run leaves in its folder."""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Timer
from typing import Any

from click.testing import CliRunner

from gateway.app import main

SIZE = 60
"""Pupils of the made-up school: enough for every grade to have a class."""

PATIENCE = 240.0
"""Seconds; only a test that fails waits so long."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Ended:
    """A command that has ended."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        """Return its answer; a command given ``--json`` answers with one document."""
        return json.loads(self.out)


def gateway(*arguments: str | Path) -> Ended:
    """Run a command as a program of its own, to its end."""
    ended = subprocess.run(
        _command(*arguments), capture_output=True, text=True, env=_environment(), timeout=PATIENCE, check=False
    )
    return Ended(code=ended.returncode, out=ended.stdout, err=ended.stderr)


def gateway_here(config: Path, *arguments: str) -> Ended:
    """Run a command in this process: the same code without the start of a program."""
    said = CliRunner().invoke(main, ["--config", str(config), *arguments], catch_exceptions=False)
    return Ended(code=said.exit_code, out=said.stdout, err=said.stderr)


@contextmanager
def started(*arguments: str | Path, until: str) -> Iterator[tuple[subprocess.Popen[str], list[str]]]:
    """Run a command in the background; enter with it and its lines when one begins with ``until``."""
    process = subprocess.Popen(
        _command(*arguments), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=_environment()
    )
    too_long = Timer(PATIENCE, process.kill)
    too_long.start()
    try:
        lines: list[str] = []
        for line in process.stdout or ():
            lines.append(line)
            if line.startswith(until):
                break
        else:
            raise AssertionError(f"it ended ({process.wait()}) after: {''.join(lines[-5:])}")
        yield process, lines
    finally:
        too_long.cancel()
        process.kill()
        process.communicate()


@contextmanager
def running(*arguments: str | Path, until: str) -> Iterator[list[str]]:
    """Run a command as `started` does, then end it by SIGTERM."""
    with started(*arguments, until=until) as (process, lines):
        yield lines
        process.terminate()
        assert process.wait(PATIENCE) == 0


def pid_of(folder: Path, program: str) -> int:
    """Return the process of a program of the demo that has a folder."""
    config = str(folder / "gateway.toml").encode()
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            said = (process / "cmdline").read_bytes().split(b"\0")
            if config in said and program.encode() in said:
                return int(process.name)
    raise AssertionError(f"no {program} runs")


def settings_of(folder: Path) -> dict[str, Any]:
    """Return the settings file of a demo's folder."""
    return tomllib.loads((folder / "gateway.toml").read_text("utf-8"))


def rows(folder: Path, query: str) -> list[tuple[Any, ...]]:
    """Return what a query finds in a demo's database."""
    with closing(sqlite3.connect(f"file:{folder / 'gateway.db'}?mode=ro", uri=True)) as connection:
        return connection.execute(query).fetchall()


def tables(folder: Path) -> list[str]:
    """Return the names of all tables but the one that counts requests by the minute."""
    found = rows(folder, "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
    return [name for (name,) in found if name != "request_count"]


def counts(folder: Path, names: Sequence[str] | None = None) -> dict[str, int]:
    """Return how many rows each table has."""
    return {
        name: rows(folder, f"SELECT count(*) FROM {name}")[0][0]  # noqa: S608  names of our own tables
        for name in names or tables(folder)
    }


def digest(folder: Path, table: str, condition: str = "TRUE") -> str:
    """Return a digest of the rows of a table for which a condition holds."""
    found = rows(folder, f"SELECT * FROM {table} WHERE {condition}")  # noqa: S608  names of our own tables
    return hashlib.sha256("\n".join(sorted(map(repr, found))).encode()).hexdigest()


def files(folder: Path) -> dict[str, str]:
    """Return every file below a folder with the digest of its bytes."""
    return {
        str(file.relative_to(folder)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }


def _command(*arguments: str | Path) -> list[str]:
    return [sys.executable, "-m", "gateway", *map(str, arguments)]


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("GATEWAY_")}
