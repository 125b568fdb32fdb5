"""Making two records of ours one person, and undoing it to the letter.

Everything that names the one record names the other from then on: marks, absences, places in classes and groups,
guardianships, links of sources. Nothing is deleted: the record that went is archived and known as the other, every row
that was written is in the audit and in the merge itself. What cannot both be of one person, two marks for one work at
one lesson, refuses the merge: a person mends the journal first.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from gateway.errors import DocumentError, Fault, GatewayError, Party, Text
from gateway.model.audit import AuditRecord
from gateway.model.movement import MovementKind
from gateway.model.movement_book import BookEntry
from gateway.model.person_identity import PersonKey, PersonLink, PersonState, pair_of
from gateway.model.person_merge import MERGED_KINDS, Clash, Collision, Merge, merging, taken_back
from gateway.model.roster import Fields, Key, RecordKind, is_active
from gateway.model.roster_change import outdated
from gateway.model.roster_field_names import field_called
from gateway.model.roster_kind_names import ONE_NAMES
from gateway.model.roster_link import LinkState
from gateway.model.roster_locks import Locks
from gateway.ports.frame import Clock, NewId, Units
from gateway.ports.roster_links import MatchingUnit
from gateway.roster.author import Author
from gateway.roster.persons import join, part
from gateway.roster.sync import local_day

_SURE = 100
_MOST_FAULTS = 50


@dataclass(frozen=True, kw_only=True, slots=True)
class PersonMerges:
    """Merges of one school."""

    units: Units[MatchingUnit]
    clock: Clock
    new_id: NewId

    def all(self) -> Sequence[Merge]:
        """Return the merges, newest first."""
        with self.units() as unit:
            return unit.roster_merges.all()

    def merge(self, kind: RecordKind, kept: str, absorbed: str, *, author: Author) -> Merge:
        """Make two records one: ``kept`` stays, ``absorbed`` is archived and stands for it.

        Raises:
            GatewayError: ``roster.merge_record``: one of them is not there, or both are the same; ``roster.merged``:
                one of them has been absorbed already.
            DocumentError: ``roster.merge_refused``: what is written of them contradicts; its faults tell which rows.
        """
        with self.units() as unit:
            unit.roster.lock()
            held = _people(unit, kind, kept, absorbed)
            collisions = unit.roster_merges.collisions(kind, kept, absorbed)
            faults = [*_two_people(absorbed, held[kept,], held[absorbed,]), *map(_fault, collisions)]
            if faults:
                raise _refused(faults[:_MOST_FAULTS])
            at = self.clock()
            merge = Merge(
                id=self.new_id(),
                kind=kind,
                kept=kept,
                absorbed=absorbed,
                merged_at=at,
                merged_by=author.actor,
                reason=author.reason,
                changes=merging(kind, held, kept=kept, absorbed=absorbed, locks=Locks.of(unit.roster_locks.all())),
            )
            today = local_day(unit.roster.school(), at)
            both_here = all(is_active(kind, held[one,], today) for one in (kept, absorbed))
            if kind is RecordKind.PUPIL and both_here:
                unit.roster.cancel(_last_admission(unit, absorbed), plan=merge.id, at=at)
            merge = replace(merge, moved=tuple(unit.roster_merges.repoint(kind, absorbed, kept)))
            unit.roster.write(merge.changes)
            _relink(unit, merge)
            join(unit, _one_person(unit, merge))
            unit.roster_merges.keep(merge)
            unit.audit.append(_audit(merge, _Entry(action="merge", merge=merge, author=author, at=at)))
            return merge

    def undo(self, merge_id: str, *, author: Author) -> Merge:
        """Take two records apart again, exactly as they were.

        What was written about the kept record since stays with it.

        Raises:
            GatewayError: ``roster.merge_unknown``; ``roster.merge_undone``: it has been undone already.
            DocumentError: ``roster.unmerge_refused``: rows that the merge moved were changed since.
        """
        with self.units() as unit:
            unit.roster.lock()
            merge = _standing(unit, merge_id)
            at = self.clock()
            back = taken_back(merge.changes)
            stale = [f"{row.kind} {'/'.join(row.key)}" for row in outdated(unit.roster.state(), back)]
            changed = unit.roster_merges.give_back(merge.moved)
            if stale or changed:
                raise _changed_since([*stale, *(f"{row.table} {'/'.join(row.key)}" for row in changed)])
            unit.roster.write(back)
            _unlink(unit, merge)
            part(unit, *_one_person(unit, merge).pair, rule=merge.rule, at=at)
            _enter_again(unit, merge, at)
            unit.roster_merges.undone(merge.id, by=author.actor, at=at)
            returned = tuple(replace(row, before=row.after, after=row.before) for row in merge.moved)
            undone = replace(merge, changes=back, moved=returned)
            unit.audit.append(_audit(undone, _Entry(action="unmerge", merge=merge, author=author, at=at)))
            return replace(merge, undone_at=at, undone_by=author.actor)


def _people(unit: MatchingUnit, kind: RecordKind, kept: str, absorbed: str) -> Mapping[Key, Fields]:
    held = unit.roster.state().of(kind)
    if kind not in MERGED_KINDS or kept == absorbed or (kept,) not in held or (absorbed,) not in held:
        raise GatewayError(
            "roster.merge_record",
            Text(
                ru=f"Объединить можно двух разных людей одного вида, известных школе: {ONE_NAMES[kind].ru} «{kept}» и "
                f"«{absorbed}» ими не являются.",
                en=f"Two different people of one kind whom the school knows can be made one: {ONE_NAMES[kind].en} "
                f"'{kept}' and '{absorbed}' are not.",
            ),
        )
    aliases = unit.roster_merges.aliases()
    for one in (kept, absorbed):
        if one in aliases:
            raise GatewayError(
                "roster.merged",
                Text(
                    ru=f"Запись «{one}» уже объединена с «{aliases[one]}».",
                    en=f"Record '{one}' has been made one with '{aliases[one]}' already.",
                ),
            )
    return held


def _two_people(absorbed: str, kept_fields: Fields, absorbed_fields: Fields) -> Iterator[Fault]:
    for name in ("snils", "portal_user"):
        one, other = kept_fields.get(name), absorbed_fields.get(name)
        if one and other and one != other:
            told = field_called(name)
            yield Fault(
                code="roster.merge_two_people",
                text=Text(
                    ru=f"У записей разные значения поля {told.ru}: это два человека. Если одно из них – ошибка, "
                    "исправьте его в источнике и объедините после синхронизации.",
                    en=f"The records have two values of {told.en}: they are two people. If one is a mistake, have it "
                    "mended at the source and merge after the next sync.",
                ),
                record=absorbed,
                field=name,
                rule="R-EXCH-04",
                who=Party.COORDINATOR,
            )


_CLASHES = {
    Clash.ONE_KEY: Text(
        ru="Такая же запись есть у обоих, а одна запись двух таких не имеет.",
        en="Both have such a record, and one person has only one.",
    ),
    Clash.TWO_MARKS: Text(
        ru="За одну и ту же работу на одном уроке отметки есть у обоих.",
        en="Both have a mark for the same kind of work at the same lesson.",
    ),
    Clash.TWO_FINAL_MARKS: Text(
        ru="Итоговые отметки за один период и предмет есть у обоих.",
        en="Both have a final mark in the same subject for the same period.",
    ),
    Clash.MARK_AND_ABSENCE: Text(
        ru="На одном уроке у одного отметка, а другой отсутствовал.",
        en="At one lesson one has a mark and the other was absent.",
    ),
    Clash.TWO_CLASSES: Text(
        ru="В одно и то же время они числятся в разных классах.", en="They are in two classes at the same time."
    ),
    Clash.TWO_ACCOUNTS: Text(
        ru="Учётная запись в консоли есть у обоих: закройте одну.",
        en="Both have an account at the console: unlink one of them.",
    ),
}


def _fault(collision: Collision) -> Fault:
    return Fault(
        code=f"roster.merge_{collision.clash}",
        text=_CLASHES[collision.clash],
        record=f"{collision.table} {'/'.join(collision.key)}",
        rule="R-EXCH-04",
        who=Party.DEPUTY,
    )


def _refused(faults: Sequence[Fault]) -> DocumentError:
    return DocumentError(
        "roster.merge_refused",
        Text(
            ru="Записи нельзя объединить: в них написано то, что не может относиться к одному человеку.",
            en="The records cannot be made one: what is written of them cannot be of one person.",
        ),
        faults=tuple(faults),
        who=Party.DEPUTY,
        rule="R-EXCH-04",
    )


def _changed_since(records: Sequence[str]) -> DocumentError:
    text = Text(
        ru="Запись изменили после объединения: решите, чья она, и исправьте вручную.",
        en="The record was changed after the merge: decide whose it is and mend it by hand.",
    )
    return DocumentError(
        "roster.unmerge_refused",
        Text(
            ru=f"Объединение нельзя отменить: после него изменены записи ({len(records)}).",
            en=f"The merge cannot be undone: {len(records)} record(s) were changed after it.",
        ),
        faults=tuple(
            Fault(code="roster.unmerge_changed", text=text, record=one, rule="R-AUD-01", who=Party.DEPUTY)
            for one in records[:_MOST_FAULTS]
        ),
        who=Party.DEPUTY,
        rule="R-AUD-01",
    )


def _standing(unit: MatchingUnit, merge_id: str) -> Merge:
    merge = unit.roster_merges.get(merge_id)
    if merge is None:
        raise GatewayError(
            "roster.merge_unknown",
            Text(ru=f"Объединения «{merge_id}» нет.", en=f"There is no merge '{merge_id}'."),
        )
    if merge.undone_at is not None:
        raise GatewayError(
            "roster.merge_undone",
            Text(ru=f"Объединение «{merge_id}» уже отменено.", en=f"Merge '{merge_id}' has been undone already."),
        )
    return merge


def _one_person(unit: MatchingUnit, merge: Merge) -> PersonLink:
    """Return that both records are one person: what is known of the one in other roles holds for the other."""
    school = unit.roster.school().id
    keys = (PersonKey(school=school, kind=merge.kind, id=one) for one in (merge.kept, merge.absorbed))
    one, other = pair_of(*keys)
    return PersonLink(
        one=one,
        other=other,
        rule=merge.rule,
        confidence=_SURE,
        state=PersonState.SAME,
        since=merge.merged_at,
        decided_by=merge.merged_by,
        decided_at=merge.merged_at,
    )


def _relink(unit: MatchingUnit, merge: Merge) -> None:
    """Let what the sources call the absorbed record mean the kept one; the old links stay, retired."""
    unit.roster_links.put(
        replace(
            link,
            id=merge.kept,
            confidence=_SURE,
            rule=merge.rule,
            linked_at=merge.merged_at,
            linked_by=merge.merged_by,
        )
        for link in unit.roster_links.of(merge.kind, {merge.absorbed})
        if link.state is LinkState.ACTIVE
    )


def _unlink(unit: MatchingUnit, merge: Merge) -> None:
    made = [link for link in unit.roster_links.of(merge.kind, {merge.kept}) if link.rule == merge.rule]
    named = {(link.source, link.source_id) for link in made if link.state is LinkState.ACTIVE}
    unit.roster_links.remove(made)
    unit.roster_links.put(
        replace(link, state=LinkState.ACTIVE)
        for link in unit.roster_links.of(merge.kind, {merge.absorbed})
        if (link.source, link.source_id) in named
    )


def _last_admission(unit: MatchingUnit, pupil: str) -> list[BookEntry]:
    """Return the line that admitted a pupil: of one person admitted twice the book keeps one admission (R-ROST-20)."""
    book = [one for one in unit.roster.movements() if one.movement.pupil == pupil]
    cancelled = {one.cancels for one in book}
    admissions = [
        one
        for one in book
        if one.movement.kind is MovementKind.ADMISSION and one.cancels is None and one.id not in cancelled
    ]
    return admissions[-1:]


def _enter_again(unit: MatchingUnit, merge: Merge, at: datetime) -> None:
    """Enter the admission again that the merge cancelled."""
    cancelled = [one for one in unit.roster.book(merge.id) if one.cancels is not None]
    unit.roster.enter((one.movement for one in cancelled), plan=f"un-{merge.id}", at=at)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Entry:
    """What all audit records of one merge have in common."""

    action: str
    merge: Merge
    author: Author
    at: datetime

    def of(self, kind: str, record: str, old: Mapping[str, object] | None, new: Mapping[str, object]) -> AuditRecord:
        return AuditRecord(
            at=self.at,
            actor=self.author.actor,
            role=self.author.role,
            channel=self.author.channel,
            action=self.action,
            object_kind=kind,
            object_id=record,
            old=old,
            new=new,
            reason=f"{self.author.reason} [{self.merge.rule}]".strip(),
        )


def _audit(merge: Merge, entry: _Entry) -> Iterator[AuditRecord]:
    """Yield one record for the merge and one for every row that it wrote (R-AUD-01)."""
    who = {"kind": merge.kind.value, "kept": merge.kept, "absorbed": merge.absorbed}
    yield entry.of("roster_merge", merge.id, None, who)
    for change in merge.changes:
        for row in change.rows:
            yield entry.of(row.kind.value, "/".join(row.key), row.old, row.new)
    for one in merge.moved:
        yield entry.of(one.table, " ".join(one.key), one.before, one.after)
