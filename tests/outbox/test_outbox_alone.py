"""The queue is a library in its own right: packed alone, with what it needs and nothing else."""

import ast
import re
import subprocess
import sys
import tomllib
import zipfile
from os import pathsep
from pathlib import Path

import pytest
from hatchling.build import build_wheel

ROOT = Path(__file__).resolve().parents[2]
ALONE = tomllib.loads((ROOT / "queue" / "pyproject.toml").read_text(encoding="utf-8"))["project"]
GATEWAY = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

IMPORTED_AS = {"prometheus-client": "prometheus_client"}
# Nothing imports it: the time zones of `zoneinfo`, where the system has none.
DATA = {"tzdata"}


def name_of(requirement: str) -> str:
    name = re.split(r"[\[><=;]", requirement)[0]
    return IMPORTED_AS.get(name, name)


def imports_of(module: Path) -> set[str]:
    """Return what a module imports at its top, whole names, without what is for type checkers only."""
    found: set[str] = set()
    for node in ast.parse(module.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return {name.partition(".")[0] for name in found} - sys.stdlib_module_names - {"outbox"}


def test_it_declares_what_it_imports_and_nothing_else() -> None:
    imported = {path.name: imports_of(path) for path in (ROOT / "queue" / "outbox").rglob("*.py")}
    assert imported.pop("metrics.py") - {"sqlalchemy"} == {name_of(one) for one in metrics()}
    assert set().union(*imported.values()) == {name_of(one) for one in ALONE["dependencies"]} - DATA


def metrics() -> list[str]:
    found: list[str] = ALONE["optional-dependencies"]["metrics"]
    return found


def test_it_asks_for_the_same_versions_as_the_gateway() -> None:
    extras = [one for extra in ALONE["optional-dependencies"].values() for one in extra]
    assert {*ALONE["dependencies"], *extras} <= {*GATEWAY["dependencies"]}
    assert (ALONE["version"], ALONE["requires-python"]) == (GATEWAY["version"], GATEWAY["requires-python"])


PROGRAM = """
import sys
for absent in ("psycopg", "prometheus_client", "gateway", "flask"):
    sys.modules[absent] = None
from datetime import UTC, datetime, timedelta
import outbox
engine = outbox.sqlite_engine(sys.argv[1])
outbox.migrate(engine)
with engine.begin() as connection:
    new = outbox.NewMessage(destination="d", kind="k", payload=b"x")
    outbox.enqueue(connection, new, now=datetime.now(UTC))
drained = outbox.Worker(engine, {"d": lambda message: outbox.Delivered()}, name="w").drain(within=timedelta(minutes=1))
print(outbox.__file__, drained)
"""


def test_packed_alone_it_works_on_sqlite_without_the_drivers_that_it_does_not_need(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT / "queue")
    wheel = build_wheel(str(tmp_path))
    with zipfile.ZipFile(tmp_path / wheel) as packed:
        packed.extractall(tmp_path / "site")
    path = pathsep.join([str(tmp_path / "site"), *(entry for entry in sys.path if entry.endswith("site-packages"))])
    ran = subprocess.run(
        [sys.executable, "-S", "-c", PROGRAM, str(tmp_path / "queue.db")],
        env={"PYTHONPATH": path},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.stdout.split(), ran.stderr) == ([str(tmp_path / "site" / "outbox" / "__init__.py"), "True"], "")
