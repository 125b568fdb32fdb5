"""The provider's addresses: token, lists, single objects, the switchboard."""

from __future__ import annotations

import json
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Callable

from werkzeug.wrappers import Request, Response

from gateway.sandbox.oneroster.dressing import dressed, wrapper
from gateway.sandbox.oneroster.holdings import Holdings
from gateway.sandbox.oneroster.querying import BadQueryError, chosen, number
from gateway.sandbox.oneroster.records import COLLECTIONS, Json
from gateway.sandbox.oneroster.tricks import Trick
from gateway.sandbox.server import Emulator, Handler, Route, json_answer, named

_CLAMP = 50
_DEFAULT_LIMIT = 100
_BUSY_EVERY = 5
_PATHS = {"1.2": "/ims/oneroster/rostering/v1p2", "1.1": "/ims/oneroster/v1p1"}
_HTML = "<!DOCTYPE html><html><body><h1>Internal error</h1></body></html>"


def oneroster_emulator(holdings: Holdings, *, credentials: str = "gateway:sandbox", version: str = "1.2") -> Emulator:
    """Return a provider over what it holds.

    ``credentials`` are the client's name and secret, a colon between.

    Fault scripts name its operations ``token`` and the lists (``users`` …). ``GET`` and ``POST /_sandbox/tricks`` show
    and set the tricks, ``DELETE /_sandbox/people/{id}`` lets somebody
    leave (404: there is nobody with that id).
    """
    service = _Service(holdings, credentials, version)
    base = _PATHS[version]
    return Emulator(
        "oneroster",
        (
            Route(rule="/token", methods=("POST",), handler=service.token, operation=named("token")),
            Route(rule="/_sandbox/tricks", methods=("GET", "POST"), handler=service.tricks, operation=named("tricks")),
            Route(
                rule="/_sandbox/people/<path:source_id>",
                methods=("DELETE",),
                handler=service.leave,
                operation=named("leave"),
            ),
            *(
                Route(rule=f"{base}/{name}", methods=("GET",), handler=service.listing(name), operation=named(name))
                for name in COLLECTIONS
            ),
            *(
                Route(
                    rule=f"{base}/{name}/<path:source_id>",
                    methods=("GET",),
                    handler=service.single(name),
                    operation=named(name),
                )
                for name in COLLECTIONS
            ),
            Route(
                rule=f"{base}/<path:address>",
                methods=("GET",),
                handler=service.unknown(),
                operation=named("unknown"),
            ),
        ),
    )


