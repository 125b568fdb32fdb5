"""Packages laid over each other mean what the life of a record by the specification means, package by package."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from hypothesis import given
from hypothesis import strategies as st

from gateway.adapters.oneroster_files.layers import Layers
from gateway.model.oneroster_life import RecordEvent, RecordState, after
from gateway.schemas.oneroster_csv import Mode, header
from gateway.schemas.oneroster_csv_package import Package

IDS = ("a", "b", "c", "d")
_bulks = st.tuples(st.just(Mode.BULK), st.dictionaries(st.sampled_from(IDS), st.just("")))
_deltas = st.tuples(
    st.just(Mode.DELTA), st.dictionaries(st.sampled_from(IDS), st.sampled_from(["active", "tobedeleted"]))
)
packages_of_courses = st.lists(st.one_of(_bulks, _deltas), max_size=6)
Told = list[tuple[Mode, dict[str, str]]]


class InMemory:
    """A package's one file."""

    names = ("courses.csv",)

    def __init__(self, told: dict[str, str]) -> None:
        moment = {"": "", "active": "2026-11-23T05:00:00.000Z", "tobedeleted": "2026-11-23T05:00:00.000Z"}
        rows = [f"{own},{status},{moment[status]},,T,,,org,," for own, status in told.items()]
        self._content = "\r\n".join([",".join(header("courses")), *rows, ""]).encode()

    @contextmanager
    def open(self, name: str) -> Iterator[IO[bytes]]:
        assert name in self.names
        yield io.BytesIO(self._content)


def layers_of(told: Told) -> Layers:
    return Layers(
        packages=[
            Package(name=str(number), modes={"courses": mode}, files=InMemory(rows))
            for number, (mode, rows) in enumerate(told)
        ]
    )


def by_specification(told: Told) -> set[str]:
    states = dict.fromkeys(IDS, RecordState.NONE)
    for mode, rows in told:
        for own in IDS:
            if mode is Mode.BULK:
                event = RecordEvent.BULK_PRESENT if own in rows else RecordEvent.BULK_ABSENT
            elif own in rows:
                event = RecordEvent.DELTA_ACTIVE if rows[own] == "active" else RecordEvent.DELTA_TO_BE_DELETED
            else:
                continue
            states[own] = after(states[own], event)
    return {own for own, state in states.items() if state.is_there}


@given(packages_of_courses)
def test_what_stands_is_what_the_specification_says(told: Told) -> None:
    layers = layers_of(told)
    rows = list(layers.rows("courses"))
    assert {one.row.id for one in rows if one.stands} == by_specification(told)
    assert len({one.row.id for one in rows}) == len(rows), "one last word on every record"
    assert not layers.conflicts
    assert layers.has_bulk("courses") == any(mode is Mode.BULK for mode, _ in told)
