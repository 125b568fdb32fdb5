"""What the sender of a batch is told, and how that is kept so that the same posting is told the same again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from http import HTTPStatus
from types import MappingProxyType
from typing import Any

from gateway.errors import DocumentError, Fault, Party, Rejected, Text
from gateway.journal.changes import RecordChange
from gateway.mapping.journal_records import KIND_LABELS
from gateway.model.batch import Batch
from gateway.model.journal_records import RecordKey, RecordKind, key_of, records_of
from gateway.model.record_shape import label_of
from gateway.model.rules.batch import Position

MAX_REJECTED = 10_000
"""Records that break a rule at which a batch is refused as a whole: then something is wrong with all of it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class BatchAnswer:
    """What became of a batch.

    Attributes:
        accepted: records written, new or changed, by the label of the kind; every kind is named.
        unchanged: records that the journal held already as they are, by kind; every kind is named.
        rejected: records turned away, each with all its faults and the beginning of its own form, without its texts.
    """

    accepted: Mapping[str, int]
    unchanged: Mapping[str, int]
    rejected: tuple[Rejected, ...] = field(repr=False)

    @property
    def is_refused(self) -> bool:
        """Tell whether there were records and every one of them was turned away."""
        return bool(self.rejected) and not any(self.accepted.values()) and not any(self.unchanged.values())

    @property
    def status(self) -> int:
        """Return the HTTP status: 422 when nothing was accepted for its faults, else 200."""
        return HTTPStatus.UNPROCESSABLE_ENTITY if self.is_refused else HTTPStatus.OK


class Tally:
    """What has become of the parts of a batch so far."""

    def __init__(
        self,
        rejected_keys: Mapping[RecordKind, Collection[RecordKey]],
        forbidden: Mapping[Position, tuple[Fault, ...]] = MappingProxyType({}),
    ) -> None:
        self.rejected_keys: dict[RecordKind, set[RecordKey]] = {kind: set(keys) for kind, keys in rejected_keys.items()}
        self.faults: dict[Position, tuple[Fault, ...]] = dict(forbidden)
        self._written: Counter[RecordKind] = Counter()
        self._accepted: Counter[RecordKind] = Counter()

    @property
    def count(self) -> int:
        """Number of records dealt with."""
        return sum(self._accepted.values()) + len(self.faults)

    @property
    def is_hopeless(self) -> bool:
        """Tell whether more records break rules than a batch may have."""
        return len(self.faults) > MAX_REJECTED

    def take(self, accepted: Batch, changes: Sequence[RecordChange]) -> None:
        """Count records that went through."""
        self._written.update(change.kind for change in changes)
        self._accepted.update({kind: len(records_of(accepted, kind)) for kind in RecordKind})

    def turn_away(self, position: Position, record: Any, faults: tuple[Fault, ...]) -> None:
        """Keep why a record did not go through; ``position`` is that in the document."""
        self.faults[position] = faults
        self.rejected_keys.setdefault(position[0], set()).add(key_of(record))

    def answer(self, rejected: Sequence[Rejected]) -> BatchAnswer:
        """Return the answer to the whole batch."""
        return BatchAnswer(
            accepted={KIND_LABELS[kind]: self._written[kind] for kind in RecordKind},
            unchanged={KIND_LABELS[kind]: self._accepted[kind] - self._written[kind] for kind in RecordKind},
            rejected=tuple(rejected),
        )


def too_many_rejected(faults: tuple[Fault, ...]) -> DocumentError:
    """Return the refusal of a batch with more than `MAX_REJECTED` records that break rules, with the first faults."""
    return DocumentError(
        "journal.too_many_rejected",
        Text(
            ru=f"Больше {MAX_REJECTED} записей пакета нарушают правила; пакет отклонён целиком, ничего не записано.",
            en=f"More than {MAX_REJECTED} records of the batch break rules; all of it was refused, nothing is written.",
        ),
        faults=faults,
        rule="R-EXCH-04",
    )


def answer_to_json(answer: BatchAnswer) -> dict[str, Any]:
    """Return an answer as it is kept. The values in it may be personal data; texts are not kept."""
    return {
        "accepted": dict(answer.accepted),
        "unchanged": dict(answer.unchanged),
        "rejected": [asdict(one) for one in answer.rejected],
    }


def answer_from_json(kept: Mapping[str, Any]) -> BatchAnswer:
    """Return a kept answer; those kept by earlier versions call kinds with underscores."""
    return BatchAnswer(
        accepted={label_of(kind): number for kind, number in kept["accepted"].items()},
        unchanged={label_of(kind): number for kind, number in kept["unchanged"].items()},
        rejected=tuple(
            Rejected(
                record=one["record"],
                kind=label_of(one["kind"]),
                faults=tuple(_fault(fault) for fault in one["faults"]),
                raw=one["raw"],
            )
            for one in kept["rejected"]
        ),
    )


def _fault(kept: Mapping[str, Any]) -> Fault:
    return Fault(**{**kept, "text": Text(**kept["text"]), "who": Party(kept["who"])})
