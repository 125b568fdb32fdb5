"""Guards ADR 0001: a package or module `queue` of ours would shadow the standard library's."""

import queue
import sysconfig
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_no_python_file_stands_in_the_queue_folder() -> None:
    assert (ROOT / "queue" / "outbox" / "__init__.py").is_file()
    assert [path.name for path in (ROOT / "queue").glob("*.py*")] == []


def test_queue_is_the_standard_librarys() -> None:
    assert Path(queue.__file__).parent == Path(sysconfig.get_path("stdlib"))


def test_no_test_folder_is_called_queue() -> None:
    assert not list((ROOT / "tests").rglob("queue"))
