"""ETags of records, and what a write says of the record it means (RFC 9110, 8.8.3 and 13.1)."""

from __future__ import annotations

import hashlib
import json
from http import HTTPStatus

from flask import request

from gateway.errors import Text
from gateway.mapping.journal_plain import plain_from
from gateway.model.journal_records import Record, Stored
from gateway.web.errors import RequestRefused


def tag_of(stored: Stored[Record]) -> str:
    """Return the strong ETag of a record: its version, and a digest, which also tells records that took its key."""
    content = json.dumps(plain_from(stored.record), ensure_ascii=False, sort_keys=True)
    return f"{stored.version}.{hashlib.sha256(content.encode()).hexdigest()[:16]}"


def check_write(held: Stored[Record] | None) -> None:
    """Let a write pass that means the record as it is held (``None``: it is not there).

    Raises:
        RequestRefused: 412 ``journal.record_changed``: it means another state of the record;
            428 ``journal.precondition_missing``: the record is there and the write does not say which state it means.
    """
    tag = None if held is None else tag_of(held)
    if "If-Match" in request.headers:
        met = tag is not None and request.if_match.contains(tag)
    elif "If-None-Match" in request.headers:
        met = tag is None or not request.if_none_match.contains_weak(tag)
    else:
        met = True
        if tag is not None:
            raise _missing(tag)
    if not met:
        raise _changed(tag)


def _missing(tag: str) -> RequestRefused:
    return RequestRefused(
        HTTPStatus.PRECONDITION_REQUIRED,
        "journal.precondition_missing",
        Text(
            ru="Запись уже есть. Прочитайте её и повторите запрос с её ETag в заголовке If-Match.",
            en="The record is there already. Read it and repeat the request with its ETag in header If-Match.",
        ),
        rule="RFC 6585, 3",
        headers={"ETag": f'"{tag}"'},
    )


def _changed(tag: str | None) -> RequestRefused:
    return RequestRefused(
        HTTPStatus.PRECONDITION_FAILED,
        "journal.record_changed",
        Text(
            ru="Запись не в том состоянии, которое названо в заголовке: её изменил кто-то другой. Прочитайте её снова.",
            en="The record is not in the state that the header names: somebody else changed it. Read it again.",
        ),
        rule="RFC 9110, 13.1.1",
        headers={} if tag is None else {"ETag": f'"{tag}"'},
    )
