"""Ids in statements: any number of them in one parameter, or in the portions that one ``IN`` list takes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, Connection, String, any_, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY

CHUNK = 1000
"""Ids in one IN list: SQLite takes 32 766 parameters in a statement, PostgreSQL 65 535."""


def chunks_of(ids: Iterable[str]) -> Iterator[list[str]]:
    """Yield the ids, each once and in order, in lists of at most `CHUNK`."""
    distinct = iter(sorted(set(ids)))
    while chunk := list(islice(distinct, CHUNK)):
        yield chunk


def one_of(connection: Connection, asked: ColumnElement[Any], ids: Iterable[str]) -> ColumnElement[bool]:
    """Return the condition that a column holds one of the ids, however many these are.

    They travel as one parameter, an array or a JSON list, so that the statement is always the same: neither SQLAlchemy
    nor the database has to understand a thousand parameters anew.
    """
    distinct = sorted(set(ids))
    if connection.dialect.name == "postgresql":
        return asked == any_(literal(distinct, ARRAY(String)))
    listed = func.json_each(json.dumps(distinct, ensure_ascii=False)).table_valued("value")
    return asked.in_(select(listed.c.value))
