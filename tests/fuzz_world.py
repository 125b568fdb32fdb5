"""A real installation to be fuzzed: the program `gateway serve` over a database with a handful of made-up people."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zlib import crc32

from hypothesis import HealthCheck, Phase, Verbosity, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.core.result import Ok
from schemathesis.openapi import from_url
from schemathesis.schemas import APIOperation, BaseSchema
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from gateway.bootstrap import Gateway
from gateway.mapping.journal_records import KINDS
from gateway.model.access import Scope
from gateway.model.journal_records import KEYS, RecordKind
from gateway.model.record_shape import RosterKind, label_of, shape_of_kind
from gateway.settings import PREFIX, Settings, WebSettings
from gateway.web.record_addresses import segment_from
from tests.diary_world import OWN, SCHOOL, World

CHECKED = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
"""What is asked of every answer: it is none of 5xx, and everything about it stands in the description."""

KNOWN = {
    RosterKind.PUPILS: OWN,
    RosterKind.GUARDIANS: "g-mother",
    RosterKind.STAFF: "s-1",
    RosterKind.CLASSES: "c-5a",
    RecordKind.SUBJECTS: "math",
    RecordKind.LESSONS: "lesson-1",
}
"""Records that are there, so that some of what is made up leads somewhere."""


@dataclass(frozen=True)
class Fuzzed:
    """A running service, and a token that opens everything."""

    url: str
    token: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


@contextmanager
def served(folder: Path, *, database_url: str = "") -> Iterator[Fuzzed]:
    """Run `gateway serve` over a fresh database."""
    url = database_url or f"sqlite:///{folder / 'gateway.db'}"
    settings_here = Settings(database_url=url, data_folder=folder, archive_folder=folder, web=WebSettings(port=0))
    with Gateway(settings_here) as gateway:
        gateway.upgrade_database()
        World(folder, url=url).close()
        clients = gateway.clients
        credentials = clients.add(SCHOOL, "fuzz", tuple(Scope), by="test")
        client = clients.authenticate(credentials.client_id, credentials.secret)
        issued = client and clients.issue(client, frozenset())
        assert issued
    environment = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    environment |= {
        f"{PREFIX}DATABASE_URL": url,
        f"{PREFIX}DATA_FOLDER": str(folder),
        f"{PREFIX}WEB_PORT": "0",
    }
    log = folder / "serve.log"
    with (
        log.open("w") as errors,
        subprocess.Popen(
            [sys.executable, "-m", "gateway", "serve", "--json"],
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            env=environment,
            cwd=folder,
        ) as server,
    ):
        try:
            assert server.stdout
            line = server.stdout.readline()
            assert line, log.read_text()
            yield Fuzzed(url=json.loads(line)["address"], token=issued.token)
        finally:
            server.terminate()


def description(fuzzed: Fuzzed) -> BaseSchema:
    """Return the service's own description, as the fuzzer has it."""
    return from_url(f"{fuzzed.url}/openapi.json", headers=fuzzed.headers)


@dataclass(frozen=True)
class Found:
    """Which statuses each operation answered, and what was not as described."""

    statuses: dict[str, set[int]] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)


def fuzz(fuzzed: Fuzzed, *, mode: GenerationMode, examples: int, thorough: bool = False) -> Found:
    """Call operations with made-up values, valid or broken.

    All kinds of record share their views: of each kind one operation in turn is called, unless it is to be thorough.
    What is made up is the same each time, unless it is to be thorough.
    """
    result = Found()
    operations = [found.ok() for found in description(fuzzed).get_all_operations() if isinstance(found, Ok)]
    of_records = [one for one in operations if "records" in (one.tags or ())]
    left_out = [] if thorough else [one for number, one in enumerate(of_records) if number % 3 != number // 3 % 3]
    for operation in (one for one in operations if one not in left_out):
        name = f"{operation.method.upper()} {operation.path}"
        try:
            result.statuses[name] = _statuses(operation, fuzzed, mode=mode, examples=examples, seed=not thorough)
        except FailureGroup as failures:
            result.failures.append(f"{name}: {failures}")
        except Unsatisfiable:  # nothing that could be sent is broken
            result.statuses[name] = set()
    return result


def _statuses(
    operation: APIOperation[Any, Any, Any, Any], fuzzed: Fuzzed, *, mode: GenerationMode, examples: int, seed: bool
) -> set[int]:
    statuses: set[int] = set()

    @settings(
        max_examples=examples,
        derandomize=seed,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        verbosity=Verbosity.quiet,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def answers_as_described(case: Any) -> None:
        if mode is GenerationMode.POSITIVE:
            aim(case)
        answer = case.call(headers=fuzzed.headers)
        statuses.add(answer.status_code)
        case.validate_response(answer, checks=CHECKED)

    answers_as_described()
    return statuses


def aim(case: Any) -> None:
    """Let a made-up request mean something: links lead to records that are there, keys fit the records."""
    kind = KINDS.get(case.operation.path.removeprefix("/api/v1/journal/").partition("/")[0])
    if kind is None or not case.operation.path.endswith("/{key}"):
        return
    if isinstance(case.body, dict):
        case.body = _linked(kind, case.body)
        key = tuple(str(case.body.get(label_of(part), "")) for part in KEYS[kind])
        case.path_parameters["key"] = _quoted(segment_from(key))
        if crc32(json.dumps(case.body, sort_keys=True).encode()) % 2:
            case.headers["If-Match"] = "*"
    elif crc32(str(case.path_parameters["key"]).encode()) % 2 and kind in KNOWN:
        case.path_parameters["key"] = KNOWN[kind]


def _linked(kind: RecordKind, body: Mapping[str, Any]) -> dict[str, Any]:
    linked = {
        field.label: [KNOWN[field.links_to]] if field.many else KNOWN[field.links_to]
        for field in shape_of_kind(kind).fields
        if field.links_to in KNOWN and field.label in body
    }
    return {**body, **linked}


def _quoted(segment: str) -> str:
    return segment
