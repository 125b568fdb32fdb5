"""What a person submits when they decide something: which decision, and why."""

from __future__ import annotations

from collections.abc import Collection

from flask import request

from gateway.web.console.refusals import reason_missing

LONGEST_REASON = 500
"""Characters of a reason that are kept."""


def submitted(verbs: Collection[str]) -> tuple[str, str]:
    """Return the verb and the reason of a decision's form.

    Raises:
        RequestRefused: ``console.decision_incomplete``: the verb is none of these, or there is no reason.
    """
    verb, reason = request.form.get("verb", ""), request.form.get("reason", "").strip()
    if verb not in verbs or not reason:
        raise reason_missing()
    return verb, reason[:LONGEST_REASON]
