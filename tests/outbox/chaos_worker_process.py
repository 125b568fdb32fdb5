"""A worker as a program of its own that delivers over HTTP, for the chaos test.

Arguments: database address, worker's name, the destination's port. It runs until SIGTERM.
"""

import http.client
import json
import signal
import sys
from datetime import timedelta
from threading import local

from sqlalchemy import create_engine, make_url

from outbox.breaker import BreakerRule
from outbox.message import Delivered, Message, Outcome, Retry
from outbox.policy import Policy
from outbox.rhythm import Rhythm
from outbox.sqlite import sqlite_engine
from outbox.worker import Worker

DESTINATION = "authority"
LEASE = timedelta(seconds=2)
ANSWER_SECONDS = 1.0

_here = local()


def policy() -> Policy:
    """Return a policy that never gives up: in the chaos a dead message would be a lost one."""
    return Policy(
        initial_delay=timedelta(milliseconds=20),
        max_delay=timedelta(milliseconds=200),
        max_attempts=10_000,
        max_age=timedelta(days=1),
        lease=LEASE,
        breaker=BreakerRule(
            window=timedelta(seconds=1),
            failure_rate=0.9,
            open_for=timedelta(milliseconds=200),
            longest=timedelta(milliseconds=400),
        ),
    )


class Delivery:
    """Posts a message and believes only an answer that names it."""

    def __init__(self, port: int, worker: str) -> None:
        self._port = port
        self._worker = worker

    def __call__(self, message: Message) -> Outcome:
        try:
            status, body = self._post(message)
        except (OSError, http.client.HTTPException) as error:
            _here.connection = None
            return Retry(reason=type(error).__name__, code="connection")
        if status in (429, 503):
            return Retry(reason="busy", code="busy", status=status, retry_after=timedelta(milliseconds=50))
        try:
            taken = status == http.HTTPStatus.OK and json.loads(body)["taken"] == message.id
        except (ValueError, KeyError, TypeError):
            taken = False
        if not taken:
            return Retry(reason="an answer that proves nothing", code="garbage", status=status, answer=body)
        return Delivered(receipt=message.id, status=status)

    def _post(self, message: Message) -> tuple[int, bytes]:
        connection = getattr(_here, "connection", None)
        if connection is None:
            connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=ANSWER_SECONDS)
            _here.connection = connection
        headers = {"X-Id": message.id, "X-Key": message.ordering_key or "", "X-Worker": self._worker}
        connection.request("POST", "/", body=message.payload, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.read()


def main() -> None:
    address, name, port = sys.argv[1:]
    url = make_url(address)
    engine = (
        sqlite_engine(url.database or "")
        if url.drivername == "sqlite"
        else create_engine(url, pool_pre_ping=True, hide_parameters=True)
    )
    rhythm = Rhythm(threads=4, idle_poll=timedelta(milliseconds=200), grace=timedelta(seconds=5))
    worker = Worker(engine, {DESTINATION: Delivery(int(port), name)}, {DESTINATION: policy()}, name=name, rhythm=rhythm)
    signal.signal(signal.SIGTERM, lambda *_: worker.stop())
    worker.run()


if __name__ == "__main__":
    main()
