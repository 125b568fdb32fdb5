"""``gateway roster digest``: the day of the roster in one page, on the screen or as an HTML file."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from html import escape
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from gateway.cli.context import Session, command, school_option
from gateway.cli.output import Voice
from gateway.errors import Language, Text
from gateway.model.roster_digest import RosterDigest
from gateway.model.roster_digest_words import DigestLine, DigestSection, digest_sections, missing_groups

_TITLE = Text(ru="Состав", en="Roster")


def add_digest(roster: click.Group) -> None:
    """Add the command to those of rosters."""

    @command(roster, "digest")
    @click.option("--date", "day", type=click.DateTime(["%Y-%m-%d"]), default=None, help="Which day; today without it.")
    @click.option(
        "--html", type=click.Path(path_type=Path, dir_okay=False), default=None, help="Write it as a page into FILE."
    )
    @school_option
    def run(session: Session, voice: Voice, day: datetime | None, html: Path | None, school_id: str | None) -> None:
        """Tell of a day what changed, what waits for a decision, what to mend, who is missing, which source failed."""
        school = session.gateway.school(school_id)
        found = session.gateway.roster_days(school.id).of(None if day is None else day.date())
        sections = digest_sections(found, ZoneInfo(school.zone))
        title = f"{_TITLE.in_language(voice.language)}: {school.name}, {_day(found.day, voice.language)}"
        if html is not None:
            html.write_text(page(title, sections, voice.language), encoding="utf-8")
        if voice.as_json:
            voice.answer(content(found))
            return
        click.echo(title)
        for section in sections:
            click.echo(f"\n{section.title.in_language(voice.language)}")
            for line in _lines(section, voice.language):
                click.echo(f"  {line}")


def content(found: RosterDigest) -> dict[str, object]:
    """Return a digest as JSON values, without personal data."""
    return {
        "day": found.day,
        "quiet": found.is_quiet,
        "sources": [
            {
                "source": one.source,
                "standing": one.standing,
                "run": one.run.id if one.run else None,
                "good_at": one.good_at,
                "changed": one.changed,
                "who": one.who,
                "error": one.run.error if one.run else "",
                "text": None if one.text is None else {"ru": one.text.ru, "en": one.text.en},
            }
            for one in found.sources
        ],
        "changed": found.changed,
        "decided": [head.id for head in found.decided],
        "waiting": [{"plan": head.id, "source": head.source, "made_at": head.made_at} for head in found.waiting],
        "questions": [
            {"case": one.id, "source": one.case.source, "kind": one.case.kind, "since": one.since}
            for one in found.questions
        ],
        "causes": [
            {
                "source": one.source,
                "cause": {"ru": one.text.ru, "en": one.text.en},
                "rule": one.rule,
                "who": one.who,
                "records": len(one.records),
            }
            for one in found.causes
        ],
        "missing": [
            {
                "source": one.source,
                "kind": one.kind,
                "records": one.number,
                "since": one.since,
                "next": one.step,
                "due": one.due,
            }
            for one in missing_groups(found.missing)
        ],
    }


def page(title: str, sections: Sequence[DigestSection], language: Language) -> str:
    """Return a digest as one HTML document that needs nothing besides."""
    parts = [
        f"<section><h2>{escape(one.title.in_language(language))}</h2><ul>"
        + "".join(f"<li>{escape(line)}</li>" for line in _lines(one, language))
        + "</ul></section>"
        for one in sections
    ]
    return (
        f'<!doctype html>\n<html lang="{language}"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        "<style>body{font:16px/1.5 sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}</style></head>"
        f"<body><h1>{escape(title)}</h1>{''.join(parts)}</body></html>\n"
    )


def _lines(section: DigestSection, language: Language) -> Sequence[str]:
    return [_line(one, language) for one in section.lines] or [section.empty.in_language(language)]


def _line(line: DigestLine, language: Language) -> str:
    told = line.text.in_language(language)
    if line.who is None:
        return told
    acts = "Кто действует" if language == "ru" else "Who has to act"
    return f"{told} {acts}: {line.who.text.in_language(language)}."


def _day(day: date, language: Language) -> str:
    return f"{day:%d.%m.%Y}" if language == "ru" else day.isoformat()
