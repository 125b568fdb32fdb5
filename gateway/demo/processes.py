"""The programs of the demo: each a process of its own, started by the very command an operator would type."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, Self

from gateway.errors import ConfigurationError, Text
from gateway.settings import PREFIX

_PATIENCE = timedelta(seconds=15)


class Program:
    """One running ``gateway`` command; its standard error goes to a log file.

    It holds the demo's ``lock`` as long as it lives, and ends when the demo does, however that died.
    """

    def __init__(
        self,
        arguments: Sequence[str],
        *,
        config: Path,
        log: Path,
        lock: int,
        secrets: Mapping[str, str] | None = None,
    ) -> None:
        self._command = [sys.executable, "-m", "gateway", "--until-eof", "--config", str(config), *arguments]
        self._name = arguments[0]
        self._log = log
        self._lock = lock
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
        self._environment = {**inherited, **(secrets or {})}
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Start it."""
        with self._log.open("a", encoding="utf-8") as log:
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,  # its end is how a program learns that the demo was killed
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                env=self._environment,
                pass_fds=[self._lock],
                start_new_session=True,  # Ctrl-C reaches the demo alone, which then stops its programs in order
            )

    def announcement(self) -> Mapping[str, Any]:
        """Return the JSON line with which it says that it is ready.

        Raises:
            ConfigurationError: it ended instead (``demo.program_ended``); the log says why.
        """
        line = self._running.stdout.readline() if self._running.stdout else ""
        if not line:
            raise self._has_ended()
        content: Mapping[str, Any] = json.loads(line)
        return content

    def check(self) -> None:
        """Do nothing while it runs.

        Raises:
            ConfigurationError: it ended (``demo.program_ended``); the log may say why.
        """
        if self._running.poll() is not None:
            raise self._has_ended()

    def _has_ended(self) -> ConfigurationError:
        return ConfigurationError(
            "demo.program_ended",
            Text(
                ru=f"Программа «{self._name}» завершилась; причина в файле {self._log}.",
                en=f"The program '{self._name}' ended; {self._log} says why.",
            ),
        )

    def kill(self) -> None:
        """Kill it without warning (SIGKILL)."""
        self._running.kill()
        self._end(self._running)

    def stop(self) -> None:
        """Ask it to stop; kill it when it does not."""
        process = self._process
        if process is None:
            return
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=_PATIENCE.total_seconds())
        except subprocess.TimeoutExpired:
            process.kill()
        self._end(process)

    def _end(self, process: subprocess.Popen[str]) -> None:
        """Wait for its end and give the pipe back; what it still had to say is nobody's concern."""
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()

    @property
    def _running(self) -> subprocess.Popen[str]:
        if self._process is None:
            raise RuntimeError("the program has not been started")
        return self._process

    def __enter__(self) -> Self:
        """Start it."""
        self.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        """Stop it."""
        self.stop()


def free_ports(count: int) -> list[int]:
    """Return loopback ports that nobody listens at now."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()
