"""The menu: groups of pages, and in the group that is open its pages; to everybody only what they may open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.model.access import Role
from gateway.web.console.rights import may_open


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """A page that the menu names by its word, or by a shorter one, and the pages that are reached through it."""

    page: str
    inside: tuple[str, ...] = ()
    word: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Group:
    """Pages that belong together, under a word of their own."""

    name: str
    entries: tuple[Entry, ...]


MENU: tuple[Group, ...] = (
    Group(name="overview", entries=(Entry(page="overview"),)),
    Group(
        name="menu_control",
        entries=(
            Entry(page="deadlines"),
            Entry(page="daily_fill"),
            Entry(page="readiness"),
            Entry(page="corrections", inside=("correction", "request_correction", "decide_correction")),
            Entry(
                page="incidents",
                inside=("incident", "report_incident", "note_incident", "settlement", "decide_effect"),
            ),
            Entry(page="outages", inside=("begin_outage", "end_outage")),
            Entry(page="policy", inside=("policy_setting", "decide_policy")),
        ),
    ),
    Group(
        name="menu_journal",
        entries=(
            Entry(page="journal", inside=("records", "record")),
            Entry(page="batches", inside=("batch",)),
            Entry(page="grade_submissions", inside=("decide_grade_submission",)),
            Entry(page="comparisons", inside=("comparison",)),
        ),
    ),
    Group(
        name="menu_roster",
        entries=(
            Entry(page="roster_today", word="menu_today"),
            Entry(page="plans", inside=("plan", "decide_plan"), word="menu_plans"),
            Entry(
                page="match_cases",
                inside=(
                    *("match_case", "decide_match", "decide_matches"),
                    *("merges", "merge", "new_merge", "undo_merge", "same_person", "decide_same_person"),
                ),
            ),
            Entry(page="quarantine", inside=("quarantined_record", "roster_record")),
            Entry(
                page="roster_upload", inside=("waiting_upload", "upload_columns", "decide_upload"), word="menu_upload"
            ),
            Entry(page="roster_missing"),
            Entry(page="roster_locks", inside=("decide_roster_lock",), word="menu_locks"),
            Entry(page="movement_report", inside=("movement_book",)),
            Entry(page="year_end", inside=("decide_year_end", "settle_year_end"), word="menu_year"),
            Entry(page="roster_runs", inside=("roster_run",)),
        ),
    ),
    Group(
        name="menu_exchange",
        entries=(
            Entry(page="exports", inside=("package",)),
            Entry(page="archive", inside=("archive_entry",)),
            Entry(page="runs"),
        ),
    ),
    Group(
        name="menu_queue",
        entries=(
            Entry(page="destinations", inside=("decide_destination", "decide_everything")),
            Entry(page="causes", inside=("cause", "decide_cause")),
            Entry(page="lanes", inside=("lane", "decide_lane")),
            Entry(page="queue", inside=("message", "decide")),
        ),
    ),
    Group(
        name="menu_access",
        entries=(
            Entry(page="audit", inside=("audit_entry", "audit_check")),
            Entry(page="looks"),
            Entry(page="people", inside=("person", "new_person", "decide_person")),
            Entry(page="programs", inside=("program", "new_program", "decide_program")),
        ),
    ),
)
"""All pages of the menu, in their order."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Item:
    """A line of the menu as it is shown: where it leads, by which word; ``current`` as ARIA has it, empty if not."""

    page: str
    word: str
    current: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Shown:
    """The menu as somebody sees it on a page: the groups, and the pages of the group that is open."""

    groups: Sequence[Item]
    entries: Sequence[Item]


def menu_of(role: Role, page: str) -> Shown:
    """Return the menu of a role on a page, named as the address knows it."""
    opened = [(group, entries) for group in MENU if (entries := _opened(group, role))]
    groups = [
        Item(page=entries[0].page, word=group.name, current=_current(group, page) and "true")
        for group, entries in opened
    ]
    here = next((entries for group, entries in opened if _current(group, page)), ())
    inside = [Item(page=one.page, word=one.word or one.page, current=_current_entry(one, page)) for one in here]
    return Shown(groups=groups, entries=inside if len(inside) > 1 else ())


def _opened(group: Group, role: Role) -> tuple[Entry, ...]:
    return tuple(one for one in group.entries if may_open(role, one.page))


def _current(group: Group, page: str) -> str:
    return "true" if any(_current_entry(one, page) for one in group.entries) else ""


def _current_entry(entry: Entry, page: str) -> str:
    if entry.page == page:
        return "page"
    return "true" if page in entry.inside else ""
