"""The schemas this package carries: ``<name>/<version>/<file>`` beside this module, and how long each is taken.

A version is current until a newer one is issued; then it is accepted until a day that was announced, and retired from
the next day on (R-EXCH-01).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from gateway.errors import Party, SchemaError, Text

_HERE = files("gateway.schemas")


class SchemaState(StrEnum):
    """Life of a version of a schema."""

    CURRENT = "current"
    ACCEPTED = "accepted"
    RETIRED = "retired"


@dataclass(frozen=True, kw_only=True, slots=True)
class SchemaVersion:
    """A version of a schema: what it is about, when it was issued, until which day it is accepted.

    ``accepted_until`` is ``None`` for the current version; the files of one that is retired stay for the archive.
    """

    name: str
    version: str
    about: str
    issued_on: date
    accepted_until: date | None = None

    def state(self, on: date) -> SchemaState:
        """Return the state of the version on a day."""
        if self.accepted_until is None:
            return SchemaState.CURRENT
        return SchemaState.ACCEPTED if on <= self.accepted_until else SchemaState.RETIRED

    @property
    def retired_since(self) -> date | None:
        """The first day on which documents of the version are refused, ``None`` while no end is announced."""
        return None if self.accepted_until is None else self.accepted_until + timedelta(days=1)

    @property
    def files(self) -> tuple[str, ...]:
        """Names of its files, in their order."""
        return tuple(sorted(file.name for file in _HERE.joinpath(self.name, self.version).iterdir()))

    def __str__(self) -> str:
        """Return name and version as commands take them."""
        return f"{self.name}/{self.version}"


CATALOGUE: tuple[SchemaVersion, ...] = (
    SchemaVersion(
        name="authority",
        version="1.0",
        about="Export to the education authority: the performance report and the service that takes it.",
        issued_on=date(2026, 11, 22),
    ),
    SchemaVersion(
        name="journal",
        version="1.0",
        about="Journal batch: periods, vacations, subjects, groups, consents, lessons, marks, absences, homework.",
        issued_on=date(2026, 11, 22),
        accepted_until=date(2027, 8, 31),
    ),
    SchemaVersion(
        name="journal",
        version="1.1",
        about="Journal batch: every kind of record that the regulations name.",
        issued_on=date(2026, 11, 22),
    ),
    SchemaVersion(
        name="netschool",
        version="5",
        about="What «Сетевой город»-style platforms answer.",
        issued_on=date(2026, 11, 22),
    ),
    SchemaVersion(
        name="portal",
        version="1.0",
        about="Diary for the city service portal: children, weeks, events.",
        issued_on=date(2026, 11, 22),
    ),
    SchemaVersion(
        name="registry",
        version="1.0",
        about="Roster of a regional registry: the service and its answers.",
        issued_on=date(2026, 11, 22),
        accepted_until=date(2031, 8, 31),
    ),
    SchemaVersion(
        name="registry",
        version="1.1",
        about="The registry service of 1.0, and what has changed since an earlier reading.",
        issued_on=date(2026, 11, 22),
    ),
)
"""Every version there is, by name and age."""


def versions_of(name: str) -> tuple[SchemaVersion, ...]:
    """Return the versions of a schema, oldest first; none if there is no such schema."""
    return tuple(one for one in CATALOGUE if one.name == name)


def current_version(name: str) -> SchemaVersion:
    """Return the current version of a schema; raise `SchemaError` (``schema.unknown``) if there is no such schema."""
    for one in versions_of(name):
        if one.accepted_until is None:
            return one
    raise _unknown(name)


def usable_version(name: str, version: str, *, on: date) -> SchemaVersion:
    """Return a version by which documents are taken on a day, current or still accepted.

    Raises:
        SchemaError: there is no such version (``schema.unknown``), or it is retired (``schema.retired``); both name
            the current version and whom to ask.
    """
    current = current_version(name)
    found = next((one for one in versions_of(name) if one.version == version), None)
    if found is None:
        raise _unknown(f"{name}/{version[:_SHOWN]}", current)
    if found.state(on) is SchemaState.RETIRED:
        raise _retired(found, current)
    return found


def schema_file(name: str, version: str, file: str) -> Traversable:
    """Return a schema file of the package, for example ``("registry", "1.0", "roster.xsd")``."""
    return _HERE.joinpath(name, version, file)


def schema_path(name: str, version: str, file: str) -> Path:
    """Return the same as a path: WSDL and XSD refer to their neighbours by file name."""
    return Path(str(schema_file(name, version, file)))


def schema_bytes(name: str, version: str, file: str) -> bytes:
    """Return the content of a schema file."""
    return schema_file(name, version, file).read_bytes()


_SHOWN = 32
"""Characters of a version as the sender wrote it that are repeated to him."""


def _unknown(named: str, current: SchemaVersion | None = None) -> SchemaError:
    instead = Text(ru="", en="")
    if current is not None:
        instead = Text(ru=f" Действует {current}.", en=f" The current version is {current}.")
    return SchemaError(
        "schema.unknown",
        Text(
            ru=f"Схемы {named} нет.{instead.ru} Перечень схем: gateway schema list; спросите школьного координатора.",
            en=f"There is no schema {named}.{instead.en} See 'gateway schema list', or ask the school's coordinator.",
        ),
        who=Party.SENDER,
        rule="R-EXCH-01",
    )


def _retired(version: SchemaVersion, current: SchemaVersion) -> SchemaError:
    return SchemaError(
        "schema.retired",
        Text(
            ru=f"Схема {version} не принимается с {version.retired_since}. Действует {current}; "
            "о переходе спросите школьного координатора.",
            en=f"Schema {version} has not been accepted since {version.retired_since}. The current version is "
            f"{current}; ask the school's coordinator about the change.",
        ),
        who=Party.SENDER,
        rule="R-EXCH-01",
    )
