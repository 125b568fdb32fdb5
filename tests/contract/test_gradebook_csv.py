"""Our CSV packages against the column tables of the binding 1.2.1: bulk, and deltas with tombstones."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from zipfile import ZipFile

import pytest

from gateway.model.journal_records import RecordKind
from gateway.model.pupil_data import Actor
from gateway.provider.csv_export import CsvExport
from gateway.provider.projection import Projection
from tests.diary_world import NOW, SCHOOL, World
from tests.provider_world import DOCUMENTS
from tests.web_world import Site

TABLES = DOCUMENTS.parent
Package = Mapping[str, Sequence[Mapping[str, str]]]
BULK = ("academicSessions", "classes", "courses", "enrollments", "orgs", "roles", "users")


@pytest.fixture
def site(each_site: Site) -> Site:
    return each_site


def package(world: World, **asked: Any) -> tuple[Package, Mapping[str, Sequence[str]], Mapping[str, str]]:
    """Return rows and header of every file of a package, and its manifest."""
    units, readings = world.units(SCHOOL), world.database.readings(SCHOOL)
    projection = Projection(units=units, readings=readings, clock=world.clock, rest=timedelta(0))
    stream = io.BytesIO()
    export = CsvExport(school=SCHOOL, readings=readings, projection=projection, clock=world.clock)
    counted = export.write(stream, **asked)
    rows, headers = {}, {}
    with ZipFile(stream) as archive:
        for name in archive.namelist():
            reader = csv.reader(io.StringIO(archive.read(name).decode("utf-8"), newline=""))
            headers[name] = next(reader)
            rows[name.removesuffix(".csv")] = [dict(zip(headers[name], row, strict=True)) for row in reader]
    manifest = {row["propertyName"]: row["value"] for row in rows.pop("manifest")}
    assert counted == {name: len(found) for name, found in rows.items()}
    return rows, headers, manifest


def official(name: str) -> Any:
    file = TABLES / name
    if not file.is_file():
        pytest.skip(f"needs shared/data/oneroster/{name} beside the checkout")
    return json.loads(file.read_text("utf-8"))


FORMATS = {
    "GUID": re.compile(r"[A-Za-z0-9.\-_/@]{1,255}"),
    "GUID Reference": re.compile(r"[A-Za-z0-9.\-_/@]{1,255}"),
    "Date": re.compile(r"\d{4}-\d\d-\d\d"),
    "DateTime": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"),
    "Float": re.compile(r"-?\d+(\.\d+)?"),
    "Year": re.compile(r"\d{4}"),
}


@pytest.mark.parametrize("since", [None, NOW - timedelta(days=1)])
def test_headers_required_cells_and_formats_are_those_of_the_tables(site: Site, since: datetime | None) -> None:
    rows, headers, manifest = package(site.world, since=since, demographics=True)
    newest, columns = official("csv-headers-1.2.1.json"), official("csv-columns.json")
    assert {
        *BULK,
        "demographics",
        "categories",
        "lineItems",
        "results",
        "scoreScales",
        "resultScoreScales",
    } <= rows.keys()
    for file, header in headers.items():
        if file == "manifest.csv":
            continue
        assert header == newest[file]
        known = {one["column"]: one for one in columns[file]}
        for row in rows[file.removesuffix(".csv")]:
            for name, cell in row.items():
                required = known[name]["required"]
                if required == "Yes" or (required == "Yes for Delta" and since is not None):
                    assert cell, f"{file} {name}"
                if required == "Yes for Delta" and since is None:
                    assert cell == ""
                pattern = FORMATS.get(known[name]["format"])
                assert not cell or pattern is None or pattern.fullmatch(cell), f"{file} {name} {cell}"
    told = "bulk" if since is None else "delta"
    assert {manifest[f"file.{name}"] for name in rows} == {told}


def test_a_bulk_package_refers_to_nothing_that_is_not_in_it(site: Site) -> None:
    rows, _, _ = package(site.world)
    ids = {row["sourcedId"] for found in rows.values() for row in found}
    for file, found in rows.items():
        for row in found:
            for name, cell in row.items():
                if name.endswith("SourcedId"):
                    assert not cell or cell in ids, f"{file} {name}"
                if name.endswith("SourcedIds"):
                    assert not set(filter(None, cell.split(","))) - ids, f"{file} {name}"
    for found in rows.values():
        assert len({row["sourcedId"] for row in found}) == len(found)


def test_demographics_are_not_in_a_package_unless_asked_for(site: Site) -> None:
    rows, _, manifest = package(site.world)
    assert "demographics" not in rows
    assert manifest["file.demographics"] == "absent"


def test_a_delta_tells_what_changed_and_what_is_gone(site: Site) -> None:
    world = site.world
    package(world)
    world.clock.advance(timedelta(hours=1))
    mark_time = world.clock()
    assert package(world, since=mark_time)[0] == {}
    desk = site.records(SCHOOL)
    held = desk.get(RecordKind.MARKS, ("mark-1",), reader=Actor(client="c"))
    assert held is not None
    plain = {
        "id": "mark-1", "lesson": "lesson-1", "pupil": "own", "value": 4, "workKind": "control", "weight": 2,
        "voided": True,
    }  # fmt: skip
    desk.put(RecordKind.MARKS, ("mark-1",), plain, precondition=lambda _: None, writer=Actor(client="c"), school=SCHOOL)
    rows, _, _ = package(world, since=mark_time)
    assert {name: [row["status"] for row in found] for name, found in rows.items()} == {"results": ["tobedeleted"]}
    gone = rows["results"][0]
    assert (gone["sourcedId"], gone["studentSourcedId"], gone["score"]) == ("mark-1", "own", "")
    assert "mark-1" not in {row["sourcedId"] for row in package(world)[0]["results"]}
