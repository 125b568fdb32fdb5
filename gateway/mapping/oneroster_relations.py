"""Who stands for whom at a OneRoster provider: links that are written at either end, and those no longer written."""

from __future__ import annotations

from collections.abc import Collection as Some

from gateway.mapping.oneroster_gathering import GUARDIAN_ROLES, Collection, Gathering
from gateway.model.roster_known import Known


def told_relations(gathered: Gathering) -> set[tuple[str, str]]:
    """Return guardian and pupil by their ids there; providers write the link at either end."""
    pairs = set()
    for source_id, user in gathered.users.items():
        if gathered.is_pupil(user):
            pairs |= {(agent, source_id) for agent in user.agents if agent in gathered.users}
        elif any(one.role in GUARDIAN_ROLES for one in user.roles):
            wards = (gathered.users.get(agent) for agent in user.agents)
            pairs |= {(source_id, ward.id) for ward in wards if ward is not None and gathered.is_pupil(ward)}
    return {(guardian, pupil) for guardian, pupil in pairs if not gathered.is_pupil(gathered.users[guardian])}


def other_ends(gathered: Gathering, known: Known) -> list[str]:
    """Return who is related, as far as we know, to somebody who has come, has not come, and is not named any more.

    Whether the relation still stands, only that end can tell.
    """
    told = told_relations(gathered)
    ends = {
        end
        for pair in known.guardianships
        if pair not in told and any(gathered.has_seen(Collection.USERS, one) for one in pair)
        for end in pair
        if not gathered.has_seen(Collection.USERS, end)
    }
    return sorted(ends)


def withdrawn(gathered: Gathering, known: Known, *, asked: Some[str]) -> int:
    """Return how many of our relations neither end tells of any more; ``asked`` were asked for, there or not.

    Somebody may have several ids there, of records made one with others here: one of them is enough.
    """
    told = told_relations(gathered)
    looked_at = {
        pair
        for pair in known.guardianships
        if all(gathered.has_seen(Collection.USERS, one) or one in asked for one in pair)
    }
    standing = {_ours(known, pair) for pair in known.guardianships if pair in told or pair not in looked_at}
    return len({_ours(known, pair) for pair in looked_at} - standing)


def _ours(known: Known, pair: tuple[str, str]) -> tuple[str, str]:
    held = known.guardianships[pair]
    return str(held["guardian"]), str(held["pupil"])
