"""Lanes of the queue at the console: which stand still and why, one lane with what waits in it, decisions about it.

A lane has no owner. A school sees the lanes in which messages of its own wait, of those its own messages only, and
decides where no other school's messages wait.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import islice

from flask import Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from gateway.web.console.csv_download import csv_download
from gateway.web.console.destination_lines import pauses_of
from gateway.web.console.lane_lines import TIMES, Patience, SeenLane, lane_name, lane_verbs
from gateway.web.console.listing import PAGE, chosen, is_csv, position
from gateway.web.console.presentation import Presentation
from gateway.web.console.refusals import moved_on, not_allowed, not_found, reason_missing
from gateway.web.console.rights import Right
from gateway.web.console.services import ConsoleServices
from gateway.web.console.sessions import require, user
from gateway.web.console.submission import submitted
from outbox import (
    LaneKey,
    LanePage,
    LaneState,
    LaneView,
    MessageId,
    NotAllowedError,
    UnknownLaneError,
    UnknownMessageError,
)

MOST_EXPORTED = 100_000
_COLUMNS = ("destination", "lane", "state", "reason", "stopped_at", "head_kind", "behind", "paused_by")


class LanePages:
    """Views over the lanes in which messages of the person's school wait."""

    def __init__(self, services: ConsoleServices, presentation: Presentation) -> None:
        self._desk = services.desk
        self._clock = services.clock
        self._presentation = presentation

    def lanes(self) -> Response | str:
        """List lanes: filtered, searched, page by page, or as CSV."""
        if is_csv():
            return csv_download("lanes.csv", _COLUMNS, [self._row(one) for one in islice(self._all(), MOST_EXPORTED)])
        page = self._page(before=request.args.get("before", type=position), limit=PAGE)
        used = {depth.destination for depth in self._desk.depths(owner=user().school)}
        return render_template(
            "console/lanes.html",
            page=page,
            destinations=sorted(used | self._desk.policies.keys()),
            shown_states=[state for state in LaneState if state is not LaneState.IDLE],
            now=self._clock(),
            pauses=self._desk.pauses(),
        )

    def lane(self) -> str:
        """Show one lane: its head, why it stands still, what waits behind it, what was decided about it."""
        key = LaneKey(request.args.get("destination", ""), request.args.get("key", ""))
        seen, after = self._own(key), request.args.get("after", 0, type=position)
        [*queued] = self._desk.queued(key, after=after, limit=PAGE + 1)
        first = queued[:1] if not after else self._desk.queued(key, limit=1)
        head = first[0] if first else None
        return render_template(
            "console/lane.html",
            seen=seen,
            lane=seen.lane,
            head=head,
            queued=queued[:PAGE],
            after=queued[PAGE - 1].seq if len(queued) > PAGE else None,
            verbs=lane_verbs(seen, head),
            droppable=not seen.is_shared and seen.lane.state is not LaneState.LEASED,
            decisions=[] if seen.is_shared else self._desk.lane_decisions(key),
            school=user().school,
            now=self._clock(),
            pauses=pauses_of(self._desk, key.destination),
        )

    def decide(self) -> AnyResponse:
        """Carry out a person's decision about a lane, kept with name and reason."""
        person = require(Right.DECIDE)
        key = LaneKey(request.form.get("destination", ""), request.form.get("key", ""))
        verb, reason = submitted({"retry_head", "skip_head", "pause_lane", "resume_lane", "drop_until"})
        if self._own(key).is_shared:
            raise not_allowed()
        try:
            self._carry_out(verb, key, by=person.login, reason=reason)
        except UnknownMessageError:
            raise not_found() from None
        except (UnknownLaneError, NotAllowedError):
            raise moved_on() from None
        # The lane of a single message goes away with it.
        return redirect(lane_address(key) if self._is_there(key) else url_for("console.lanes"))

    def _carry_out(self, verb: str, key: LaneKey, *, by: str, reason: str) -> None:
        if verb == "drop_until":
            message = request.form.get("message", "")
            if not message:
                raise reason_missing()
            self._desk.drop_until(key, MessageId(message), by=by, reason=reason)
            return
        # The head the person has seen: by now it may be another one.
        head = MessageId(request.form.get("head", ""))
        decisions: Mapping[str, Callable[..., object]] = {
            "retry_head": partial(self._desk.retry_head, expected=head),
            "skip_head": partial(self._desk.skip_head, expected=head),
            "pause_lane": self._desk.pause_lane,
            "resume_lane": self._desk.resume_lane,
        }
        decisions[verb](key, by=by, reason=reason)

    def _own(self, key: LaneKey) -> SeenLane:
        """Return a lane in which messages of the person's school are; any other one is not there."""
        school = user().school
        try:
            lane = self._desk.show_lane(key)
        except UnknownLaneError:
            raise not_found() from None
        owners = self._desk.lane_owners(key)
        if school not in owners and (owners or not self._desk.find(owner=school, lane=lane.id, limit=1).entries):
            raise not_found()
        return SeenLane(lane=lane, is_shared=not {school}.issuperset(owners))

    def _is_there(self, key: LaneKey) -> bool:
        try:
            self._desk.show_lane(key)
        except UnknownLaneError:
            return False
        return True

    def _page(self, *, before: int | None, limit: int) -> LanePage:
        state, patience = chosen("state", LaneState), chosen("longer", Patience)
        return self._desk.lanes(
            owner=user().school,
            destination=request.args.get("destination") or None,
            states=[state] if state else [],
            blocked_longer_than=TIMES[patience] if patience else None,
            text=request.args.get("q", "").strip() or None,
            before=before,
            limit=limit,
        )

    def _all(self) -> Iterator[LaneView]:
        before: int | None = None
        while True:
            page = self._page(before=before, limit=1000)
            yield from page.lanes
            if page.before is None:
                return
            before = page.before

    def _row(self, lane: LaneView) -> tuple[object, ...]:
        return (
            lane.key.destination,
            lane_name(lane.key),
            lane.state.value,
            lane.reason or "",
            self._presentation.stamp(lane.stopped_at),
            lane.head_kind or "",
            lane.waiting,
            lane.paused_by or "",
        )


def lane_address(key: LaneKey) -> str:
    """Return the address of a lane's page."""
    return url_for("console.lane", destination=key.destination, key=key.key)
