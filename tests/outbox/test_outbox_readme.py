"""What the README shows works as it stands."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import URL, func, select

import outbox
from outbox import tables

README = Path(outbox.__file__).with_name("README.md")
SOON = timedelta(minutes=1)
SERVER = "postgresql+psycopg://…"


@dataclass
class Reader:
    """Somebody who types in what stands there, the quickstart first, and has something to deliver with."""

    names: dict[str, Any] = field(default_factory=dict)
    posted: list[tuple[bytes, str]] = field(default_factory=list)
    status: int = 200

    def __post_init__(self) -> None:
        self.names["http_post"] = self.http_post

    def http_post(self, payload: bytes, *, message_id: str) -> Any:
        self.posted.append((payload, message_id))
        return SimpleNamespace(status=self.status, receipt="R-1", body=b"ok")

    def type_in(self, program: str, *, replace: Mapping[str, str] | None = None) -> None:
        for shown, meant in (replace or {}).items():
            assert shown in program
            program = program.replace(shown, meant)
        exec(compile(program, str(README), "exec"), self.names)  # noqa: S102  our own file

    def deliver(self, payload: bytes) -> None:
        """Enqueue a report and let the worker of the README deliver it, to whatever answer the status is."""
        engine = self.names["engine"]
        new = outbox.NewMessage(destination="authority", kind="report", payload=payload)
        with engine.begin() as connection:
            outbox.enqueue(connection, new, now=datetime.now(UTC))
        outbox.Worker(engine, {"authority": self.names["send"]}, name="w").drain(within=SOON)

    def entry(self) -> outbox.Entry:
        """Return the latest message."""
        with self.names["engine"].connect() as connection:
            return outbox.find(connection, limit=1000).entries[0]


def programs() -> dict[str, str]:
    """Return the README's blocks of Python by the heading under which they stand and their number there."""
    found: dict[str, str] = {}
    for section in re.split(r"\n##+ ", README.read_text(encoding="utf-8"))[1:]:
        heading = section.partition("\n")[0]
        blocks = re.findall(r"```python\n(.*?)```", section, flags=re.DOTALL)
        found |= {f"{heading} {number}": block for number, block in enumerate(blocks, start=1)}
    return found


PROGRAMS = programs()


@pytest.fixture
def reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Reader]:
    """Give somebody who has read the quickstart."""
    monkeypatch.chdir(tmp_path)
    reader = Reader()
    reader.type_in(PROGRAMS["Quickstart 1"])
    yield reader
    for name in ("engine", "target"):
        if name in reader.names:
            reader.names[name].dispose()


def the_quickstart_delivers(reader: Reader) -> None:
    [(payload, message_id)] = reader.posted
    assert payload == b"<report/>"
    entry = reader.entry()
    assert (entry.id, entry.state, entry.receipt) == (message_id, outbox.State.DONE, "R-1")


def nothing_is_wrong_and_another_revision_would_be(reader: Reader, told: Callable[[], str]) -> None:
    reader.type_in(PROGRAMS["Quickstart 2"])
    assert told() == ""
    with reader.names["engine"].begin() as connection:
        connection.exec_driver_sql("UPDATE outbox_version SET version_num = '9999'")
    with pytest.raises(outbox.SchemaMismatchError):
        reader.type_in(PROGRAMS["Quickstart 2"])


def policies_in_code(reader: Reader) -> None:
    reader.type_in(PROGRAMS["Quickstart 2"])
    reader.type_in(PROGRAMS["How a destination is treated 1"])
    policy = reader.names["policies"]["authority"]
    assert outbox.Policy.from_mapping(policy.to_mapping()).to_mapping() == policy.to_mapping()
    assert policy.kind("report").dead_head is outbox.DeadHead.BLOCK
    assert policy.kind("another").dead_head is outbox.DeadHead.SKIP


def policies_as_data(reader: Reader) -> None:
    reader.type_in(PROGRAMS["Quickstart 2"])
    reader.type_in(PROGRAMS["How a destination is treated 2"])
    policy = reader.names["read"]["authority"]
    assert policy.rate == outbox.Rate(messages=10, per=timedelta(seconds=1), burst=5)
    assert policy.kind("report").dead_head is outbox.DeadHead.BLOCK
    assert policy.windows.zone.key == "Europe/Moscow"


