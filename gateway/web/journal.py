"""The journal API: ``POST /api/v1/journal/batches``, JSON or XML."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http import HTTPStatus
from threading import BoundedSemaphore

from flask import Blueprint, Response, jsonify, request

from gateway.errors import Party, Text, TransientError
from gateway.journal.answer import BatchAnswer
from gateway.journal.intake import Sender
from gateway.model.access import Scope
from gateway.web.bodies import size_of, spooled_body
from gateway.web.errors import RequestRefused, problem, rejected_json
from gateway.web.guards import Bearer, actor, add_route, caller
from gateway.web.services import WebServices

_MEDIA_TYPES = {
    "application/json": "application/json",
    "application/xml": "application/xml",
    "text/xml": "application/xml",
}
_LARGE_BYTES = 8 * 2**20
_LARGE_AT_ONCE = 2
"""Large batches taken at once in a process: each keeps a thread and a transaction busy for long."""

_KEY = re.compile(r"[\x21-\x7e]{1,64}")


def journal_blueprint(services: WebServices) -> Blueprint:
    """Return the journal API."""
    blueprint = Blueprint("journal", __name__, url_prefix="/api/v1/journal")
    guard = Bearer(clients=services.clients, scope=Scope.JOURNAL_WRITE)
    add_route(blueprint, "/batches", JournalApi(services).post_batch, guard=guard, method="POST")
    return blueprint


class JournalApi:
    """The views of the journal API."""

    def __init__(self, services: WebServices) -> None:
        self._services = services
        self._places = BoundedSemaphore(_LARGE_AT_ONCE)

    def post_batch(self) -> Response:
        """Take a batch and tell what was accepted and what was turned away, record by record."""
        media_type, key = _media_type(), _idempotency_key()
        known, poster = caller(), actor()
        sender = Sender(client=poster.client, school=known.school, source=poster.source, scopes=known.scopes)
        intake = self._services.journal(known.school)
        with spooled_body() as body, self._place_for(size_of(body)):
            answer = intake.accept(body, media_type, key, sender)
        if answer.is_refused:
            return _nothing_accepted(answer)
        return jsonify(_counts(answer) | {"rejected": rejected_json(answer.rejected)})

    @contextmanager
    def _place_for(self, size: int) -> Iterator[None]:
        """Let small batches pass; turn a large one away while others are worked on, so that no thread waits."""
        if size <= _LARGE_BYTES:
            yield
        elif self._places.acquire(blocking=False):
            try:
                yield
            finally:
                self._places.release()
        else:
            raise _busy()


def _counts(answer: BatchAnswer) -> dict[str, object]:
    return {"accepted": dict(answer.accepted), "unchanged": dict(answer.unchanged)}


def _nothing_accepted(answer: BatchAnswer) -> Response:
    return problem(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "journal.nothing_accepted",
        Text(
            ru="Ни одна запись пакета не принята: у каждой есть ошибки.",
            en="No record of the batch was accepted: every one has faults.",
        ),
        who=Party.SENDER,
        faults=[fault for one in answer.rejected for fault in one.faults],
        more=_counts(answer) | {"rejected": rejected_json(answer.rejected)},
    )


def _busy() -> TransientError:
    return TransientError(
        "journal.busy",
        Text(
            ru="Уже принимаются другие большие пакеты. Отправьте этот пакет позже с тем же Idempotency-Key.",
            en="Other large batches are being taken. Send this one again later with the same Idempotency-Key.",
        ),
        who=Party.SENDER,
        retry_after=timedelta(seconds=30),
    )


def _media_type() -> str:
    """Return the canonical media type of the body; text in another charset than UTF-8 is not guessed at."""
    known = _MEDIA_TYPES.get(request.mimetype)
    charset = request.mimetype_params.get("charset", "utf-8").lower()
    if known is None or charset != "utf-8" or request.content_encoding:
        raise RequestRefused(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            "journal.media_type",
            Text(
                ru="Пакет принимается как application/json или application/xml в UTF-8, без сжатия.",
                en="A batch is taken as application/json or application/xml in UTF-8, not compressed.",
            ),
            rule="RFC 9110, 8.3",
            headers={"Accept-Post": "application/json, application/xml"},
        )
    return known


def _idempotency_key() -> str:
    """Return the key under which the same batch posted again is recognised."""
    key = request.headers.get("Idempotency-Key", "")
    if not _KEY.fullmatch(key):
        raise RequestRefused(
            HTTPStatus.BAD_REQUEST,
            "journal.idempotency_key_missing",
            Text(
                ru="Нужен заголовок Idempotency-Key: от 1 до 64 печатных знаков ASCII, свой у каждого пакета.",
                en="Header Idempotency-Key is required: 1 to 64 printable ASCII characters, one of its own a batch.",
            ),
            rule="draft-ietf-httpapi-idempotency-key-header, 2.1",
        )
    return key
