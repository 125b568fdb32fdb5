"""A transport for httpx that bounds a whole exchange: httpx itself bounds only each wait for the next bytes."""

from __future__ import annotations

import ssl
from collections.abc import Iterable
from datetime import timedelta
from threading import local
from time import monotonic
from typing import Any

import httpcore
import httpx

_PIECE = 2**14
"""Bytes written between two looks at the clock; one TLS record."""

_KEPT_SECONDS = 5.0


class DeadlineTransport(httpx.HTTPTransport):
    """Gives an exchange up as a time-out of httpx when it lasts longer than ``longest``, however busy it keeps us.

    The exchange begins with the connecting and ends with the last byte of the answer. An answer has to be read by the
    thread that asked for it, and before that thread asks for the next one.
    """

    def __init__(self, longest: timedelta) -> None:
        tls = httpx.create_ssl_context(trust_env=False)
        super().__init__(verify=tls, trust_env=False)
        self._longest = longest.total_seconds()
        self._deadline = _Deadline()
        # The constructor of httpx takes no network backend; the pool, which does, is public in httpcore.
        self._pool = httpcore.ConnectionPool(
            ssl_context=tls,
            max_connections=100,
            max_keepalive_connections=20,
            keepalive_expiry=_KEPT_SECONDS,
            network_backend=_Backend(self._deadline),
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request and return the answer, its body still to be read."""
        self._deadline.moment = monotonic() + self._longest
        return super().handle_request(request)


class _Deadline(local):
    """When the exchange of the current thread has to be over, by the monotonic clock."""

    moment = float("inf")

    def remaining(self, timeout: float | None, error: type[httpcore.TimeoutException]) -> float:
        """Return how many seconds an operation may take, or raise ``error`` if there are none left."""
        left = self.moment - monotonic()
        if left <= 0:
            raise error
        return left if timeout is None else min(left, timeout)


class _Backend(httpcore.NetworkBackend):
    def __init__(self, deadline: _Deadline) -> None:
        self._deadline = deadline
        self._network = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        seconds = self._deadline.remaining(timeout, httpcore.ConnectTimeout)
        return _Stream(
            self._network.connect_tcp(host, port, seconds, local_address, socket_options), deadline=self._deadline
        )


class _Stream(httpcore.NetworkStream):
    def __init__(self, stream: httpcore.NetworkStream, *, deadline: _Deadline) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._deadline.remaining(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        for start in range(0, len(buffer), _PIECE):
            seconds = self._deadline.remaining(timeout, httpcore.WriteTimeout)
            self._stream.write(buffer[start : start + _PIECE], seconds)

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        seconds = self._deadline.remaining(timeout, httpcore.ConnectTimeout)
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, seconds), deadline=self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
