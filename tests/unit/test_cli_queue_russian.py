"""The queue's commands answer in Russian where the settings say so: help, columns, states, reasons, moments."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from gateway.bootstrap import Gateway
from gateway.cli import queue_titles
from gateway.cli.main import main
from gateway.cli.queue import queue
from gateway.cli.queue_russian import RUSSIAN
from gateway.cli.queue_words import MOVE_REFUSALS, told
from gateway.errors import GatewayError
from gateway.settings import read_settings
from outbox import MessageId, NewMessage, NotAllowedError, moving
from tests.sqlite_files import upgraded_file

REASON = ("--reason", "проверено")
LATIN_WORD = re.compile(r"[a-z]{3,}_?[a-z]*")

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Give the commands over an installation that speaks Russian and has a message to the portal."""
    file = tmp_path / "gateway.toml"
    file.write_text(f'database_url = "sqlite:///{tmp_path / "gateway.db"}"\n', encoding="utf-8")

    def run(*arguments: str, **environment: str) -> Result:
        return CliRunner().invoke(main, ("--config", str(file), *arguments), catch_exceptions=False, env=environment)

    upgraded_file(tmp_path / "gateway.db")
    with Gateway(read_settings(file, {})) as gateway:
        gateway.desk.enqueue(
            NewMessage(destination="portal", kind="mark.added", payload=b"{}", ordering_key="a", subject="pupil-1")
        )
    return run


def commands(group: click.Group, *above: str) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    yield above, group
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, *above, name)
        else:
            yield (*above, name), command


def helps() -> Iterator[str]:
    for _, command in commands(queue):
        texts = [command.help, *(one.help for one in command.params if isinstance(one, click.Option))]
        yield from (" ".join(inspect.cleandoc(text).split()) for text in texts if text)


def test_every_help_text_has_russian_words_and_no_other() -> None:
    assert set(helps()) | {"Show this message and exit."} == RUSSIAN.keys()


def test_every_option_has_a_help_text() -> None:
    without = [
        (names, one.name)
        for names, command in commands(queue)
        for one in command.params
        if isinstance(one, click.Option) and not one.help
    ]
    assert without == []


@pytest.mark.parametrize("names", dict(commands(queue)), ids=" ".join)
def test_help_is_in_the_language_of_the_settings(run: Run, names: tuple[str, ...]) -> None:
    russian = run("queue", *names, "--help").stdout
    assert russian.startswith("Использование: ")
    assert "Параметры:" in russian
    assert "Показать эту подсказку." in russian
    english = run("queue", *names, "--help", GATEWAY_LANGUAGE="en").stdout
    assert english.startswith("Usage: ")
    assert not re.search("[а-я]", english)


def test_commands_of_a_group_are_listed_in_russian(run: Run) -> None:
    listed = run("queue", "--help").stdout.partition("Команды:")[2]
    assert re.search(r"pause +Ничего больше не отправлять получателю", listed)


@pytest.mark.parametrize(
    "arguments",
    [
        ("list",),
        ("depth",),
        ("causes",),
        ("lanes",),
        ("destinations",),
        ("decisions",),
        ("schedules",),
        ("rebuild", "portal"),
        ("answer", "strays"),
        ("tally", "portal"),
    ],
    ids=" ".join,
)
def test_columns_are_called_in_russian(run: Run, arguments: tuple[str, ...]) -> None:
    heading, *_ = run("queue", *arguments).stdout.splitlines()
    assert not LATIN_WORD.search(heading.replace("cron", "")), heading
    assert re.search("[а-я]", heading)


def test_every_column_and_entry_that_programs_get_has_a_russian_name(run: Run) -> None:
    seen: set[str] = set()
    for arguments in (("list",), ("depth",), ("lanes",), ("destinations",), ("tally", "portal"), ("schedules",)):
        [first, *_] = json.loads(run("queue", *arguments, "--json").stdout)
        seen |= first.keys()
    answering: list[tuple[str, ...]] = [("lane", "show", "portal", "a"), ("purge",), ("pause", "portal", *REASON)]
    for command in answering:
        seen |= json.loads(run("queue", *command, "--json").stdout).keys()
    assert seen - queue_titles.TITLES.keys() == set()


def test_states_moments_and_decisions_are_told_in_russian(run: Run) -> None:
    [message] = [one["id"] for one in json.loads(run("queue", "list", "--json").stdout)]
    assert "готово к отправке" in run("queue", "list").stdout
    assert "готова к отправке" in run("queue", "lanes").stdout
    paused = run("queue", "lane", "pause", "portal", "a", *REASON)
    assert paused.stdout.splitlines() == ["выполнено: да", "изменено: да"]
    shown = run("queue", "lane", "show", "portal", "a").stdout
    assert "состояние: стоит\nпричина: полоса приостановлена\n" in shown
    moment = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[+-]\d\d:\d\d"
    assert re.search(rf"\n  когда {moment}, кто \S+, решение Приостановить полосу", shown)
    assert "состояние: готово к отправке" in run("queue", "show", message).stdout


def test_moments_in_lists_have_their_distance_from_utc(run: Run) -> None:
    assert re.search(r"\d\d:\d\d:\d\d[+-]\d\d:\d\d", run("queue", "list").stdout)


def test_refusals_have_no_english_reason(run: Run) -> None:
    [message] = [one["id"] for one in json.loads(run("queue", "list", "--json").stdout)]
    ended = run("queue", "release", message, *REASON)
    assert "сообщение в состоянии «готово к отправке»." in ended.stderr
    assert run("queue", "stop", *REASON).stderr == ""
    again = run("queue", "stop", *REASON)
    assert again.stderr.startswith(
        "Предупреждение: queue.nothing_changed: Ничего не изменилось: всё уже остановлено с "
    )


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("dead and finished", "сообщение в состоянии «остановлено» и завершено"),
        ("behind a message in flight", "первое сообщение полосы как раз отправляется"),
        ("not at the head of its lane", "оно уже не первое в своей полосе"),
    ],
)
def test_why_a_decision_does_not_fit_is_told_in_russian(state: str, words: str) -> None:
    with pytest.raises(GatewayError) as caught, told():
        raise NotAllowedError("skip", MessageId("m"), state, wanted="something else")
    assert words in caught.value.text.ru


def test_a_refused_move_is_told_in_russian_as_the_queue_tells_it() -> None:
    source = inspect.getsource(moving)
    sentences = source.replace("{which}", "source") + source.replace("{which}", "target")
    assert [start for start in MOVE_REFUSALS if start not in sentences] == []


def test_a_worker_that_is_not_well_is_told_in_russian(run: Run, tmp_path: Path) -> None:
    ended = run("queue", "health", GATEWAY_WORKER_HEALTH_FILE=str(tmp_path / "none"))
    assert "файл здоровья не читается: обработчик не запускался или оборван" in ended.stderr