def the_second_answer(reader: Reader) -> None:
    reader.type_in(PROGRAMS["Two-level receipts 1"])
    entry = reader.entry()
    assert (entry.destination, entry.state, entry.acceptance) == ("registry", outbox.State.DONE, "decision 17")


def schedules(reader: Reader) -> None:
    reader.type_in(PROGRAMS["Schedules 1"])
    # The last working days of the two terms: 28 December, since 29 is closed, and 31 May, a Monday.
    assert [f"{tick:%Y-%m-%d %H:%M}" for tick in reader.names["coming"]] == ["2026-12-28 15:00", "2027-05-31 15:00"]
    assert reader.names["worker"].drain(within=SOON)
    with reader.names["engine"].connect() as connection:
        assert outbox.schedules(connection).keys() == {"summary", "term-closing"}


def repair_and_replay(reader: Reader, told: Callable[[], str]) -> None:
    reader.status = 422
    reader.deliver(b"<class>5A</class>")
    refused = reader.entry()
    reader.deliver(b"<class>6b</class>")
    assert refused.state is outbox.State.DEAD
    reader.type_in(PROGRAMS["Repair and replay 1"])
    assert told().startswith("2 authority refused not accepted\n")
    assert reader.names["replayed"].sent == [refused.id]
    reader.status = 200
    outbox.Worker(reader.names["engine"], {"authority": reader.names["send"]}, name="w").drain(within=SOON)
    assert reader.posted[-1] == (b"<class>5a</class>", refused.id)


def metrics(reader: Reader, told: Callable[[], str]) -> None:
    reader.type_in(PROGRAMS["Metrics 1"])
    assert "outbox_up 1.0" in told()
    assert reader.names["worker"].drain(within=SOON)


WITHOUT_SERVER: Mapping[str, Callable[..., None]] = {
    "Quickstart 1": the_quickstart_delivers,
    "Quickstart 2": nothing_is_wrong_and_another_revision_would_be,
    "How a destination is treated 1": policies_in_code,
    "How a destination is treated 2": policies_as_data,
    "Two-level receipts 1": the_second_answer,
    "Schedules 1": schedules,
    "Repair and replay 1": repair_and_replay,
    "Metrics 1": metrics,
}


@pytest.mark.parametrize("block", WITHOUT_SERVER)
def test_a_block_does_what_is_said_of_it(block: str, reader: Reader, capsys: pytest.CaptureFixture[str]) -> None:
    proof = WITHOUT_SERVER[block]
    if "told" in proof.__annotations__:
        proof = partial(proof, told=lambda: capsys.readouterr().out)
    proof(reader)


@pytest.mark.postgres
def test_the_queue_is_moved_to_postgresql(reader: Reader, new_postgres: Callable[[], URL]) -> None:
    reader.type_in(PROGRAMS["Quickstart 2"])
    address = new_postgres().render_as_string(hide_password=False)
    reader.type_in(PROGRAMS["Moving 1"], replace={SERVER: address})
    with reader.names["target"].connect() as connection:
        assert connection.execute(select(func.count()).select_from(tables.message)).scalar_one() == 1
    with pytest.raises(outbox.DestinationClosedError, match="moved to"):
        reader.deliver(b"too late")


def test_no_block_goes_untested() -> None:
    assert PROGRAMS.keys() == {*WITHOUT_SERVER, "Moving 1"}


def test_every_name_that_the_readme_writes_as_code_exists() -> None:
    text = README.read_text(encoding="utf-8")
    called = set(re.findall(r"`([a-z_]+)\(", text)) | set(re.findall(r"`([A-Z][A-Za-z]+)(?:\(|`|\.)", text))
    known = set(outbox.__all__) | {"ManualClock", "READ", "IMMEDIATE", "RED", "LISTEN", "ValueError"}
    assert called - known - {"memory_engine"} == set()
