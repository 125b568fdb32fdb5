"""The views of the OneRoster service that write: ``PUT`` and ``DELETE`` of one object, ``POST`` of a set.

Nothing is written into the journal here: what comes waits for a person (`gateway.provider.submissions`). The answers
are the standard's all the same, 201 also where something is replaced.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

from flask import Blueprint, Response, request

from gateway.errors import Text
from gateway.mapping.oneroster_in import object_fault, object_invalid
from gateway.model.oneroster_writes import WRITINGS, Verb, Writing
from gateway.web.bodies import json_body
from gateway.web.guards import Bearer, actor, add_route, caller
from gateway.web.services import WebServices

MOST_POSTED = 5000
"""Objects in one set."""


def add_writes(blueprint: Blueprint, services: WebServices) -> None:
    """Add every operation that writes."""
    for writing in WRITINGS:
        taking = Taking(services=services, writing=writing)
        view = {Verb.PUT: taking.put, Verb.POST: taking.post, Verb.DELETE: taking.delete}[writing.verb]
        guard = Bearer(clients=services.clients, scope=writing.scope)
        add_route(blueprint, writing.rule, view, guard=guard, method=writing.verb.value, name=writing.id)


@dataclass(frozen=True, kw_only=True, slots=True)
class Taking:
    """One operation that writes."""

    services: WebServices
    writing: Writing

    def put(self, **named: str) -> Response:
        """Take one object under the id of the address, whatever id stands in it."""
        sourced_id = named["sourcedId"]
        self.services.submissions(caller().school).put(self.writing.kind, sourced_id, json_body(), writer=actor())
        response = Response(status=HTTPStatus.CREATED)
        response.headers["Location"] = f"{request.root_url.rstrip('/')}{request.path}"
        return response

    def post(self, **named: str) -> Response:
        """Take a set of new objects and tell the ids that they got."""
        objects = _members(self.writing, json_body())
        submissions = self.services.submissions(caller().school)
        pairs = submissions.post(self.writing.kind, objects, named=named, writer=actor())
        told = [{"suppliedSourcedId": supplied, "allocatedSourcedId": allocated} for supplied, allocated in pairs]
        return Response(json.dumps({"sourcedIdPairs": told}), status=HTTPStatus.CREATED, mimetype="application/json")

    def delete(self, **named: str) -> Response:
        """Take that an object shall be gone."""
        submissions = self.services.submissions(caller().school)
        submissions.delete(self.writing.kind, named["sourcedId"], writer=actor())
        return Response(status=HTTPStatus.NO_CONTENT)


def _members(writing: Writing, body: object) -> list[object]:
    """Return the objects of a set, which is an object with one list; a bare list is taken too."""
    wrapper = writing.kind.many
    members = body.get(wrapper) if isinstance(body, Mapping) else body
    if not isinstance(members, list) or not 0 < len(members) <= MOST_POSTED:
        raise object_invalid(
            object_fault(
                wrapper,
                Text(
                    ru=f"Ожидается список «{wrapper}», от 1 до {MOST_POSTED} объектов.",
                    en=f"A list '{wrapper}' of 1 to {MOST_POSTED} objects is expected.",
                ),
            )
        )
    return members
