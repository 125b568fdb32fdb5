"""The daily figures and their hash, and the order and the chain of evidence."""

import csv
import io
import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, insert, select, update

from outbox import tables
from outbox.evidence import GENESIS, EvidenceRow, chain, evidence
from outbox.intake import enqueue
from outbox.lane import follow
from outbox.message import AttemptOutcome, BusinessVerdict, MessageId, NewMessage, State
from outbox.reconciling import RECEIVED, Line, ledger, ledger_hash, tally

MONDAY = date(2026, 9, 7)
DAY = timedelta(days=1)
DELIVERED, SENT, RETRY, LOST = (
    AttemptOutcome.DELIVERED,
    AttemptOutcome.SENT,
    AttemptOutcome.RETRY,
    AttemptOutcome.LOST,
)


def at(day: int, hour: int = 12) -> datetime:
    """Return a moment on a day after the Monday."""
    return datetime(2026, 9, 7, hour, tzinfo=UTC) + day * DAY


class Store:
    """A queue in which things happen at given moments."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def put(
        self, when: datetime, key: str | None = None, *, payload: bytes = b"<x/>", to: str = "registry"
    ) -> MessageId:
        new = NewMessage(destination=to, kind="marks", payload=payload, idempotency_key=key)
        with self.engine.begin() as connection:
            return enqueue(connection, new, now=when)[0]

    def attempt(
        self, message_id: MessageId, when: datetime, outcome: AttemptOutcome = DELIVERED, number: int = 1
    ) -> None:
        with self.engine.begin() as connection:
            [seq] = connection.execute(select(tables.message.c.seq).where(tables.message.c.id == message_id)).scalars()
            connection.execute(
                insert(tables.attempt).values(
                    message=seq,
                    number=number,
                    started_at=when - timedelta(seconds=1),
                    finished_at=when,
                    outcome=outcome,
                    status=200,
                    answer="",
                    worker="w",
                )
            )

    def change(self, message_id: MessageId, **values: Any) -> None:
        table = tables.message
        with self.engine.begin() as connection:
            connection.execute(update(table).where(table.c.id == message_id).values(values))
            follow(connection, list(connection.execute(select(tables.lane.c.id)).scalars()))

    def deliver(self, message_id: MessageId, when: datetime) -> None:
        self.attempt(message_id, when)
        self.change(message_id, state=State.DONE, finished_at=when, receipt=f"r-{message_id}")

    def send(self, message_id: MessageId, when: datetime) -> None:
        self.attempt(message_id, when, SENT)
        due = when + 30 * DAY
        self.change(message_id, state=State.SENT, finished_at=when, receipt=f"r-{message_id}", answer_due_at=due)

    def answer(self, message_id: MessageId, when: datetime, verdict: BusinessVerdict) -> None:
        accepted = verdict is BusinessVerdict.ACCEPTED
        with self.engine.begin() as connection:
            [seq] = connection.execute(select(tables.message.c.seq).where(tables.message.c.id == message_id)).scalars()
            connection.execute(
                insert(tables.answer).values(
                    destination="registry", receipt=f"r-{message_id}", message=seq, verdict=verdict, at=when
                )
            )
        state = State.DONE if accepted else State.DEAD
        self.change(message_id, state=state, answered_at=when, answer_due_at=None)

    def tally(self, days: int, **more: Any) -> list[dict[str, Any]]:
        with self.engine.connect() as connection:
            found = tally(connection, destination="registry", since=MONDAY, until=MONDAY + days * DAY, **more)
        return [day.row() for day in found]

    def ledger(self, day: date) -> list[Line]:
        with self.engine.connect() as connection:
            return list(ledger(connection, destination="registry", day=day))


@pytest.fixture
def store(engine: Engine) -> Store:
    return Store(engine)


def figures(day: dict[str, Any]) -> dict[str, Any]:
    """Return the counts that are not nought."""
    return {name: value for name, value in day.items() if name not in ("day", "lines", "hash") and value}


class TestTally:
    def test_every_event_counts_on_its_own_day(self, store: Store) -> None:
        one, two, three, four, five, six = (store.put(at(0, hour)) for hour in range(6))
        store.deliver(one, at(0))
        store.send(two, at(0))
        store.send(three, at(1))
        store.answer(two, at(1), BusinessVerdict.ACCEPTED)
        store.answer(three, at(2), BusinessVerdict.REJECTED)
        store.change(four, state=State.DEAD, finished_at=at(1))
        store.change(five, state=State.SUPERSEDED, finished_at=at(2))
        store.change(six, state=State.DEAD)
        monday, tuesday, wednesday = store.tally(3)
        assert figures(monday) == {"produced": 6, "delivered": 1, "sent": 1, "outstanding": 5}
        assert figures(tuesday) == {"sent": 1, "accepted": 1, "dead": 1, "outstanding": 3}
        # The sixth is dead, but holds its lane still: somebody has to decide.
        assert figures(wednesday) == {"rejected": 1, "superseded": 1, "outstanding": 1}

    def test_yesterday_looks_the_same_tomorrow(self, store: Store) -> None:
        one, two = store.put(at(0), "a"), store.put(at(0), "b")
        store.send(one, at(0, 13))
        [monday] = store.tally(1)
        store.answer(one, at(1), BusinessVerdict.ACCEPTED)
        store.deliver(two, at(1))
        store.deliver(store.put(at(2)), at(2))
        assert store.tally(1) == [monday]

    def test_what_came_before_is_outstanding_until_it_is_over(self, store: Store) -> None:
        waits, sent, lapsed = store.put(at(-5)), store.put(at(-5)), store.put(at(-5))
        store.put(at(9))
        store.send(sent, at(-4))
        store.deliver(lapsed, at(-1))
        assert [day["outstanding"] for day in store.tally(3)] == [2, 2, 2]
        store.answer(sent, at(1), BusinessVerdict.ACCEPTED)
        store.deliver(waits, at(2))
        assert [day["outstanding"] for day in store.tally(3)] == [2, 1, 0]

    def test_a_day_is_that_of_the_zone(self, store: Store) -> None:
        store.deliver(store.put(at(0, 22)), at(0, 22))
        assert [figures(day) for day in store.tally(2)] == [{"produced": 1, "delivered": 1}, {}]
        moscow = store.tally(2, zone=ZoneInfo("Europe/Moscow"))
        assert [figures(day) for day in moscow] == [{}, {"produced": 1, "delivered": 1}]

    def test_other_destinations_and_failed_attempts_do_not_count(self, store: Store) -> None:
        store.deliver(store.put(at(0), to="portal"), at(0))
        failed = store.put(at(0))
        store.attempt(failed, at(0), RETRY)
        store.attempt(failed, at(0), LOST, number=2)
        assert [figures(day) for day in store.tally(1)] == [{"produced": 1, "outstanding": 1}]
        assert store.ledger(MONDAY) == []

    def test_no_day_gives_no_figures(self, store: Store) -> None:
        assert store.tally(0) == []

    def test_figures_go_into_csv_and_json(self, store: Store) -> None:
        store.deliver(store.put(at(0)), at(0))
        [day] = store.tally(1)
        assert json.loads(json.dumps(day)) == day
        table = io.StringIO()
        writer = csv.DictWriter(table, fieldnames=list(day))
        writer.writerow(day)
        assert table.getvalue().startswith("2026-09-07,1,1,0,")


class TestLedger:
    def test_a_recipient_computes_the_same_over_what_it_has(self, store: Store) -> None:
        """The recipient knows keys, bytes and its own answers, and nothing of our library."""
        keyed, alone = store.put(at(0), "справка-1", payload=b"one"), store.put(at(0), payload=b"two")
        store.send(keyed, at(0))
        store.deliver(alone, at(0))
        store.answer(keyed, at(0, 23), BusinessVerdict.REJECTED)
        got = {("справка-1", b"one", "received"), (alone, b"two", "received"), ("справка-1", b"one", "rejected")}
        lines = sorted(f"{key}\0{sha256(data).hexdigest()}\0{word}\n".encode() for key, data, word in got)
        [day] = store.tally(1)
        assert day["hash"] == sha256(b"".join(lines)).hexdigest()
        assert day["lines"] == 3

    def test_the_lines_show_where_two_hashes_differ(self, store: Store) -> None:
        for name in ("b", "a", "c"):
            store.deliver(store.put(at(0), name), at(0))
        ours = store.ledger(MONDAY)
        assert [line.key for line in ours] == ["a", "b", "c"]
        theirs = [line for line in ours if line.key != "b"]
        [day] = store.tally(1)
        assert ledger_hash(ours) == day["hash"] != ledger_hash(theirs)
        assert set(ours) ^ set(theirs) == {Line("b", sha256(b"<x/>").digest(), RECEIVED)}

    def test_a_repetition_on_one_day_is_one_line(self, store: Store) -> None:
        one = store.put(at(0), "a")
        store.attempt(one, at(0, 1), SENT)
        store.attempt(one, at(0, 2), SENT, number=2)
        [day] = store.tally(1)
        assert (day["sent"], day["lines"]) == (1, 1)

    @given(
        st.lists(
            st.builds(
                Line,
                st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=3),
                st.binary(min_size=32, max_size=32),
                st.sampled_from(["received", "accepted", "rejected"]),
            )
        ),
        st.randoms(use_true_random=False),
    )
    def test_the_order_and_repetitions_do_not_matter_and_every_line_does(self, lines: list[Line], random: Any) -> None:
        shuffled = [*lines, *lines[:1]]
        random.shuffle(shuffled)
        assert ledger_hash(shuffled) == ledger_hash(lines)
        for line in set(lines):
            assert ledger_hash(other for other in lines if other != line) != ledger_hash(lines)


class TestEvidence:
    def rows(self, store: Store, until: datetime, **more: Any) -> list[EvidenceRow]:
        with store.engine.connect() as connection:
            return list(evidence(connection, destination="registry", until=until, **more))

    def test_attempts_come_in_the_order_of_their_ends_with_what_proves_them(self, store: Store) -> None:
        late, early = store.put(at(0), payload=b"late"), store.put(at(0), payload=b"early")
        store.attempt(late, at(0, 1), LOST)
        store.attempt(early, at(0, 2), RETRY)
        store.attempt(early, at(0, 3), number=2)
        store.attempt(late, at(0, 4), number=2)
        store.change(early, state=State.DONE, finished_at=at(0, 3), receipt="r1")
        store.deliver(store.put(at(0), to="portal"), at(0))
        found = self.rows(store, at(1))
        assert [(row.message, row.number, row.outcome) for row in found] == [
            (late, 1, LOST),
            (early, 1, RETRY),
            (early, 2, DELIVERED),
            (late, 2, DELIVERED),
        ]
        assert [row.receipt for row in found] == [None, None, "r1", None]
        assert found[1].digest == sha256(b"early").hexdigest()
        assert (found[1].started_at, found[1].finished_at, found[1].status) == (
            at(0, 2) - timedelta(seconds=1),
            at(0, 2),
            200,
        )

    def test_day_by_day_it_is_the_same_chain_as_in_one_go(self, store: Store) -> None:
        # Many ends at one moment: the position must tell them apart.
        for _ in range(4):
            message_id = store.put(at(0))
            store.attempt(message_id, at(0), RETRY)
            store.attempt(message_id, at(0), RETRY, number=2)
            store.attempt(message_id, at(1), number=3)
        whole = self.rows(store, at(2))
        assert len(whole) == 12
        for cut in range(1, 12):
            rest = self.rows(store, at(2), after=whole[cut - 1].position)
            assert rest == whole[cut:]
            assert chain(rest, chain(whole[:cut])) == chain(whole)
        assert self.rows(store, at(1)) == whole[:8]

    def test_the_chain_can_be_computed_without_the_library(self) -> None:
        row = EvidenceRow(
            seq=1,
            number=2,
            message=MessageId("m1"),
            digest="ab" * 32,
            started_at=at(0),
            finished_at=at(0, 13),
            outcome=DELIVERED,
            status=None,
            receipt='"квитанция"\n',
        )
        text = (
            f'["m1",2,"{"ab" * 32}","2026-09-07T12:00:00.000000+00:00","2026-09-07T13:00:00.000000+00:00",'
            '"delivered",null,"\\"квитанция\\"\\n"]'
        )
        assert chain([row]) == sha256(bytes(32) + text.encode()).digest()
        assert chain([]) == GENESIS

    def test_every_change_gives_another_end(self) -> None:
        row = EvidenceRow(
            seq=1,
            number=1,
            message=MessageId("m1"),
            digest="ab" * 32,
            started_at=at(0),
            finished_at=at(0),
            outcome=DELIVERED,
            status=200,
            receipt="r1",
        )
        other = replace(row, number=2)
        changed = [
            replace(row, message=MessageId("m2")),
            replace(row, digest="ac" * 32),
            replace(row, status=None),
            replace(row, started_at=at(0, 1)),
            replace(row, finished_at=at(0, 1)),
            replace(row, outcome=SENT),
            replace(row, receipt=None),
            other,
        ]
        ends = {chain(rows) for rows in ([row], [row, row], [row, other], [other, row], *([one] for one in changed))}
        assert len(ends) == 4 + len(changed)
