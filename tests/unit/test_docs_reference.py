"""The reference lists exactly what is there: settings, error codes, commands, routes."""

from __future__ import annotations

import ast
import dataclasses
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, get_type_hints

import click
import pytest

from gateway.cli.doctor import SAID_OF_STOPS
from gateway.cli.doctor_queue import FINDING_WORDS
from gateway.cli.main import main
from gateway.delivery.outcomes import QUEUE_WORDS
from gateway.errors import Party
from gateway.mapping.journal_records import KIND_LABELS
from gateway.settings import PREFIX, ScheduleSettings, Settings
from gateway.web.description import openapi

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "docs" / "reference"
CODE = re.compile(r"[a-z_]+\.[a-z0-9_*]+")
UNREADABLE = "unreadable_payload"
"""The one code of the queue that is not written where it is given."""
SEPARATORS = re.compile(r"(?<!\\)\|")


def table_rows(page: str) -> list[list[str]]:
    """Return the cells of every table row whose first cell is code."""
    lines = (REFERENCE / page).read_text("utf-8").splitlines()
    return [
        [cell.strip() for cell in SEPARATORS.split(line.strip().strip("|"))] for line in lines if line.startswith("| `")
    ]


def code_in(cell: str) -> str:
    """Return the first code of a cell."""
    return cell.split("`")[1]


# settings


def all_settings() -> Iterator[tuple[str, Any, bool]]:
    """Yield name, default and secrecy of every setting."""
    hints = get_type_hints(Settings)
    for one in dataclasses.fields(Settings):
        kind = hints[one.name]
        if dataclasses.is_dataclass(kind):
            for inner in dataclasses.fields(kind):
                yield f"{one.name}.{inner.name}", inner.default, bool(inner.metadata.get("secret"))
        elif one.name == "schedules":
            yield from ((f"schedules[].{inner.name}", inner.default, False) for inner in dataclasses.fields(kind_of()))
        elif one.name in {"destinations", "rosters"}:
            yield f"{one.name}.*", "", False
        else:
            yield one.name, one.default, bool(one.metadata.get("secret"))


def kind_of() -> type[ScheduleSettings]:
    """Return what a line of the schedules is."""
    return ScheduleSettings


def shown(default: Any) -> str:
    """Return a default as the page writes it."""
    if default is dataclasses.MISSING:
        return "required"
    if isinstance(default, bool):
        return f"`{str(default).lower()}`"
    return "–" if default == "" else f"`{default}`"


def variable(name: str) -> str:
    """Return the environment variable of a setting; schedules and destinations have none."""
    return "–" if "[]" in name or "*" in name else f"`{PREFIX}{name.replace('.', '_').upper()}`"


def test_settings_are_listed_with_default_variable_and_secrecy() -> None:
    documented = [tuple(row[:4]) for row in table_rows("settings.md")]
    actual = [
        (f"`{name}`", shown(default), variable(name), "yes" if secret else "")
        for name, default, secret in all_settings()
    ]
    assert sorted(documented) == sorted(actual)


# errors


