"""Finding a record of the roster that somebody names, or saying that there is none."""

from __future__ import annotations

from gateway.errors import GatewayError, Text
from gateway.model.roster import Fields, Key, RecordKind, RosterState
from gateway.model.roster_kind_names import ONE_NAMES


def held_record(state: RosterState, kind: RecordKind, key: Key) -> Fields:
    """Return the fields of a record.

    Raises:
        GatewayError: ``roster.record_unknown``.
    """
    held = state.of(kind).get(key)
    if held is None:
        raise GatewayError(
            "roster.record_unknown",
            Text(
                ru=f"В составе нет записи «{ONE_NAMES[kind].ru}» с ключом «{'/'.join(key)}».",
                en=f"There is no {ONE_NAMES[kind].en} with key '{'/'.join(key)}' in the roster.",
            ),
        )
    return held
