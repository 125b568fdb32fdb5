"""The sources of rosters that an installation has, each with its rules; the one named first has the last word."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gateway.bootstrap.roster_files import LISTS_WORDS, ONEROSTER_FILES_WORDS, open_lists, open_oneroster_files
from gateway.bootstrap.roster_oneroster import ONEROSTER_WORDS, open_oneroster
from gateway.bootstrap.roster_rules import WORDS, problem, source_rules
from gateway.errors import Text
from gateway.model.ids import SchoolId
from gateway.model.roster_source import REGISTRY_RULES, SourceKind, SourceRules
from gateway.ports.frame import Progress, quietly
from gateway.ports.roster import RosterSource
from gateway.settings import Settings

if TYPE_CHECKING:
    from gateway.bootstrap.installation import Gateway

SCHOOL = "school"
"""Name of the school itself among the sources; no section may bear it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """A source to be opened: for whom, which one, all that its section says, and who is told how far it has come."""

    gateway: Gateway
    school: SchoolId
    rules: SourceRules
    words: Mapping[str, Any]
    progress: Progress = quietly


@dataclass(frozen=True, kw_only=True, slots=True)
class Opening:
    """How a kind of source is opened, and the words its adapter reads."""

    words: frozenset[str]
    open: Callable[[Asked], RosterSource]


def rules_of(settings: Settings, school: SchoolId) -> tuple[SourceRules, ...]:
    """Return the rules of a school's sources in the order of the settings.

    The section ``[registry]`` goes on meaning a source ``registry``, and goes before those of ``[rosters]``: who adds a
    source beside it does not give that one the last word. A section ``[rosters.registry]`` says more of it, also where
    it stands.

    Raises:
        ConfigurationError: ``configuration.roster``: a section means nothing.
    """
    sections = settings.rosters
    found = [_checked(name, section) for name, section in sections.items() if _is_for(section, school)]
    if settings.registry.url and REGISTRY_RULES.name not in sections:
        found.insert(0, REGISTRY_RULES)
    return tuple(found)


def names_of(settings: Settings, school: SchoolId) -> tuple[str, ...]:
    """Return the names of a school's sources; where none is set, that of the registry."""
    return tuple(one.name for one in rules_of(settings, school)) or (REGISTRY_RULES.name,)


def source_of(
    gateway: Gateway, school: SchoolId, name: str, *, progress: Progress = quietly
) -> tuple[RosterSource, SourceRules]:
    """Return a source of a school and what it may do; ``progress`` is told how far its readings have come.

    Raises:
        ConfigurationError: ``configuration.roster``: there is no such source, or its section means nothing;
            ``configuration.missing``: it does not say where it is.
    """
    rules = next((one for one in rules_of(gateway.settings, school) if one.name == name), None)
    if rules is None and name == REGISTRY_RULES.name:
        rules = REGISTRY_RULES
    if rules is None:
        known = ", ".join(one.name for one in rules_of(gateway.settings, school)) or "–"
        raise problem(
            f"rosters.{name}",
            Text(
                ru=f"такого источника у школы нет; есть: {known}", en=f"the school has no such source; known: {known}"
            ),
        )
    words = gateway.settings.rosters.get(name, {})
    asked = Asked(gateway=gateway, school=school, rules=rules, words=words, progress=progress)
    return _OPENINGS[rules.kind].open(asked), rules


def _checked(name: str, section: Mapping[str, Any]) -> SourceRules:
    if name == SCHOOL:
        raise problem(f"rosters.{name}", Text(ru="это имя занято школой", en="this name is the school's own"))
    rules = source_rules(name, section)
    opening = _OPENINGS.get(rules.kind)
    if opening is None:
        raise problem(
            f"rosters.{name}.kind",
            Text(ru="такие источники не подключены", en="sources of this kind are not connected"),
        )
    if (rules.kind is SourceKind.REGISTRY) != (name == REGISTRY_RULES.name):
        raise problem(
            f"rosters.{name}",
            Text(
                ru="источник вида «registry» один, и называется он «registry»",
                en="there is one source of the kind 'registry', and it is called 'registry'",
            ),
        )
    if unknown := sorted(set(section) - WORDS - opening.words):
        raise problem(f"rosters.{name}.{unknown[0]}", Text(ru="такой настройки нет", en="there is no such setting"))
    return rules


def _is_for(section: Mapping[str, Any], school: SchoolId) -> bool:
    return "schools" not in section or school in section["schools"]


def _registry(asked: Asked) -> RosterSource:
    return asked.gateway.registry if asked.progress is quietly else asked.gateway.registry.telling(asked.progress)


def _oneroster(asked: Asked) -> RosterSource:
    return open_oneroster(asked.gateway, asked.rules.name, asked.words, asked.progress)


def _oneroster_files(asked: Asked) -> RosterSource:
    return open_oneroster_files(asked.gateway, asked.rules.name, asked.words)


def _lists(asked: Asked) -> RosterSource:
    return open_lists(asked.gateway, asked.rules.name, asked.words)


_OPENINGS: Mapping[SourceKind, Opening] = {
    SourceKind.REGISTRY: Opening(words=frozenset({"url", "timeout_seconds"}), open=_registry),
    SourceKind.ONEROSTER: Opening(words=ONEROSTER_WORDS, open=_oneroster),
    SourceKind.ONEROSTER_FILES: Opening(words=ONEROSTER_FILES_WORDS, open=_oneroster_files),
    SourceKind.LISTS: Opening(words=LISTS_WORDS, open=_lists),
}
