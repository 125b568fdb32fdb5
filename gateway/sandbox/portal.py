"""The city service portal: takes signed events, and reads diaries on behalf of guardians.

The portal's real interface is not public: both sides here are the gateway's own contract (``schemas/portal/1.0``).
Signatures are checked by a second implementation, independent of the one that makes them.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from threading import Lock
from urllib.parse import quote

import httpx
from jsonschema_rs import Draft202012Validator
from werkzeug.wrappers import Request, Response

from gateway.sandbox.server import Emulator, Route, json_answer, named
from gateway.schemas.catalogue import schema_bytes

OPERATION = "Event"
"""Name of the one operation in fault scripts."""

TOLERANCE = timedelta(minutes=5)
"""How old, or how far ahead, the timestamp of a delivery may be (Standard Webhooks 1.0, verifying)."""


@dataclass(kw_only=True)
class ReceivedEvent:
    """An event that took effect, and how often it was delivered."""

    id: str
    receipt: str
    content: dict[str, object] = field(repr=False)
    deliveries: int = 1


class PortalInbox:
    """The events the portal has taken; one id takes effect once."""

    def __init__(self, secret: str, clock: Callable[[], datetime]) -> None:
        self._secret = secret.encode()
        self._clock = clock
        self._events: dict[str, ReceivedEvent] = {}
        self._lock = Lock()
        self._schema = Draft202012Validator(schema_bytes("portal", "1.0", "event.schema.json").decode())

    def events(self) -> tuple[ReceivedEvent, ...]:
        """Return what took effect, in the order of arrival."""
        with self._lock:
            return tuple(self._events.values())

    def receive(self, request: Request) -> Response:
        """Take an event: 401 for a wrong signature, 422 for wrong content, else 200 with the receipt."""
        body = request.get_data()
        event_id = request.headers.get("webhook-id", "")
        if not self._is_authentic(request, event_id, body):
            return json_answer({"error": "signature"}, status=401)
        try:
            content = json.loads(body)
        except ValueError:
            content = None
        if not self._schema.is_valid(content):
            return json_answer({"error": "schema"}, status=422)
        return json_answer({"receipt": self._keep(event_id, content).receipt})

    def show(self, _request: Request) -> Response:
        """List the events that took effect."""
        return json_answer(
            [
                {"id": event.id, "receipt": event.receipt, "deliveries": event.deliveries, "content": event.content}
                for event in self.events()
            ]
        )

    def _keep(self, event_id: str, content: dict[str, object]) -> ReceivedEvent:
        with self._lock:
            known = self._events.get(event_id)
            if known is not None:
                known.deliveries += 1
                return known
            receipt = f"portal-{hashlib.sha256(event_id.encode()).hexdigest()[:16]}"
            event = ReceivedEvent(id=event_id, receipt=receipt, content=content)
            self._events[event_id] = event
            return event

    def _is_authentic(self, request: Request, event_id: str, body: bytes) -> bool:
        timestamp = request.headers.get("webhook-timestamp", "")
        if not event_id or not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):  # noqa: PLR2004  seconds until the year 33658
            return False
        if abs(self._clock() - datetime.fromtimestamp(int(timestamp), UTC)) > TOLERANCE:
            return False
        mac = hmac.new(self._secret, digestmod=hashlib.sha256)
        mac.update(f"{event_id}.{timestamp}.".encode())
        mac.update(body)
        offered = request.headers.get("webhook-signature", "").split()
        return any(hmac.compare_digest(mac.digest(), _decoded(one)) for one in offered)


def _decoded(offered: str) -> bytes:
    version, _, encoded = offered.partition(",")
    try:
        return base64.b64decode(encoded, validate=True) if version == "v1" else b""
    except binascii.Error:
        return b""


def portal_emulator(inbox: PortalInbox) -> Emulator:
    """Return the portal's side that takes events: ``POST /events``; ``GET /_sandbox/events`` lists them."""
    return Emulator(
        "portal",
        [
            Route(rule="/events", methods=("POST",), handler=inbox.receive, operation=named(OPERATION)),
            Route(rule="/_sandbox/events", methods=("GET",), handler=inbox.show, operation=named("ShowEvents")),
        ],
    )


class CityPortal:
    """The portal as a client of the gateway, with credentials of its own (RFC 6749, 4.4).

    Answers are httpx responses: a portal under test must be able to see a refusal. The token is fetched when first
    needed and again when it is no longer taken.
    """

    def __init__(self, base_url: str, client_id: str, client_secret: str, *, timeout: float = 30.0) -> None:
        self._http = httpx.Client(base_url=base_url, timeout=timeout, trust_env=False)
        self._credentials = httpx.BasicAuth(quote(client_id, safe=""), quote(client_secret, safe=""))
        self._token = ""

    def fetch_token(self) -> httpx.Response:
        """Change the credentials into a token."""
        response = self._http.post("/oauth/token", data={"grant_type": "client_credentials"}, auth=self._credentials)
        if response.is_success:
            self._token = response.json()["access_token"]
        return response

    def children(self, portal_user: str) -> httpx.Response:
        """Ask for the guardian's children."""
        return self._call("GET", f"{_guardian(portal_user)}/children")

    def week(self, portal_user: str, pupil: str, start: date, *, etag: str | None = None) -> httpx.Response:
        """Ask for seven days of a child's diary; with the ``etag`` of an earlier answer only if they changed."""
        headers = {"If-None-Match": etag} if etag else {}
        return self._call(
            "GET", f"{_child(portal_user, pupil)}/week", params={"start": start.isoformat()}, headers=headers
        )

    def subscribe(self, portal_user: str, pupil: str) -> httpx.Response:
        """Ask to be told of the child's marks."""
        return self._call("PUT", f"{_child(portal_user, pupil)}/subscription")

    def unsubscribe(self, portal_user: str, pupil: str) -> httpx.Response:
        """Ask to be told no more."""
        return self._call("DELETE", f"{_child(portal_user, pupil)}/subscription")

    def close(self) -> None:
        """Give the connections back."""
        self._http.close()

    def _call(
        self, method: str, path: str, *, params: dict[str, str] | None = None, headers: dict[str, str] | None = None
    ) -> httpx.Response:
        if not self._token:
            self.fetch_token().raise_for_status()
        response = self._send(method, path, params, headers)
        if response.status_code == httpx.codes.UNAUTHORIZED:
            self.fetch_token().raise_for_status()
            response = self._send(method, path, params, headers)
        return response

    def _send(
        self, method: str, path: str, params: dict[str, str] | None, headers: dict[str, str] | None
    ) -> httpx.Response:
        authorization = {"Authorization": f"Bearer {self._token}"}
        return self._http.request(method, path, params=params, headers={**(headers or {}), **authorization})


def _guardian(portal_user: str) -> str:
    return f"/portal/v1/guardians/{quote(portal_user, safe='')}"


def _child(portal_user: str, pupil: str) -> str:
    return f"{_guardian(portal_user)}/children/{quote(pupil, safe='')}"
