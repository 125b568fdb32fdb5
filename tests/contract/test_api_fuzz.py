"""The real service is called with whatever its own description allows, and with what it does not: it keeps its word.

No answer is a 500, and of every answer status, media type, headers and body stand in ``/openapi.json``. ``script/fuzz``
does the same for longer, with every operation and other values each time.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from schemathesis import GenerationMode
from sqlalchemy import URL

from tests.fuzz_world import Fuzzed, description, fuzz, served

THOROUGH = "FUZZ_EXAMPLES" in os.environ
EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "2"))
LEAST_OPERATIONS = 60


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fuzzed]:
    with served(tmp_path_factory.mktemp("fuzz")) as fuzzed:
        yield fuzzed


def test_the_description_is_one(fuzzed: Fuzzed) -> None:
    description(fuzzed).validate()


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["valid", "broken"])
def test_every_answer_is_as_described(fuzzed: Fuzzed, mode: GenerationMode) -> None:
    found = fuzz(fuzzed, mode=mode, examples=EXAMPLES, thorough=THOROUGH)
    assert not found.failures, "\n\n".join(found.failures)
    assert len(found.statuses) >= LEAST_OPERATIONS
    answered = set().union(*found.statuses.values())
    assert answered >= ({200, 201, 404, 422} if mode is GenerationMode.POSITIVE else {400, 422})


@pytest.mark.postgres
def test_the_same_on_postgresql(tmp_path: Path, postgres_url: URL) -> None:
    with served(tmp_path, database_url=postgres_url.render_as_string(hide_password=False)) as fuzzed:
        found = fuzz(fuzzed, mode=GenerationMode.POSITIVE, examples=1)
    assert not found.failures, "\n\n".join(found.failures)
