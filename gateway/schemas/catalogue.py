"""The schemas this package carries: ``<name>/<version>/<file>`` beside this module."""

from __future__ import annotations

from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

_HERE = files("gateway.schemas")


def schema_file(name: str, version: str, file: str) -> Traversable:
    """Return a schema file of the package, for example ``("registry", "1.0", "roster.xsd")``."""
    return _HERE.joinpath(name, version, file)


def schema_path(name: str, version: str, file: str) -> Path:
    """Return the same as a path: WSDL and XSD refer to their neighbours by file name."""
    return Path(str(schema_file(name, version, file)))


def schema_bytes(name: str, version: str, file: str) -> bytes:
    """Return the content of a schema file."""
    return schema_file(name, version, file).read_bytes()