def literal(node: ast.expr | None) -> str | None:
    """Return a string as written, a formatted one with ``*`` for what is put in."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "*" for part in node.values)
    return None


def code_positions(trees: list[ast.Module]) -> Mapping[str, int]:
    """Return, for everything of ours that takes a ``code``, the place of that argument."""
    places: dict[str, int] = {}
    classes: list[ast.ClassDef] = []
    for tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                classes.append(node)
                for method in node.body:
                    if isinstance(method, ast.FunctionDef) and method.name == "__init__":
                        places |= _place(node.name, [one.arg for one in method.args.args[1:]])
            elif isinstance(node, ast.FunctionDef):
                places |= _place(node.name, [one.arg for one in node.args.args])
    while heirs := {
        one.name: places[base.id]
        for one in classes
        for base in one.bases
        if isinstance(base, ast.Name) and base.id in places and one.name not in places
    }:
        places |= heirs
    return places


def _place(name: str, arguments: list[str]) -> dict[str, int]:
    return {name: arguments.index("code")} if "code" in arguments else {}


def codes_in(tree: ast.Module, places: Mapping[str, int]) -> Iterator[str]:
    """Yield every error code that a module writes down."""
    for node in ast.walk(tree):
        found: list[ast.expr | None] = []
        match node:
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), args=arguments, keywords=keywords):
                found = [keyword.value for keyword in keywords if keyword.arg == "code"]
                if name in places and len(arguments) > places[name]:
                    found.append(arguments[places[name]])
            case ast.Tuple(elts=[first, *others]) if any(_is_text(other) for other in others):
                found = [first]
            case ast.Assign(targets=[ast.Name(id="code")], value=value):
                found = [value]
            case _:
                continue
        for one in found:
            branches = [one.body, one.orelse] if isinstance(one, ast.IfExp) else [one]
            yield from (text for text in map(literal, branches) if text and CODE.fullmatch(text))


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Text"


@cache
def modules(folder: Path) -> list[ast.Module]:
    """Return the parsed modules of a folder."""
    return [ast.parse(file.read_text("utf-8")) for file in sorted(folder.rglob("*.py"))]


def test_every_error_code_is_listed_and_no_other() -> None:
    trees = modules(ROOT / "gateway")
    places = code_positions(trees)
    used = {code for tree in trees for code in codes_in(tree, places)}
    documented = {re.sub(r"<\w+>", "*", code_in(row[0])) for row in table_rows("errors.md") if "." in code_in(row[0])}
    assert len(used) > 100
    assert documented == used


def codes_of_the_queue(*, of_findings: bool) -> set[str | None]:
    """Return the codes that the queue gives its failures, or its findings about itself."""
    return {
        literal(keyword.value)
        for tree in modules(ROOT / "queue" / "outbox")
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        if (isinstance(node.func, ast.Name) and node.func.id == "Finding") is of_findings
        for keyword in node.keywords
        if keyword.arg == "code" and isinstance(keyword.value, ast.Constant)
    }


def test_the_codes_of_the_queue_itself_are_listed() -> None:
    used = codes_of_the_queue(of_findings=False) | {UNREADABLE}
    documented = {code_in(row[0]) for row in table_rows("errors.md") if "." not in code_in(row[0])}
    assert documented == used


def test_the_codes_of_the_queue_itself_are_told_in_words() -> None:
    assert QUEUE_WORDS.keys() == codes_of_the_queue(of_findings=False) | {UNREADABLE}


def test_what_the_queue_finds_wrong_is_told_in_words() -> None:
    assert FINDING_WORDS.keys() >= codes_of_the_queue(of_findings=True) - SAID_OF_STOPS


def test_who_acts_is_a_party_we_know() -> None:
    named = {row[3] for row in table_rows("errors.md")}
    assert named <= {party.value for party in Party}


@pytest.mark.parametrize(
    ("source", "codes"),
    [
        ('raise GatewayError("a.b", text)', ["a.b"]),
        ('RequestRefused(status, "a.b", text)', ["a.b"]),
        ('Fault(code="a.b", text=text)', ["a.b"]),
        ('Fault(code="a.b" if x else "a.c")', ["a.b", "a.c"]),
        ('PermanentError(f"a.b_{status}", text)', ["a.b_*"]),
        ('TABLE = {"X": ("a.b", who, Text(ru="", en=""))}', ["a.b"]),
        ('url_for("console.overview")', []),
    ],
)
def test_codes_are_found_where_they_are_written(source: str, codes: list[str]) -> None:
    places = code_positions(modules(ROOT / "gateway"))
    assert list(codes_in(ast.parse(source), places)) == codes


# commands


def all_commands(group: click.Group, *above: str) -> Iterator[tuple[str, frozenset[str]]]:
    """Yield every command with its arguments and options, without ``--json`` and ``--help``, which all have."""
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from all_commands(command, *above, name)
            continue
        asked = (
            one.opts[0] if isinstance(one, click.Option) else (one.metavar or one.human_readable_name or "").upper()
            for one in command.params
        )
        yield " ".join((*above, name)), frozenset(asked) - {"--json"}


def test_commands_are_listed_with_their_options() -> None:
    documented = {
        code_in(row[0]).removeprefix("gateway "): frozenset(re.findall(r"`([^`]+)`", row[1]))
        for row in table_rows("commands.md")
    }
    assert documented == dict(all_commands(main))


# routes


KINDS = re.compile(rf"^/api/v1/journal/({'|'.join(KIND_LABELS.values())})(?=/|$)")
"""Addresses that every kind of record has: the page names them once."""


def all_routes() -> Iterator[tuple[str, str]]:
    """Yield method and path, and the scope, of everything that the machine-readable description has."""
    for path, methods in openapi()["paths"].items():
        for method, about in methods.items():
            scopes = [scope for one in about.get("security", []) for scope in one.get("oauth", [])]
            route = f"{method.upper()} {KINDS.sub('/api/v1/journal/{kind}', path)}"
            yield route, f"`{scopes[0]}`" if scopes else "–"


def test_routes_are_listed_with_their_scopes() -> None:
    documented = [
        (code_in(row[0]), scope.strip())
        for row in table_rows("http.md")
        if " " in row[0]
        for scope in row[1].split(",")
    ]
    assert sorted(documented) == sorted(set(all_routes()))
