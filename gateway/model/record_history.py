"""What was done to each record in its life, under whatever keys it had: pure (R-AUD-01, R-SEC-05).

The audit names a record by the key it had at the time. A key change carries its history on under the new key; what is
made under the old key afterwards is another record.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from gateway.model.audit import AuditEntry

REKEY = "rekey"
"""The audit's word for a change of a key: the entry is named by the new one, ``old`` and ``new`` hold the keys."""

Named = tuple[str, str]
"""Kind and name of a record, as the audit has them."""


def names_over_time(objects: Collection[Named], renamings: Iterable[AuditEntry]) -> frozenset[Named]:
    """Return the names that some records, and whatever shared a name with them, ever had."""
    pairs = [(name_before(entry), name_after(entry)) for entry in renamings]
    found = set(objects)
    while more := {name for pair in pairs if not found.isdisjoint(pair) for name in pair} - found:
        found |= more
    return frozenset(found)


def lives(entries: Iterable[AuditEntry]) -> Sequence[Sequence[AuditEntry]]:
    """Return the operations record by record, oldest first; the last one of a life tells what the record is called."""
    every: list[list[AuditEntry]] = []
    called: dict[Named, list[AuditEntry]] = {}
    for entry in sorted(entries, key=lambda one: one.sequence):
        name = name_after(entry)
        life = called.pop(name_before(entry) if entry.record.action == REKEY else name, None)
        if life is None or entry.record.action == "create":
            life = []
            every.append(life)
        life.append(entry)
        called[name] = life
    return every


def name_after(entry: AuditEntry) -> Named:
    """Return what a record is called since an operation."""
    return entry.record.object_kind, entry.record.object_id


def name_before(entry: AuditEntry) -> Named:
    """Return what a record was called before its key was changed."""
    key = (entry.record.old or {}).get("key")
    return (entry.record.object_kind, " ".join(key)) if isinstance(key, list) else name_after(entry)
