"""The command ``gateway``."""

from __future__ import annotations

import gc
import os
import signal
import sys
from pathlib import Path
from threading import Thread

import click

from gateway import __version__
from gateway.cli import (
    access,
    archive,
    audit,
    correction,
    database,
    doctor,
    exports,
    gradebook,
    incident,
    journal,
    person,
    queue,
    report,
    roster,
    sandbox,
    schema,
    serving,
    signing,
    steps,
    year,
)
from gateway.cli import demo as demo_commands
from gateway.cli.context import Session


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    default=None,
    help="Settings file; else GATEWAY_CONFIG, else ./gateway.toml.",
)
@click.option(
    "--until-eof", is_flag=True, hidden=True, help="End when standard input ends: for programs that start us."
)
@click.version_option(__version__, prog_name="gateway")
@click.pass_context
def main(context: click.Context, config: Path | None, until_eof: bool) -> None:  # noqa: FBT001  click passes a flag
    """Keep a school's electronic journal in sync with everybody outside it.

    Exit codes: 0 done, 1 not done (stderr says what and who has to act), 2 asked wrongly.
    """
    gc.freeze()  # what is loaded by now stays to the end: a batch makes the collector look through it a hundred times
    context.obj = Session(file=config)
    if until_eof:
        Thread(target=_end_with_input, name="until-eof", daemon=True).start()


def _end_with_input() -> None:
    """Wait until whoever holds the other end of standard input is gone, however it died; then end in order."""
    while os.read(sys.stdin.fileno(), 1024):  # past the buffer, whose lock the interpreter takes when it ends
        pass
    os.kill(os.getpid(), signal.SIGTERM)


for _module in (
    demo_commands,
    serving,
    sandbox,
    database,
    doctor,
    access,
    steps,
    roster,
    person,
    journal,
    exports,
    gradebook,
    journal,
    queue,
    archive,
    signing,
    schema,
    audit,
    report,
    incident,
    correction,
    year,
):
    _module.add_to(main)
