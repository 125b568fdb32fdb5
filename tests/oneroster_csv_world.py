"""A OneRoster CSV package of a made-up school, and one broken in any one way."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

from gateway.adapters.oneroster_files.adapter import OneRosterFilesAdapter
from gateway.adapters.oneroster_files.settings import OneRosterFilesSettings
from gateway.errors import Fault, SchemaError
from gateway.model.ids import SchoolId
from gateway.model.roster import RosterSnapshot
from gateway.model.roster_known import NOTHING_KNOWN, Known
from gateway.model.school import School
from gateway.schemas.oneroster_csv import Mode
from gateway.schemas.oneroster_csv_writing import write_oneroster_zip

SCHOOL = School(id=SchoolId("school-1"), name="Школа № 101", registry_id="REG-0001")
SOURCE = "city"
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
Rows = dict[str, list[dict[str, Any]]]


def user(own: str, given: str, family: str, **more: Any) -> dict[str, Any]:
    return {
        "sourcedId": own,
        "enabledUser": True,
        "username": own,
        "givenName": given,
        "familyName": family,
        **more,
    }


def role(own: str, word: str, org: str = "org-1") -> dict[str, Any]:
    return {
        "sourcedId": f"r-{own}-{org}",
        "userSourcedId": own,
        "roleType": "primary",
        "role": word,
        "orgSourcedId": org,
    }


def place(own: str, school_class: str, word: str = "student", **more: Any) -> dict[str, Any]:
    return {
        "sourcedId": f"e-{own}-{school_class}",
        "classSourcedId": school_class,
        "schoolSourcedId": "org-1",
        "userSourcedId": own,
        "role": word,
        **more,
    }


def school_class(own: str, title: str, org: str = "org-1") -> dict[str, Any]:
    return {
        "sourcedId": own,
        "title": title,
        "courseSourcedId": "course-1",
        "classType": "homeroom",
        "schoolSourcedId": org,
        "termSourcedIds": ["year"],
    }


def whole() -> Rows:
    """Return a school of two pupils, a mother, a teacher and one class, and a pupil of another school."""
    return {
        "orgs": [
            {"sourcedId": "org-1", "name": "Школа", "type": "school", "identifier": SCHOOL.registry_id},
            {"sourcedId": "org-2", "name": "Другая", "type": "school", "identifier": "REG-0002"},
        ],
        "academicSessions": [
            {
                "sourcedId": "year",
                "title": "2026/2027",
                "type": "schoolYear",
                "startDate": "2026-09-01",
                "endDate": "2027-06-01",
                "schoolYear": "2027",
            }
        ],
        "courses": [{"sourcedId": "course-1", "title": "Класс", "orgSourcedId": "org-1"}],
        "classes": [school_class("c-5a", "5А"), school_class("c-other", "7Б", org="org-2")],
        "users": [
            user("p-1", "Проба", "Тестова", middleName="Примеровна", agentSourcedIds=["g-1"], userIds="{school:77}"),
            user("p-2", "Опыт", "Тестов", middleName="Примерович"),
            user("g-1", "Мама", "Тестова", phone="+7 000 000-00-01"),
            user("t-1", "Учитель", "Учебный", middleName="Образцович"),
            user("p-9", "Чужой", "Соседов", middleName="Примерович"),
        ],
        "roles": [
            role("p-1", "student"),
            role("p-2", "student"),
            role("g-1", "parent"),
            role("t-1", "teacher"),
            role("p-9", "student", org="org-2"),
        ],
        "enrollments": [
            place("p-1", "c-5a", beginDate="2026-09-01"),
            place("p-2", "c-5a", beginDate="2026-09-01"),
            place("t-1", "c-5a", "teacher", primary=True),
        ],
        "demographics": [
            {"sourcedId": "p-1", "birthDate": "2015-03-04", "sex": "female"},
            {"sourcedId": "p-2", "birthDate": "2015-05-06", "sex": "male"},
            {"sourcedId": "p-9", "birthDate": "2015-05-06", "sex": "male"},
        ],
    }


def dated(rows: Rows, status: str = "active") -> Rows:
    """Return rows as a delta has them."""
    return {
        name: [{"status": status, "dateLastModified": "2026-11-23T05:00:00.000Z", **row} for row in ones]
        for name, ones in rows.items()
    }


def write(file: Path, rows: Rows, mode: Mode = Mode.BULK) -> Path:
    with file.open("wb") as stream:
        write_oneroster_zip(stream, rows, mode=mode, system="проба")
    return file


Entries = dict[str, bytes]


def entries_of(file: Path) -> Entries:
    with ZipFile(file) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def rewrite(file: Path, change: Callable[[Entries], None]) -> Path:
    """Change the files of a package by hand."""
    entries = entries_of(file)
    change(entries)
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return file


def cells(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))


def adapter(place_: Path | None, *, school: str = "", known: Known = NOTHING_KNOWN) -> OneRosterFilesAdapter:
    settings = OneRosterFilesSettings(name=SOURCE, folder=place_, school=school)
    return OneRosterFilesAdapter(settings, clock=lambda: NOW, known=lambda _school: known)


def read(place_: Path, *, school: str = "", known: Known = NOTHING_KNOWN) -> RosterSnapshot:
    return adapter(place_, school=school, known=known).read(SCHOOL)


def faults_of(place_: Path) -> Mapping[str, Fault]:
    """Return the faults for which a package is refused, by code."""
    try:
        read(place_)
    except SchemaError as error:
        return {one.code: one for one in error.faults}
    return {}


def named(snapshot: RosterSnapshot) -> dict[str, list[str]]:
    """Return the ids at the source of everybody in a snapshot."""
    return {
        "pupils": sorted(one.source_id for one in snapshot.pupils),
        "guardians": sorted(one.source_id for one in snapshot.guardians),
        "staff": sorted(one.source_id for one in snapshot.staff),
        "classes": sorted(one.source_id for one in snapshot.classes),
    }


def elsewhere(registry_id: str) -> School:
    return replace(SCHOOL, registry_id=registry_id)
