"""``gateway demo``: the whole road on a made-up school."""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from threading import Event

import click
from rich.console import Console
from rich.status import Status

from gateway.cli.context import Session, command
from gateway.cli.output import FAILED, Voice
from gateway.demo.road import Tell
from gateway.demo.run import DemoOptions, DemoResult, running_demo

_LOOK_SECONDS = 1.0
"""How often the demo looks whether its programs still run."""


def add_to(main: click.Group) -> None:
    """Add the command."""
    command(main, "demo")(demo)


@click.option("--once", is_flag=True, help="Walk the road, print a JSON summary and end.")
@click.option("--school-size", default=600, show_default=True, help="Pupils; beyond 900 they make several schools.")
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("data/demo"),
    show_default=True,
    help="Where the demo keeps its data; a second run goes on with them.",
)
@click.option("--port", default=0, help="Of the web console; a free one without it.")
@click.option("--kill-worker", is_flag=True, help="Kill the worker in the middle of every message, to see it recover.")
def demo(
    session: Session,  # noqa: ARG001  the demo brings its own settings
    voice: Voice,
    once: bool,  # noqa: FBT001  click passes a flag
    school_size: int,
    folder: Path,
    port: int,
    kill_worker: bool,  # noqa: FBT001  click passes a flag
) -> None:
    """Walk the whole road on a made-up school, against emulators of every platform.

    Leaves the web console open and prints its address; --once ends with a JSON summary instead. A second run on the
    same folder changes nothing.
    """
    options = DemoOptions(folder=folder, pupils=school_size, web_port=port, kill_worker=kill_worker, console=not once)
    progress = Console(stderr=True)
    stopped = Event()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(FAILED))  # so that the programs are stopped in order
    with progress.status("starting") as status, running_demo(options, _teller(progress, status)) as result:
        status.stop()
        for problem in result.problems:
            progress.print(problem, style="red", markup=False)
        if once:
            Voice(as_json=True, language=voice.language).answer(result.summary)
        else:
            _tell(voice, result, folder)
            signal.signal(signal.SIGTERM, lambda *_: stopped.set())
            signal.signal(signal.SIGINT, lambda *_: stopped.set())
            while not stopped.wait(_LOOK_SECONDS):
                for program in result.programs:
                    program.check()
    if result.problems:
        raise SystemExit(FAILED)


def _teller(progress: Console, status: Status) -> Tell:
    """Return what tells how far the road is: in place on a terminal, a line a step elsewhere."""
    told: set[str] = set()

    def tell(sentence: str) -> None:
        step = sentence.partition(":")[0]
        if progress.is_terminal:
            status.update(sentence)
        elif step not in told:
            told.add(step)
            click.echo(sentence, err=True)

    return tell


def _tell(voice: Voice, result: DemoResult, folder: Path) -> None:
    for step, figures in result.summary.items():
        voice.answer({step: figures})
    click.echo(f"\nКонсоль / console: {result.console}")
    for person, password in result.passwords.items():
        known = "тот, что задан раньше / the one chosen before"
        click.echo(f"{person.login}: {password or known}")
    click.echo("Пароли одноразовые / the passwords are for one time")
    click.echo(f"Данные / data: {folder}\nОстановить / stop: Ctrl-C")
