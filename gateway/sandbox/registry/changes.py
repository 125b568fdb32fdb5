"""What has changed in a registry's roster: which records were touched by which revision, and what they name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from lxml import etree

from gateway.sandbox.registry.records import TAGS

Identity = tuple[str, ...]
"""Tag and ids by which a record is told from others."""

_IDS = {"Guardianship": 2, "Enrollment": 3}
_NAMES = {
    "SchoolClass": (("classTeacherId", "Staff"),),
    "Guardianship": (("guardianId", "Guardian"), ("pupilId", "Pupil")),
    "Enrollment": (("pupilId", "Pupil"), ("classId", "SchoolClass")),
}
"""Fields of a record that name another one, and the other's tag."""


class CursorExpiredError(LookupError):
    """The registry does not remember that far back."""


class ChangesMovedError(LookupError):
    """The roster has changed since the first page of the changes."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ChangesPage:
    """One page of changes; ``totals`` counts the records of all pages by tag, ``gone`` names those that left."""

    cursor: str
    number: int
    pages: int
    totals: Mapping[str, int]
    gone: tuple[Identity, ...]
    records: tuple[bytes, ...]


class ChangeLog:
    """The newest revision in which each record of one school was touched."""

    def __init__(self) -> None:
        self._touched: dict[Identity, int] = {}
        self._oldest = 0

    def note(self, before: Mapping[Identity, bytes], after: Mapping[Identity, bytes], revision: int) -> None:
        """Note the records in which two states differ."""
        touched = [one for one in before.keys() | after.keys() if before.get(one) != after.get(one)]
        self._touched.update(dict.fromkeys(touched, revision))

    def forget(self, revision: int) -> None:
        """Remember nothing of what came before a revision."""
        self._oldest = revision

    def lose(self) -> None:
        """Forget what was touched, and go on as if nothing had been."""
        self._touched.clear()

    def since(self, revision: int) -> set[Identity]:
        """Return the records touched after a revision.

        Raises:
            CursorExpiredError: that is too long ago.
        """
        if revision < self._oldest:
            raise CursorExpiredError(revision)
        return {one for one, touched in self._touched.items() if touched > revision}


def identity(element: etree._Element) -> Identity:
    """Return tag and ids of a record; one that is no record is told by its whole content."""
    tag = etree.QName(element).localname
    if tag not in TAGS:
        return (tag, etree.tostring(element, encoding="unicode"))
    return (tag, *((child.text or "") for child in element[: _IDS.get(tag, 1)]))


def by_identity(held: Iterable[etree._Element]) -> dict[Identity, bytes]:
    """Return the records as bytes by their identities; those that share one stand together."""
    found: dict[Identity, bytes] = {}
    for one in held:
        found[identity(one)] = found.get(identity(one), b"") + etree.tostring(one)
    return found


def with_those_named(held: Sequence[etree._Element], touched: set[Identity]) -> list[etree._Element]:
    """Return the touched records and every record that one of them names, in the order in which they are held."""
    wanted, added = set(touched), set(touched)
    while added:
        named = {each for one in held if identity(one) in added for each in _named(one)}
        added = named - wanted
        wanted |= added
    return [one for one in held if identity(one) in wanted]


def counted(held: Iterable[etree._Element]) -> dict[str, int]:
    """Return how many records there are of each tag."""
    totals = Counter(etree.QName(one).localname for one in held)
    return {tag: totals[tag] for tag in TAGS}


def _named(element: etree._Element) -> Iterable[Identity]:
    texts = {etree.QName(child).localname: child.text or "" for child in element}
    for field, tag in _NAMES.get(etree.QName(element).localname, ()):
        yield tag, texts.get(field, "")
