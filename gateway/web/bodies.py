"""Bodies of requests: kept in a temporary file while they are read, or a single record in memory."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from io import SEEK_END
from tempfile import SpooledTemporaryFile
from typing import IO

from flask import request

from gateway.errors import Text
from gateway.schemas.json import parse_json
from gateway.web.errors import RequestRefused

MOST_RECORD_BYTES = 2**20
"""Longest body that holds one record; the longest record there is has about a tenth of it."""

_IN_MEMORY_BYTES = 2**20
_CHUNK_BYTES = 2**16


@contextmanager
def spooled_body() -> Iterator[IO[bytes]]:
    """Give the body as a file that stands at its beginning; a long one lies on disk, never whole in memory.

    Raises:
        RequestEntityTooLarge: it is longer than the service takes, whatever its ``Content-Length`` said.
        ClientDisconnected: it is shorter than its ``Content-Length`` said.
        OSError: there is no room for it.
    """
    with SpooledTemporaryFile(max_size=_IN_MEMORY_BYTES) as spool:
        while chunk := request.stream.read(_CHUNK_BYTES):
            spool.write(chunk)
        spool.seek(0)
        yield spool


def size_of(body: IO[bytes]) -> int:
    """Return how many bytes a file holds; it stands at its beginning before and afterwards."""
    size = body.seek(0, SEEK_END)
    body.seek(0)
    return size


def json_body() -> object:
    """Return the value of a body that is one record as JSON.

    Raises:
        RequestRefused: 415 ``http.json_expected``: it is said to be something else.
        RequestEntityTooLarge: it is longer than `MOST_RECORD_BYTES`.
        SchemaError: it is no JSON.
    """
    charset = request.mimetype_params.get("charset", "utf-8").lower()
    if request.mimetype != "application/json" or charset != "utf-8" or request.content_encoding:
        raise RequestRefused(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            "http.json_expected",
            Text(
                ru="Запись принимается как application/json в UTF-8, без сжатия.",
                en="A record is taken as application/json in UTF-8, not compressed.",
            ),
            rule="RFC 9110, 8.3",
            headers={"Accept": "application/json"},
        )
    request.max_content_length = min(MOST_RECORD_BYTES, request.max_content_length or MOST_RECORD_BYTES)
    return parse_json(request.get_data(cache=False))