class _Service:
    def __init__(self, holdings: Holdings, pair: str, version: str) -> None:
        self._holdings = holdings
        self._pair = pair
        self._version = version

    def token(self, request: Request) -> Response:
        """Give a token to who names itself rightly, in the header or in the form."""
        form = f"{request.form.get('client_id')}:{request.form.get('client_secret')}"
        in_form_only = self._holdings.has(Trick.FORM_CREDENTIALS)
        if self._pair not in ({form} if in_form_only else {form, _basic(request)}):
            return json_answer({"error": "invalid_client"}, status=401)
        return json_answer(
            {
                "access_token": self._holdings.new_token(),
                "token_type": "bearer" if in_form_only else "Bearer",
                "expires_in": 3600,
                "scope": request.form.get("scope", ""),
            }
        )

    def tricks(self, request: Request) -> Response:
        """Show the tricks, or set them."""
        if request.method == "POST":
            try:
                self._holdings.switch(*(Trick(word) for word in json.loads(request.get_data())))
            except (ValueError, TypeError):
                return json_answer({"error": f"a list of {', '.join(Trick)}"}, status=400)
        return json_answer({"on": sorted(self._holdings.tricks), "known": sorted(Trick)})

    def leave(self, _request: Request, source_id: str) -> Response:
        """Let a person or class vanish."""
        return Response(status=204 if self._holdings.drop(source_id) else 404)

    def listing(self, name: str) -> Handler:
        """Return what answers for a list."""
        return self._guarded(name, lambda request: self._page(name, request))

    def single(self, name: str) -> Handler:
        """Return what answers for one object of a list."""
        return self._guarded(name, lambda request, source_id: self._one(name, request, source_id))

    def unknown(self) -> Handler:
        """Return what answers for addresses that this provider does not have, like many."""
        return self._guarded("", lambda _request, **_address: self._refusal(404, "unknownobject"))

    def _guarded(self, name: str, handler: Callable[..., Response]) -> Handler:
        def guarded(request: Request, **variables: str) -> Response:
            token = request.headers.get("Authorization", "").removeprefix("Bearer ")
            if not self._holdings.admits(token):
                return self._refusal(401, "unauthorisedrequest")
            if self._holdings.has(Trick.TEXT_429) and self._holdings.requests % _BUSY_EVERY == 0:
                headers = {"Retry-After": "1", "RateLimit-Limit": "4", "RateLimit-Remaining": "0"}
                return Response("Too many requests", status=429, mimetype="text/plain", headers=headers)
            if name == "demographics" and self._holdings.has(Trick.NO_DEMOGRAPHICS_SCOPE):
                return self._refusal(403, "forbidden")
            if name == "enrollments" and self._holdings.has(Trick.HTML_ERRORS):
                return Response(_HTML, mimetype="text/html")
            try:
                return handler(request, **variables)
            except BadQueryError as error:
                return self._refusal(400, str(error))

        return guarded

    def _page(self, name: str, request: Request) -> Response:
        found = chosen(self._holdings.listed(name), request.args)
        offset = number(request.args, "offset", 0, least=0)
        limit = number(request.args, "limit", _DEFAULT_LIMIT, least=1)
        rows = self._rows(found, offset, limit)
        body: Json = {wrapper(name, self._holdings): [self._dressed(one, request) for one in rows]}
        headers = {}
        if self._holdings.has(Trick.ENVELOPE):
            body["total"] = len(found)
        elif not self._holdings.has(Trick.NO_TOTAL):
            headers["X-Total-Count"] = str(len(found))
        if not self._holdings.has(Trick.NO_LINK):
            headers["Link"] = f'<{request.base_url}?limit={limit}&offset={offset + len(rows)}>; rel="next"'
        return json_answer(body, headers=headers)

    def _rows(self, found: list[Json], offset: int, limit: int) -> list[Json]:
        has = self._holdings.has
        if has(Trick.CLAMP_LIMIT):
            limit = min(limit, _CLAMP)
        if has(Trick.HALF_PAGE) and self._holdings.requests % 2:
            limit = max(1, limit // 2)
        if has(Trick.NO_OFFSET):
            offset = 0
        if offset:
            offset += has(Trick.SKIPS_ROWS) - has(Trick.REPEATS_ROWS)
        return found[offset : offset + limit]

    def _one(self, name: str, request: Request, source_id: str) -> Response:
        for one in self._holdings.visible(name):
            if one["sourcedId"] == source_id:
                singular = "class" if name == "classes" else name.removesuffix("s")
                return json_answer({singular: self._dressed(one, request)})
        return self._refusal(404, "unknownobject")

    def _dressed(self, item: Json, request: Request) -> Json:
        base = f"{request.host_url.rstrip('/')}{_PATHS[self._version]}"
        return dressed(item, self._holdings, base=base, in_1_1=self._version == "1.1")

    def _refusal(self, status: int, minor: str) -> Response:
        if self._holdings.has(Trick.HTML_ERRORS):
            return Response(_HTML, status=status, mimetype="text/html")
        field = {"imsx_codeMinorFieldName": "TargetEndSystem", "imsx_codeMinorFieldValue": minor}
        return json_answer(
            {
                "imsx_codeMajor": "failure",
                "imsx_severity": "error",
                "imsx_description": "refused",
                "imsx_CodeMinor": {"imsx_codeMinorField": [field]},
            },
            status=status,
        )


def _basic(request: Request) -> str:
    scheme, _, encoded = request.headers.get("Authorization", "").partition(" ")
    try:
        return b64decode(encoded).decode() if scheme == "Basic" else ""
    except (NotBase64, UnicodeDecodeError):
        return ""
