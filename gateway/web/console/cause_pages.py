"""Why messages were not delivered: dead letters of the school by cause, and decisions about all of one cause."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from http import HTTPStatus

from flask import Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from gateway.delivery.outcomes import words_of
from gateway.errors import Text
from gateway.web.console.csv_download import csv_download
from gateway.web.console.destination_lines import pauses_of
from gateway.web.console.listing import is_csv, is_found, listing, position
from gateway.web.console.presentation import Presentation
from gateway.web.console.refusals import not_found, reason_missing
from gateway.web.console.rights import Right
from gateway.web.console.services import ConsoleServices
from gateway.web.console.sessions import require, user
from gateway.web.console.submission import submitted
from outbox import Cause, Letters, Progress

MOST_DECIDED = 10_000
"""Letters that one decision is carried out for; the rest stay on the list for the next one."""

_COLUMNS = ("destination", "kind", "code", "reason", "count", "lanes", "behind", "first", "last", "sample")


@dataclass(frozen=True, kw_only=True, slots=True)
class CauseLine:
    """A cause with its number in the address, and what happened and who has to act by the words of its sample."""

    id: str
    cause: Cause
    words: Text = field(repr=False)


def cause_id(cause: Cause) -> str:
    """Return the number of a cause: the same as long as its letters die of the same, and without their words."""
    told = json.dumps([cause.destination, cause.kind, cause.code, cause.pattern])
    return hashlib.sha256(told.encode()).hexdigest()[:16]


class CausePages:
    """Views over the dead letters of the person's school."""

    def __init__(self, services: ConsoleServices, presentation: Presentation) -> None:
        self._desk = services.desk
        self._presentation = presentation

    def causes(self) -> Response | str:
        """List the causes, the most frequent first, filtered, or as CSV; tell what was decided just now."""
        causes = self._desk.causes(owner=user().school)
        destination = request.args.get("destination")
        found = [
            one
            for one in causes
            if destination in {None, "", one.destination} and is_found(one.code, one.pattern, one.kind)
        ]
        if is_csv():
            return csv_download("causes.csv", _COLUMNS, [self._row(one) for one in found])
        page = listing(found)
        return render_template(
            "console/causes.html",
            listing=page,
            lines=[self._line(one) for one in page.items],
            destinations=sorted({one.destination for one in causes}),
            is_empty=not causes,
            done=request.args.get("done", type=position),
            pauses=self._desk.pauses(),
        )

    def cause(self, number: str) -> str:
        """Show one cause and what can be decided about all its letters."""
        return self._shown(self._own(number))

    def decide(self, number: str) -> AnyResponse:
        """Carry out a decision about all letters of a cause, as many as the person has confirmed."""
        person, desk = require(Right.DECIDE), self._desk
        decisions = {"retry": desk.retry_all, "skip": desk.skip_all}
        verb, reason = submitted(decisions)
        cause = self._own(number)
        confirmed = request.form.get("count", type=position)
        if "confirm" not in request.form or confirmed is None:
            raise reason_missing()
        if confirmed != cause.count:
            return Response(self._shown(cause, confirmed=confirmed), status=HTTPStatus.CONFLICT)
        letters = replace(cause.letters, owner=person.school)
        done = _carried_out(decisions[verb], letters, by=person.login, reason=reason)
        return redirect(url_for("console.causes", done=done))

    def _own(self, number: str) -> Cause:
        """Return a cause of the person's school."""
        for cause in self._desk.causes(owner=user().school):
            if cause_id(cause) == number:
                return cause
        raise not_found()

    def _shown(self, cause: Cause, *, confirmed: int | None = None) -> str:
        line = self._line(cause)
        return render_template(
            "console/cause.html",
            line=line,
            cause=cause,
            confirmed=confirmed,
            most=MOST_DECIDED,
            pauses=pauses_of(self._desk, cause.destination),
        )

    def _line(self, cause: Cause) -> CauseLine:
        error = self._desk.show(cause.sample).entry.last_error
        words = words_of(error) if error else Text(ru=cause.pattern, en=cause.pattern)
        return CauseLine(id=cause_id(cause), cause=cause, words=words)

    def _row(self, cause: Cause) -> tuple[object, ...]:
        stamp = self._presentation.stamp
        return (
            cause.destination,
            cause.kind,
            cause.code,
            cause.pattern,
            cause.count,
            cause.lanes,
            cause.followers,
            stamp(cause.first),
            stamp(cause.last),
            cause.sample,
        )


def _carried_out(decide: Callable[..., Progress], letters: Letters, *, by: str, reason: str) -> int:
    """Decide about letters in bounded pieces, each a transaction; return about how many."""
    done, after = 0, 0
    while done < MOST_DECIDED:
        progress = decide(letters, by=by, reason=reason, after=after)
        done += len(progress.done)
        if progress.after is None:
            break
        after = progress.after
    return done
