"""The outbox on the gateway's own engine: dead letters."""

from __future__ import annotations

from collections.abc import Sequence

import outbox
from gateway.ports.queue_letters import BuildPayload
from gateway.storage.queue_store import QueueStore
from outbox import Cause, Letters, Progress, Rebuilt, Replayed


class SqlLetterDesk(QueueStore):
    """`gateway.ports.queue_letters.LetterDesk` over the outbox library."""

    def causes(self, *, owner: str | None = None, destination: str | None = None) -> Sequence[Cause]:
        """Group the dead letters by what they died of, the most frequent cause first."""
        return self._ask(outbox.causes, owner=owner, destination=destination)

    def retry_all(self, which: Letters, *, by: str, reason: str, after: int = 0) -> Progress:
        """Try the next letters again; held ones are released."""
        return self._decide(outbox.retry_all, which, by=by, reason=reason, after=after)

    def skip_all(self, which: Letters, *, by: str, reason: str, after: int = 0) -> Progress:
        """Give the next letters up for good."""
        return self._decide(outbox.skip_all, which, by=by, reason=reason, after=after)

    def rebuild(self, which: Letters, build: BuildPayload, *, after: int = 0, limit: int = 100) -> Sequence[Rebuilt]:
        """Build the payloads of the next letters anew and say which come out different; nothing is changed."""
        return self._ask(outbox.rebuild, which, build, sealing=self._sealing, after=after, limit=limit)

    def replay(self, rebuilt: Sequence[Rebuilt], *, by: str, reason: str) -> Replayed:
        """Send those that came out different, with the new payload, where nobody has decided about them since."""
        return self._decide(outbox.replay, rebuilt, by=by, reason=reason, sealing=self._sealing)
