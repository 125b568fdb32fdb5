"""What the sender of a batch is told, and how that is kept so that the same posting is told the same again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from http import HTTPStatus
from typing import Any

from gateway.errors import Fault, Party, Rejected, Text
from gateway.journal.changes import RecordChange
from gateway.model.journal import Batch
from gateway.model.journal_records import RecordKind, records_of


@dataclass(frozen=True, kw_only=True, slots=True)
class BatchAnswer:
    """What became of a batch.

    Attributes:
        accepted: records written, new or changed, by kind; every kind is named.
        unchanged: records that the journal held already as they are, by kind; every kind is named.
        rejected: records turned away, each with all its faults and its raw form.
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


def answer_for(accepted: Batch, changes: Sequence[RecordChange], rejected: Sequence[Rejected]) -> BatchAnswer:
    """Return the answer to a batch."""
    written = Counter(change.kind for change in changes)
    return BatchAnswer(
        accepted={kind.value: written[kind] for kind in RecordKind},
        unchanged={kind.value: len(records_of(accepted, kind)) - written[kind] for kind in RecordKind},
        rejected=tuple(rejected),
    )


def answer_to_json(answer: BatchAnswer) -> dict[str, Any]:
    """Return an answer as it is kept. The raw forms in it may hold personal data."""
    return {
        "accepted": dict(answer.accepted),
        "unchanged": dict(answer.unchanged),
        "rejected": [asdict(one) for one in answer.rejected],
    }


def answer_from_json(kept: Mapping[str, Any]) -> BatchAnswer:
    """Return a kept answer."""
    return BatchAnswer(
        accepted=kept["accepted"],
        unchanged=kept["unchanged"],
        rejected=tuple(
            Rejected(
                record=one["record"],
                kind=one["kind"],
                faults=tuple(_fault(fault) for fault in one["faults"]),
                raw=one["raw"],
            )
            for one in kept["rejected"]
        ),
    )


def _fault(kept: Mapping[str, Any]) -> Fault:
    return Fault(**{**kept, "text": Text(**kept["text"]), "who": Party(kept["who"])})
