"""The views of the OneRoster service: one for lists and one for single objects, for every operation of the table."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from http import HTTPStatus

from flask import Blueprint, Response, request

from gateway.access.clients import Clients
from gateway.errors import Text
from gateway.model.access import Scope
from gateway.model.oneroster import Service
from gateway.model.oneroster_operations import OPERATIONS, Operation
from gateway.model.oneroster_query import Order, Query, chosen_fields, filter_of, order_of
from gateway.web.errors import RequestRefused
from gateway.web.guards import actor, add_route, caller, let_in
from gateway.web.oneroster.answers import list_answer, single_answer
from gateway.web.oneroster.writes import add_writes
from gateway.web.paging import parameter_invalid, whole_number
from gateway.web.services import WebServices

MOST_LISTED = 10_000
"""Longest page; whoever wants more gets this many, and ``Link`` and ``X-Total-Count`` say that there is more."""

_USUAL = 100
_HIGHEST = 2**31 - 1
_LONGEST_ID = 64


@dataclass(frozen=True, kw_only=True, slots=True)
class AnyScope:
    """Lets in who brings a valid token with one of the scopes."""

    clients: Clients
    scopes: frozenset[Scope]

    @property
    def scope(self) -> Scope:
        """The scope that is named to who has none of them: the one that opens most."""
        return min(self.scopes, key=len)

    def __call__(self) -> None:
        """Raise `RequestRefused`: 401 without a valid token, 403 without any of the scopes (RFC 6750, 3.1)."""
        let_in(self.clients, self.scope, *self.scopes)


def oneroster_blueprint(services: WebServices) -> Blueprint:
    """Return the addresses of every operation."""
    blueprint = Blueprint("oneroster", __name__)
    for operation in OPERATIONS:
        guard = AnyScope(clients=services.clients, scopes=operation.scopes)
        reading = Reading(services=services, operation=operation)
        view = reading.single if operation.single else reading.listing
        add_route(blueprint, operation.rule, view, guard=guard, name=operation.id)
    add_writes(blueprint, services)
    return blueprint


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """One operation that reads."""

    services: WebServices
    operation: Operation

    def listing(self, **named: str) -> Response:
        """Answer with a page of a list."""
        provider = self.services.provider(caller().school)
        fields, query = self._fields(), self._query()
        page = provider.page(self.operation, named, query, reader=actor())
        return list_answer(self.operation.wrapper, page, query, fields)

    def single(self, **named: str) -> Response:
        """Answer with one object."""
        provider, fields = self.services.provider(caller().school), self._fields()
        found = provider.one(self.operation, named["sourcedId"], reader=actor())
        return single_answer(self.operation.wrapper, found, fields)

    def _query(self) -> Query:
        asked, kind = request.args, self.operation.kind
        order = self._order()
        after = asked.get("after")
        if after is not None and (order.way is not None or not 0 < len(after) <= _LONGEST_ID or "\0" in after):
            raise parameter_invalid(
                "after",
                Text(
                    ru="Параметр «after» берётся из адреса «next» предыдущей страницы.",
                    en="Parameter 'after' is taken from the 'next' link of the page before.",
                ),
            )
        return Query(
            kind=kind,
            today=self.services.provider(caller().school).today(),
            filter=filter_of(kind, asked["filter"]) if "filter" in asked else None,
            order=order,
            limit=min(_number("limit", _USUAL, least=1), MOST_LISTED),
            offset=_number("offset", 0, least=0),
            after=after,
        )

    def _order(self) -> Order:
        """Return the order asked for.

        An unknown field is refused where the standard has a code for it, in the resources; elsewhere the list is told
        in its usual order.
        """
        direction = request.args.get("orderBy", "asc")
        if direction not in {"asc", "desc"}:
            raise parameter_invalid(
                "orderBy",
                Text(ru="Параметр «orderBy» – «asc» или «desc».", en="Parameter 'orderBy' is 'asc' or 'desc'."),
            )
        order = order_of(self.operation.kind, request.args.get("sort"), descending=direction == "desc")
        if order is None and self.operation.service is Service.RESOURCES:
            raise RequestRefused(
                HTTPStatus.BAD_REQUEST,
                "oneroster.sort_invalid",
                Text(
                    ru="Параметр «sort»: такого поля для сортировки нет.",
                    en="Parameter 'sort': there is no such field to sort by.",
                ),
            )
        return order or Order()

    def _fields(self) -> Collection[str] | None:
        text = request.args.get("fields")
        return None if text is None else chosen_fields(self.operation.kind, text)


def _number(name: str, usual: int, *, least: int) -> int:
    number = whole_number(request.args.get(name, str(usual)), most=_HIGHEST)
    if number is None or number < least:
        raise parameter_invalid(
            name,
            Text(
                ru=f"Параметр «{name}» – целое число от {least}.",
                en=f"Parameter '{name}' is a whole number from {least} on.",
            ),
        )
    return number
