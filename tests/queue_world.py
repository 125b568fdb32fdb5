"""A queue with something of every sort: stopped lanes, dead letters by cause, receipts, messages of two schools."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import outbox
from outbox import (
    Delivered,
    KindPolicy,
    LaneKey,
    Message,
    MessageId,
    NewMessage,
    Outcome,
    Policy,
    Refused,
    Retry,
    Sent,
    Settlement,
    Tally,
    lane_key,
)
from outbox.destinations import report
from tests.diary_world import NOW, OTHER_SCHOOL, SCHOOL
from tests.web_world import Site

POLICIES = {
    name: Policy(
        run=1,
        jitter=0,
        kinds={"performance": KindPolicy(await_answer=True, answer_within=timedelta(days=2))},
    )
    for name in ("authority", "portal", "steps")
}

UNSIGNED = Refused(
    reason="Подпись не принята. Кто исправляет: директор.\n"
    "The signature was not accepted. Who has to act: the director.",
    code="authority.signature",
    status=422,
)
UNKNOWN_PUPIL = Refused(
    reason="Ученика «P-17» на портале нет. Кто исправляет: школьный координатор.\n"
    "The portal has no pupil “P-17”. Who has to act: the school's coordinator.",
    code="portal.unknown_pupil",
    status=404,
)
BUSY = Retry(
    reason="Портал занят. Кто исправляет: оператор внешней платформы.\n"
    "The portal is busy. Who has to act: the operator of the other platform.",
    code="platform.busy",
    status=503,
)

PACKAGES = LaneKey("authority", f"k:performance/{SCHOOL}")
FAMILY = LaneKey("portal", "k:own:g-mother")
SHARED = LaneKey("portal", "k:shared")
ELSEWHERE = LaneKey("authority", f"k:performance/{OTHER_SCHOOL}")


@dataclass(frozen=True)
class SeededQueue:
    """Ids of what is there to be seen: ``followers`` wait behind ``dead``, all others alone."""

    dead: MessageId
    followers: tuple[MessageId, ...]
    asking: MessageId
    accepted: MessageId
    superseded: MessageId
    shared: MessageId
    elsewhere: MessageId

    def pages(self) -> Mapping[str, str]:
        """Return every page of the queue that opens with GET, by name."""
        return {
            "destinations": "/console/destinations",
            "causes": "/console/causes",
            "lanes": "/console/lanes",
            "stopped lanes": "/console/lanes?state=blocked&longer=hour",
            "lane": lane_page(PACKAGES),
            "shared lane": lane_page(SHARED),
            "queue": "/console/queue",
            "dead letters": "/console/queue?state=dead&only=unfinished",
            "dead message": f"/console/queue/{self.dead}",
            "asking message": f"/console/queue/{self.asking}",
            "accepted message": f"/console/queue/{self.accepted}",
            "superseded message": f"/console/queue/{self.superseded}",
        }


def lane_page(lane: LaneKey) -> str:
    return f"/console/lane?{urlencode({'destination': lane.destination, 'key': lane.key})}"


class Sender:
    """What a worker would do, step by step."""

    def __init__(self, site: Site) -> None:
        self.site = site

    def put(self, lane: LaneKey | None, kind: str, *, owner: str = SCHOOL, **more: Any) -> MessageId:
        fields = {"destination": lane.destination, "ordering_key": lane.key[2:]} if lane else {"destination": "portal"}
        with self.site.world.engine.begin() as connection:
            new = NewMessage(**{"kind": kind, "payload": b"<x/>", "owner": owner, **fields, **more})
            [message] = outbox.enqueue(connection, new, now=self.site.world.clock())
        return message

    def put_many(self, lane: LaneKey, kind: str, states: Sequence[str]) -> None:
        """Enqueue the full states of many things at once."""
        messages = [
            NewMessage(
                destination=lane.destination,
                ordering_key=lane.key[2:],
                kind=kind,
                payload=b"<x/>",
                owner=SCHOOL,
                state_of=state,
            )
            for state in states
        ]
        with self.site.world.engine.begin() as connection:
            outbox.enqueue(connection, *messages, now=self.site.world.clock())

    def give(self, **outcomes: Outcome) -> None:
        """Claim all that may go now; give each kind its outcome, and back what has none."""
        world, now = self.site.world, self.site.world.clock()
        with world.engine.begin() as connection:
            claimed = outbox.claim(
                connection, policies=POLICIES, worker="host-1:42", limit=500, now=now, random=lambda: 0.0
            ).messages
            settled = [
                Settlement(message=one, outcome=outcome, started_at=now, finished_at=now)
                for one in claimed
                if (outcome := _outcome_of(one, outcomes)) is not None
            ]
            outbox.settle(connection, *settled, policies=POLICIES, now=now, random=lambda: 0.5)
            outbox.give_back(connection, [one for one in claimed if _outcome_of(one, outcomes) is None])

    def decide(self, verb: Callable[..., object], *about: object) -> None:
        with self.site.world.engine.begin() as connection:
            verb(connection, *about, by="boris", reason="Ремонт у получателя", now=self.site.world.clock())


def _outcome_of(message: Message, outcomes: Mapping[str, Outcome]) -> Outcome | None:
    outcome = outcomes.get(message.kind.replace(".", "_"))
    return Sent(receipt=f"ИС-{message.seq}") if isinstance(outcome, Sent) else outcome


def seed_queue(site: Site) -> SeededQueue:
    """Fill the queue of two schools, over the three hours before now."""
    sender, clock = Sender(site), site.world.clock
    clock.advance(timedelta(hours=-3))
    accepted = sender.put(LaneKey("authority", "k:former"), "performance")
    sender.give(performance=Sent(receipt=""))
    with site.world.engine.begin() as connection:
        receipt = outbox.show(connection, accepted).entry.receipt
        outbox.accept(connection, "authority", str(receipt), acceptance="Принято, № 17/26", now=clock())
    asking = sender.put(LaneKey("authority", "k:asking"), "performance")
    sender.give(performance=Sent(receipt=""))
    dead = sender.put(PACKAGES, "performance")
    elsewhere = sender.put(ELSEWHERE, "performance", owner=OTHER_SCHOOL)
    sender.give(performance=UNSIGNED)
    followers = tuple(sender.put(PACKAGES, "performance") for _ in range(3))
    for number in range(4):
        sender.put(LaneKey("portal", f"k:pupil-{number}:g-1"), "mark.added")
    sender.give(mark_added=UNKNOWN_PUPIL)
    sender.put(LaneKey("portal", "k:pupil-0:g-1"), "mark.changed")
    superseded = sender.put(FAMILY, "mark.added", state_of="mark-1")
    sender.put_many(FAMILY, "mark.changed", [f"mark-{number + 1}" for number in range(55)])
    sender.give(mark_changed=BUSY)
    clock.advance(NOW - clock())
    shared = sender.put(SHARED, "mark.deleted", owner=OTHER_SCHOOL)
    sender.put(SHARED, "mark.deleted")
    sender.put(LaneKey("steps", f"k:{SCHOOL}/archive_signed"), "archive_signed")
    sender.put(None, "mark.deleted")
    sender.give(archive_signed=Delivered())
    return SeededQueue(
        dead=dead,
        followers=followers,
        asking=asking,
        accepted=accepted,
        superseded=superseded,
        shared=shared,
        elsewhere=elsewhere,
    )


def open_breaker(site: Site, destination: str) -> None:
    """Let a destination fail so often that it is left alone."""
    with site.world.engine.begin() as connection:
        report(connection, {destination: Tally(failed=20)}, policies=POLICIES, now=site.world.clock())


def lane_of(site: Site, message: MessageId) -> LaneKey:
    """Return the lane of a message."""
    with site.world.engine.connect() as connection:
        entry = outbox.show(connection, message).entry
    return lane_key(entry.destination, entry.ordering_key, message)
