"""The queue at the console: the list of messages, one message with its attempts, decisions about it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice

from flask import Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from gateway.web.console.audit_trail import Look, note_look
from gateway.web.console.csv_download import csv_download
from gateway.web.console.destination_lines import pauses_of
from gateway.web.console.lane_pages import lane_address
from gateway.web.console.listing import PAGE, chosen, is_csv, position
from gateway.web.console.presentation import Presentation
from gateway.web.console.refusals import moved_on, not_found
from gateway.web.console.rights import Right, may
from gateway.web.console.services import ConsoleServices
from gateway.web.console.sessions import require, user
from gateway.web.console.submission import submitted
from outbox import Entry, History, MessageId, NotAllowedError, Page, State, UnknownMessageError, lane_key

MOST_EXPORTED = 100_000

ALLOWED: Mapping[State, tuple[str, ...]] = {
    State.READY: ("hold", "skip"),
    State.WAITING: ("retry", "hold", "skip"),
    State.HELD: ("release", "skip"),
    State.DEAD: ("retry", "skip"),
    State.SENT: ("retry", "skip"),
}
"""Which decisions make sense in which state, while a message is in its lane."""


def message_verbs(entry: Entry) -> tuple[str, ...]:
    """Return which decisions make sense about a message: none any more once it has left its lane."""
    return ALLOWED.get(entry.state, ()) if entry.finished_at is None else ()


_COLUMNS = (
    "id",
    "destination",
    "kind",
    "state",
    "created_at",
    "finished_at",
    "attempts",
    "receipt",
    "answered_at",
    "acceptance",
    "error",
    "correlation",
)


class QueuePages:
    """Views over the outbox."""

    def __init__(self, services: ConsoleServices, presentation: Presentation) -> None:
        self._desk = services.desk
        self._units = services.units
        self._clock = services.clock
        self._presentation = presentation

    def messages(self) -> Response | str:
        """List messages: filtered, searched, page by page, or as CSV."""
        if is_csv():
            return csv_download("queue.csv", _COLUMNS, [self._row(e) for e in islice(self._all(), MOST_EXPORTED)])
        page = self._page(before=request.args.get("before", type=position), limit=PAGE)
        used = {depth.destination for depth in self._desk.depths(owner=user().school)}
        return render_template(
            "console/queue.html",
            page=page,
            destinations=sorted(used | self._desk.policies.keys()),
            pauses=self._desk.pauses(),
        )

    def message(self, message_id: str) -> str:
        """Show one message with every attempt, what its recipient has confirmed and every decision.

        A platform's answers may hold personal data: who may see that sees them, and the look is audited.
        """
        history, person = self._own(message_id), user()
        entry = history.entry
        told = history.answers or any(attempt.answer for attempt in history.attempts)
        if told and may(person.role, Right.SEE_PEOPLE):
            with self._units(person.school)() as unit:
                note_look(unit.audit, person, Look.VIEW, "message", message_id, at=self._clock())
        key = entry.ordering_key and lane_key(entry.destination, entry.ordering_key, entry.id)
        return render_template(
            "console/message.html",
            history=history,
            verbs=message_verbs(entry),
            lane=lane_address(key) if key else "",
            pauses=pauses_of(self._desk, entry.destination),
        )

    def decide(self, message_id: str) -> AnyResponse:
        """Carry out a person's decision, kept with name and reason."""
        person = require(Right.DECIDE)
        verb, reason = submitted({"retry", "hold", "release", "skip"})
        decisions = {
            "retry": self._desk.retry,
            "hold": self._desk.hold,
            "release": self._desk.release,
            "skip": self._desk.skip,
        }
        message = self._own(message_id).entry.id
        try:
            decisions[verb](message, by=person.login, reason=reason)
        except UnknownMessageError:
            raise not_found() from None
        except NotAllowedError:
            raise moved_on() from None
        return redirect(url_for("console.message", message_id=message_id))

    def _own(self, message_id: str) -> History:
        """Return a message of the person's school; another school's is not there."""
        try:
            history = self._desk.show(MessageId(message_id))
        except UnknownMessageError:
            raise not_found() from None
        if history.entry.owner != user().school:
            raise not_found()
        return history

    def _page(self, *, before: int | None, limit: int) -> Page:
        state = chosen("state", State)
        return self._desk.find(
            owner=user().school,
            destination=request.args.get("destination") or None,
            states=[state] if state else [],
            kind=request.args.get("kind") or None,
            error_code=request.args.get("error", "").strip() or None,
            unfinished=request.args.get("only") == "unfinished",
            text=request.args.get("q", "").strip() or None,
            before=before,
            limit=limit,
        )

    def _all(self) -> Iterator[Entry]:
        before: int | None = None
        while True:
            page = self._page(before=before, limit=1000)
            yield from page.entries
            if page.before is None:
                return
            before = page.before

    def _row(self, entry: Entry) -> tuple[object, ...]:
        return (
            entry.id,
            entry.destination,
            entry.kind,
            entry.state.value,
            self._presentation.stamp(entry.created_at),
            self._presentation.stamp(entry.finished_at),
            entry.attempts,
            entry.receipt or "",
            self._presentation.stamp(entry.answered_at),
            entry.acceptance or "",
            entry.last_error.code if entry.last_error else "",
            entry.correlation or "",
        )
