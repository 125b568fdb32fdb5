"""What the registry holds, and the changes an integrator can make to it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from threading import RLock

from lxml import etree

from gateway.sandbox.registry.changes import (
    ChangeLog,
    ChangesMovedError,
    ChangesPage,
    CursorExpiredError,
    Identity,
    by_identity,
    counted,
    identity,
    with_those_named,
)
from gateway.sandbox.registry.records import NAMESPACE, TAGS, RosterData, record, records

__all__ = ["Page", "Registry", "RosterData"]


class UnknownSchoolError(LookupError):
    """The registry has no such school."""


class SnapshotExpiredError(LookupError):
    """The roster has changed since the snapshot was begun."""


class BusyError(Exception):
    """The registry asks its callers to slow down."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """One page of a snapshot; ``totals`` counts the records of the whole snapshot by tag."""

    snapshot_id: str
    number: int
    pages: int
    complete: bool
    totals: Mapping[str, int]
    records: tuple[bytes, ...]


class Registry:
    """The rosters by the schools' registry ids. Records are kept as XML, so that a broken one can be planted.

    A roster is written when somebody asks for it; only rosters that were changed, and the one asked for last, stay in
    memory. With ``tells_changes`` off it speaks contract 1.0.
    """

    def __init__(self, rosters: Mapping[str, RosterData], *, page_size: int = 500, tells_changes: bool = True) -> None:
        self.tells_changes = tells_changes
        self._logs: defaultdict[str, ChangeLog] = defaultdict(ChangeLog)
        self._said_gone: dict[str, set[Identity]] = {}
        self._rosters = rosters
        self._page_size = page_size
        self._changed: dict[str, list[etree._Element]] = {}
        self._latest: tuple[str, list[etree._Element]] | None = None
        self._totals: tuple[str, Mapping[str, int]] = ("", {})
        self._revisions: Counter[str] = Counter()
        self._withheld: Counter[str] = Counter()
        self._incomplete: set[str] = set()
        self._restless = 0
        self._busy = 0
        self._lock = RLock()

    def page(self, school: str, snapshot_id: str | None, number: int) -> Page:
        """Return one page of a school's roster.

        Raises:
            UnknownSchoolError: there is no such school.
            SnapshotExpiredError: the roster changed since the snapshot was begun.
            IndexError: the snapshot has no such page.
            BusyError: the caller was told to slow down.
        """
        with self._lock:
            held, current = self._asked(school, number)
            if snapshot_id not in {None, current}:
                raise SnapshotExpiredError(snapshot_id)
            pages = max(1, -(-len(held) // self._page_size))
            if not 1 <= number <= pages:
                raise IndexError(number)
            sent = held[: len(held) - self._withheld[school]]
            first = (number - 1) * self._page_size
            return Page(
                snapshot_id=current,
                number=number,
                pages=pages,
                complete=school not in self._incomplete,
                totals=self._totals_of(current, held),
                records=tuple(etree.tostring(one) for one in sent[first : first + self._page_size]),
            )

    def changes(self, school: str, since: str, until: str | None, number: int) -> ChangesPage:
        """Return one page of what has changed since a snapshot or since earlier changes.

        Raises:
            UnknownSchoolError: there is no such school.
            CursorExpiredError: ``since`` is too old, or none of this school's.
            ChangesMovedError: the roster changed since the first page.
            IndexError: the changes have no such page.
            BusyError: the caller was told to slow down.
        """
        with self._lock:
            held, current = self._asked(school, number)
            if until not in {None, current}:
                raise ChangesMovedError(until)
            touched = self._logs[school].since(self._revision(school, since))
            here = {identity(one) for one in held}
            found = with_those_named(held, touched)
            pages = max(1, -(-len(found) // self._page_size))
            if not 1 <= number <= pages:
                raise IndexError(number)
            first = (number - 1) * self._page_size
            gone = {one for one in touched - here if one[0] in TAGS} | self._said_gone.get(school, set())
            sent = found[: len(found) - self._withheld[school]]
            return ChangesPage(
                cursor=current,
                number=number,
                pages=pages,
                totals=counted(found),
                gone=tuple(sorted(gone)) if number == 1 else (),
                records=tuple(etree.tostring(one) for one in sent[first : first + self._page_size]),
            )

    def forget_changes(self, school: str) -> None:
        """Let every cursor that was given so far expire."""
        with self._editing(school):
            self._logs[school].forget(self._revisions[school])

    def lose_changes(self, school: str) -> None:
        """Tell of nothing that has changed so far, as if it had not."""
        with self._lock:
            self._logs[school].lose()

    def say_all_gone(self, school: str) -> None:
        """Name everybody as gone in all further changes, though they are all there."""
        with self._lock:
            self._said_gone[school] = {one for one in by_identity(self._held(school)) if one[0] in TAGS}

    def drop(self, school: str, source_id: str) -> None:
        """Let a person or class leave, and with it every record that names it."""
        with self._editing(school) as held:
            held[:] = [one for one in held if source_id not in {child.text for child in one}]

    def drop_link(self, school: str, tag: str, first: str, second: str) -> None:
        """Take one guardianship (guardian, pupil) or enrolment (pupil, class) away."""
        with self._editing(school) as held:
            held[:] = [
                one
                for one in held
                if etree.QName(one).localname != tag or [child.text for child in one[:2]] != [first, second]
            ]

    def change(self, school: str, source_id: str, field: str, value: str) -> None:
        """Set a field of the record with this id, to whatever is given: this is how a record is broken, too."""
        with self._editing(school) as held:
            (found,) = (one for one in held if one[0].text == source_id and _is_own(one))
            child = found.find(etree.QName(NAMESPACE, field))
            if child is None:
                raise KeyError(field)
            child.text = value

    def move(self, school: str, pupil: str, to_class: str, since: date) -> None:
        """End a pupil's open enrolment and begin one in another class."""
        with self._editing(school) as held:
            for one in held:
                if etree.QName(one).localname == "Enrollment" and one[0].text == pupil and len(one) == _OPEN_FIELDS:
                    last = etree.SubElement(one, etree.QName(NAMESPACE, "validTo"))
                    last.text = (since - timedelta(days=1)).isoformat()
            fields = (("pupilId", pupil), ("classId", to_class), ("validFrom", since.isoformat()))
            held.append(record("Enrollment", *fields))

    def plant(self, school: str, element: etree._Element) -> None:
        """Add any record."""
        with self._editing(school) as held:
            held.append(element)

    def withhold(self, school: str, count: int) -> None:
        """Send that many records fewer than the totals promise."""
        with self._lock:
            self._withheld[school] = count

    def admit_incomplete(self, school: str) -> None:
        """Say of every further snapshot that it is not complete."""
        with self._lock:
            self._incomplete.add(school)

    def be_restless(self, times: int) -> None:
        """Let the roster change just before a second page is asked for, that many times."""
        with self._lock:
            self._restless = times

    def be_busy(self, times: int) -> None:
        """Ask the next callers to slow down."""
        with self._lock:
            self._busy = times

    def _asked(self, school: str, number: int) -> tuple[list[etree._Element], str]:
        """Let happen what happens before a page is given; return what is held then, and the snapshot's id."""
        if self._busy:
            self._busy -= 1
            raise BusyError
        self._stir(school, number)
        return self._held(school), f"{school}-{self._revisions[school]}"

    def _held(self, school: str) -> list[etree._Element]:
        if school in self._changed:
            return self._changed[school]
        if self._latest is None or self._latest[0] != school:
            if school not in self._rosters:
                raise UnknownSchoolError(school)
            self._latest = (school, list(records(self._rosters[school])))
        return self._latest[1]

    def _revision(self, school: str, cursor: str) -> int:
        """Return the revision that a cursor stands for."""
        name, _, revision = cursor.rpartition("-")
        if name != school or not revision.isdigit() or int(revision) > self._revisions[school]:
            raise CursorExpiredError(cursor)
        return int(revision)

    def _totals_of(self, snapshot_id: str, held: list[etree._Element]) -> Mapping[str, int]:
        """Return how many records a snapshot has; they are counted once for all of its pages."""
        if self._totals[0] != snapshot_id:
            self._totals = (snapshot_id, counted(held))
        return self._totals[1]

    def _stir(self, school: str, number: int) -> None:
        if number > 1 and self._restless:
            self._restless -= 1
            self._revisions[school] += 1

    @contextmanager
    def _editing(self, school: str) -> Iterator[list[etree._Element]]:
        """Give a school's records to be changed; the registry stands still meanwhile, its revision moves on."""
        with self._lock:
            held = self._changed.setdefault(school, self._held(school))
            before = by_identity(held)
            self._revisions[school] += 1
            yield held
            self._logs[school].note(before, by_identity(held), self._revisions[school])


_OPEN_FIELDS = 3


def _is_own(element: etree._Element) -> bool:
    return etree.QName(element[0]).localname == "sourceId"
