"""Outages at the console: times in which the journal could not be reached, and which deadlines wait for their end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from flask import Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from gateway.errors import GatewayError, Text
from gateway.model.oversight import Outage
from gateway.web.console.csv_download import csv_download
from gateway.web.console.form_fields import REFUSED, acting, given, given_moment, status
from gateway.web.console.listing import chosen, is_csv, is_found, is_wanted, listing
from gateway.web.console.presentation import Presentation, span_text
from gateway.web.console.rights import Right
from gateway.web.console.services import ConsoleServices
from gateway.web.console.sessions import language, require, user

_LONGEST_REASON = 300
_COLUMNS = ("id", "started_at", "ended_at", "minutes", "catch_up_until", "reason")


class Course(StrEnum):
    """Whether an outage lasts."""

    LASTS = "lasts"
    OVER = "over"


COURSES = {Course.LASTS: Text(ru="идёт", en="lasts"), Course.OVER: Text(ru="закончен", en="over")}


@dataclass(frozen=True, kw_only=True, slots=True)
class OutageLine:
    """An outage, how long it lasted or lasts, and until when all has to be caught up; ``None`` while it lasts."""

    outage: Outage
    minutes: int
    catch_up_until: datetime | None

    @property
    def course(self) -> Course:
        """Whether it lasts."""
        return Course.LASTS if self.outage.ended_at is None else Course.OVER


class OutagePages:
    """Views over the outages of the person's school (R-JRNL-18)."""

    def __init__(self, services: ConsoleServices, presentation: Presentation) -> None:
        self._services = services
        self._presentation = presentation

    def outages(self) -> Response | str:
        """List the outages: filtered, searched, or as CSV; with the forms to begin and end one."""
        return self._page(None)

    def begin(self) -> AnyResponse | str:
        """Note that an outage has begun; the form comes back with what is wrong."""
        person = require(Right.DECIDE)
        try:
            self._services.outages(person.school).begin(
                reason=given("reason", _LONGEST_REASON),
                started_at=given_moment("started_at", self._presentation.zone()),
                by=acting(person),
            )
        except REFUSED as problem:
            return self._page(problem)
        return redirect(url_for("console.outages"))

    def end(self, outage_id: str) -> AnyResponse | str:
        """Note that an outage is over; the form comes back with what is wrong."""
        person = require(Right.DECIDE)
        try:
            ended_at = given_moment("ended_at", self._presentation.zone())
            self._services.outages(person.school).end(outage_id, ended_at=ended_at, by=acting(person))
        except REFUSED as problem:
            return self._page(problem)
        return redirect(url_for("console.outages"))

    def _page(self, problem: GatewayError | None) -> Response:
        course = chosen("course", Course)
        every = self._lines()
        found = [one for one in every if is_wanted(course, one.course) and is_found(one.outage.reason)]
        if is_csv():
            return csv_download("outages.csv", _COLUMNS, [self._row(one) for one in found])
        page = render_template(
            "console/outages.html",
            listing=listing(found),
            is_empty=not every,
            lasting=next((one.outage for one in every if one.outage.ended_at is None), None),
            courses=COURSES,
            span=lambda minutes: span_text(minutes, language()),
            problem=problem,
            entered=request.form,
        )
        return Response(page, status=status(problem))

    def _lines(self) -> list[OutageLine]:
        school, now = user().school, self._services.clock()
        deadlines = self._services.deadlines(school)
        every = self._services.outages(school).list()
        until = deadlines.catch_up([one for one in every if one.ended_at is not None])
        return [
            OutageLine(
                outage=one,
                minutes=int(((one.ended_at or now) - one.started_at).total_seconds() // 60),
                catch_up_until=until.get(one.id),
            )
            for one in every
        ]

    def _row(self, one: OutageLine) -> tuple[object, ...]:
        stamp = self._presentation.stamp
        return (
            one.outage.id,
            stamp(one.outage.started_at),
            stamp(one.outage.ended_at),
            one.minutes,
            stamp(one.catch_up_until),
            one.outage.reason,
        )
