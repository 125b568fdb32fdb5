"""HTTP deliveries to a server that does nothing: by the outbox's worker, and by a bare pool of as many threads.

Both use the same client with kept connections. ``python queue_http.py`` runs the server on a free port, which it
prints, until its standard input ends.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

THREADS = 8
_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
_LENGTH = b"content-length:"

Post = Callable[[bytes], tuple[int, bytes]]


class _NoOp(asyncio.Protocol):
    """Answers every request with 200, whatever it is."""

    def __init__(self) -> None:
        self._heard = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._heard += data
        while (end := self._heard.find(b"\r\n\r\n")) >= 0:
            head = self._heard[:end].lower()
            place = head.find(_LENGTH)
            length = 0 if place < 0 else int(head[place + len(_LENGTH) :].split(b"\r\n", 1)[0])
            whole = end + 4 + length
            if len(self._heard) < whole:
                return
            self._heard = self._heard[whole:]
            self._transport.write(_ANSWER)


async def _serve() -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(_NoOp, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


@contextmanager
def no_op_server() -> Iterator[str]:
    """Run the server as a process of its own and give its address."""
    command = [sys.executable, str(Path(__file__).resolve())]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        try:
            yield f"http://127.0.0.1:{server.stdout.readline().strip()}/"
        finally:
            server.stdin.close()


class Bare:
    """No queue at all: a pool of threads that post what is in memory."""

    def __init__(self, _address: str, *, url: str, client: str, messages: int) -> None:
        self._post = CLIENTS[client](url)
        self._messages = messages

    def prepare(self) -> None:
        """Nothing."""

    def enqueue(self, payloads: Sequence[str]) -> None:
        """Nothing: they are made where they are sent."""

    def work(self, handle: Callable[[str], None]) -> None:
        self.drain(handle)

    def drain(self, handle: Callable[[str], None]) -> None:
        from queue_stage import payload  # noqa: PLC0415  the server needs nothing but itself

        def deliver(text: str) -> None:
            handle(text)
            status, _ = self._post(text.encode())
            assert status == 200

        with ThreadPoolExecutor(THREADS) as pool:
            list(pool.map(deliver, [payload(number) for number in range(self._messages)]))


def _httpx(url: str) -> Post:
    import httpx  # noqa: PLC0415  only the client that is asked for

    client = httpx.Client(timeout=10, limits=httpx.Limits(max_connections=THREADS, max_keepalive_connections=THREADS))

    def post(body: bytes) -> tuple[int, bytes]:
        answer = client.post(url, content=body)
        return answer.status_code, answer.content

    return post


def _urllib3(url: str) -> Post:
    import urllib3  # noqa: PLC0415  likewise

    pool = urllib3.PoolManager(maxsize=THREADS, block=True)

    def post(body: bytes) -> tuple[int, bytes]:
        answer = pool.request("POST", url, body=body)
        return answer.status, answer.data

    return post


CLIENTS: dict[str, Callable[[str], Post]] = {"httpx": _httpx, "urllib3": _urllib3}

if __name__ == "__main__":
    asyncio.run(_serve())
