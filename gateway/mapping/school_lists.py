"""A school's own lists of pupils (with parents), staff and classes → a `RosterSnapshot`. Pure.

Own lists seldom have ids. Where a row has none, its id is a fingerprint of the СНИЛС, else of name and birth date: a
corrected name makes a new id, which matching brings to the same person by its rules.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from gateway.errors import Fault, Party, Rejected, Text
from gateway.mapping.school_list_values import class_in, day_in, name_in, relation_in, sex_in, snils_in
from gateway.model.file_place import FilePlace
from gateway.model.ids import ClassId, GuardianId, PupilId, SchoolId, StaffId, issued_id
from gateway.model.people import Enrollment, Guardian, Guardianship, PersonName, Pupil, Relation, Sex, Staff
from gateway.model.roster import Fields, Protected, Received, RecordKind, RosterSnapshot
from gateway.model.roster_known import NOTHING_KNOWN, Known
from gateway.model.school import SchoolClass
from gateway.schemas.lists import PARENTS, ListKind

_FIRST_DAY = (9, 1)
_MOST_PLACES = 20
_KIND_OF = {ListKind.PUPILS: RecordKind.PUPIL, ListKind.STAFF: RecordKind.STAFF, ListKind.CLASSES: RecordKind.CLASS}
_Name = tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class ListRow:
    """A row of a list: where it stands, its cells by meaning (`gateway.schemas.lists.FIELDS`)."""

    list: ListKind
    place: FilePlace
    cells: Mapping[str, str] = field(repr=False)

    def cell(self, name: str) -> str:
        """Return a cell, empty where the list has no such column."""
        return self.cells.get(name, "").strip()


@dataclass(frozen=True, kw_only=True, slots=True)
class Listing:
    """What lists are read for: school and source, the year they are of, what we know already."""

    school: SchoolId
    source: str
    year: int
    today: date
    known: Known = NOTHING_KNOWN

    def issued(self, kind: RecordKind, source_id: str) -> str:
        """Return the id that a record of the source would have if it were new."""
        return issued_id(self.school, self.source, kind.value, source_id)


def read_lists(rows: Iterable[ListRow], listing: Listing, *, doubts: tuple[Text, ...] = ()) -> RosterSnapshot:
    """Return the snapshot that the rows make; every row that cannot be used is turned away with its faults."""
    making = _Making(listing=listing)
    by_list: dict[ListKind, list[ListRow]] = {kind: [] for kind in ListKind}
    for row in rows:
        by_list[row.list].append(row)
    for row in by_list[ListKind.STAFF]:
        making.take_staff(row)
    for row in by_list[ListKind.CLASSES]:
        making.take_class(row)
    for row in by_list[ListKind.PUPILS]:
        making.take_pupil(row)
    return making.snapshot(doubts)


@dataclass(kw_only=True)
class _Making:
    listing: Listing
    staff: dict[str, Staff] = field(default_factory=dict)
    classes: dict[str, SchoolClass] = field(default_factory=dict)
    pupils: dict[str, Pupil] = field(default_factory=dict)
    guardians: dict[str, Guardian] = field(default_factory=dict)
    guardianships: dict[tuple[str, str], Guardianship] = field(default_factory=dict)
    enrollments: list[Enrollment] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    protected: set[Protected] = field(default_factory=set)
    received: list[Received] = field(default_factory=list)
    places: dict[tuple[RecordKind, str], FilePlace] = field(default_factory=dict)
    leads: dict[str, str] = field(default_factory=dict)
    bad_snils: list[FilePlace] = field(default_factory=list)

    def snapshot(self, doubts: tuple[Text, ...]) -> RosterSnapshot:
        return RosterSnapshot(
            source=self.listing.source,
            school=self.listing.school,
            doubts=doubts,
            remarks=(_bad_snils(self.bad_snils),) if self.bad_snils else (),
            pupils=tuple(self.pupils.values()),
            guardians=tuple(self.guardians.values()),
            guardianships=tuple(self.guardianships.values()),
            staff=tuple(self.staff.values()),
            classes=tuple(self._led(source_id, one) for source_id, one in self.classes.items()),
            enrollments=tuple(self.enrollments),
            rejected=tuple(self.rejected),
            protected=frozenset(self.protected),
            received=tuple(self.received),
            places=self.places,
        )

    # the lists

    def take_staff(self, row: ListRow) -> None:
        name, faults = _name(row)
        snils = self._snils(row)
        if not row.cell("position"):
            faults.append(_fault(row, "position", _missing("должность", "the position")))
        leads = self._class_of(row, "leads_class", faults) if row.cell("leads_class") else None
        source_id = row.cell("id") or _mark("staff", snils or _folded(name))
        if source_id in self.staff:
            faults.append(_twice(row))
        if faults or name is None:
            self._turn_away(row, source_id, faults)
            return
        self._receive(row, RecordKind.STAFF, source_id)
        self.staff[source_id] = Staff(
            id=StaffId(self.listing.issued(RecordKind.STAFF, source_id)),
            source_id=source_id,
            name=name,
            position=row.cell("position"),
            snils=snils or self._held_snils(RecordKind.STAFF, source_id),
        )
        if leads is not None:
            self.leads[self._class(row, *leads)] = source_id

    def take_class(self, row: ListRow) -> None:
        faults: list[Fault] = []
        found = self._class_of(row, "class", faults)
        teacher = None
        if told := row.cell("class_teacher"):
            teacher = self._teacher(told)
            if teacher is None:
                text = Text(
                    ru="Классного руководителя с таким именем нет среди сотрудников, или их несколько. Проверьте имя "
                    "или загрузите список сотрудников вместе с этим.",
                    en="No member of staff has the class teacher's name, or several have it. See that the name is "
                    "right, or bring the list of staff together with this one.",
                )
                faults.append(_fault(row, "class_teacher", text, rule="R-ROST-02"))
        if faults or found is None:
            source_id = self._class_id(*found) if found else ""
            self._turn_away(row, source_id, faults)
            return
        own = self._class(row, *found)
        self._receive(row, RecordKind.CLASS, own)
        if teacher is not None:
            self.leads[own] = teacher

    def take_pupil(self, row: ListRow) -> None:
        name, faults = _name(row)
        snils = self._snils(row)
        born = self._day(row, "birth_date", faults, required=True)
        sex = sex_in(row.cell("sex"), name.patronymic if name else "")
        if sex is None:
            faults.append(_fault(row, "sex", _missing("пол (из отчества он не ясен)", "the sex")))
        since = self._day(row, "since", faults)
        found = self._class_of(row, "class", faults) if row.cell("class") or row.cell("grade") else None
        source_id = row.cell("id") or _mark("pupil", snils or (*_folded(name), born.isoformat() if born else ""))
        if source_id in self.pupils:
            faults.append(_twice(row))
        if faults or name is None or born is None or sex is None:
            self._turn_away(row, source_id if (name and born) or row.cell("id") else "", faults)
            return
        self._receive(row, RecordKind.PUPIL, source_id)
        self._add_pupil(source_id, name, born, sex, snils or self._held_snils(RecordKind.PUPIL, source_id))
        first = since or date(self.listing.year, *_FIRST_DAY)
        if found is not None:
            first = self._enrol(source_id, self._class(row, *found), since)
        self._add_parents(row, source_id, first)

    # what a row makes

    def _add_pupil(self, source_id: str, name: PersonName, born: date, sex: Sex, snils: str | None) -> None:
        own = PupilId(self.listing.issued(RecordKind.PUPIL, source_id))
        self.pupils[source_id] = Pupil(id=own, source_id=source_id, name=name, birth_date=born, sex=sex, snils=snils)

    def _enrol(self, pupil: str, school_class: str, since: date | None) -> date:
        """Enrol a pupil; return the first day.

        A list without days says where a pupil sits now: whom we know to sit there stays since when we know it, whom we
        know elsewhere moves today, and who is new has been there since the year began.
        """
        before = self.listing.known.places.get(pupil)
        if since is None and before is not None:
            since = before[1] if before[0] == school_class else self.listing.today
        first = since or date(self.listing.year, *_FIRST_DAY)
        self.enrollments.append(
            Enrollment(
                pupil=PupilId(self.listing.issued(RecordKind.PUPIL, pupil)),
                school_class=ClassId(self.listing.issued(RecordKind.CLASS, school_class)),
                valid_from=first,
            )
        )
        return first

    def _add_parents(self, row: ListRow, pupil: str, first: date) -> None:
        for place in PARENTS:
            if not (told := row.cell(f"{place}_name")):
                continue
            name = name_in(told)
            phone, email = row.cell(f"{place}_phone"), row.cell(f"{place}_email")
            if name is None:
                self.rejected.append(_rejected(row, RecordKind.GUARDIAN, f"{pupil}/{place}", [_no_name(row, place)]))
                self.protected |= {Protected(kind=RecordKind.GUARDIAN), Protected(kind=RecordKind.GUARDIANSHIP)}
                continue
            digits = "".join(sign for sign in phone if sign.isdigit())[-10:]
            source_id = _mark("guardian", (*_folded(name), digits or pupil))
            self.places.setdefault((RecordKind.GUARDIAN, source_id), row.place)
            self._add_guardian(source_id, name, phone, email)
            relation = relation_in(row.cell(f"{place}_relation"), name, place)
            self._bind(source_id, pupil, relation, first)

    def _add_guardian(self, source_id: str, name: PersonName, phone: str, email: str) -> None:
        held = self.listing.known.of(RecordKind.GUARDIAN).get(source_id, {})
        before = self.guardians.get(source_id)
        portal_user = held.get("portal_user")
        self.guardians[source_id] = Guardian(
            id=GuardianId(self.listing.issued(RecordKind.GUARDIAN, source_id)),
            source_id=source_id,
            name=name,
            phone=phone or (before.phone if before else str(held.get("phone") or "")),
            email=email or (before.email if before else str(held.get("email") or "")),
            portal_user=None if portal_user is None else str(portal_user),
        )

    def _bind(self, guardian: str, pupil: str, relation: Relation, first: date) -> None:
        held = self.listing.known.guardianships.get((guardian, pupil), {})
        since = date.fromisoformat(str(held["valid_from"])) if held else first
        self.guardianships[guardian, pupil] = Guardianship(
            guardian=GuardianId(self.listing.issued(RecordKind.GUARDIAN, guardian)),
            pupil=PupilId(self.listing.issued(RecordKind.PUPIL, pupil)),
            relation=relation,
            valid_from=since,
        )

    def _class(self, row: ListRow, grade: int, letter: str) -> str:
        """Return the id of a class, which whoever names it brings along."""
        source_id = self._class_id(grade, letter)
        self.places.setdefault((RecordKind.CLASS, source_id), row.place)
        if source_id not in self.classes:
            own = ClassId(self.listing.issued(RecordKind.CLASS, source_id))
            self.classes[source_id] = SchoolClass(
                id=own, source_id=source_id, year=self.listing.year, grade=grade, letter=letter
            )
        return source_id

    def _class_id(self, grade: int, letter: str) -> str:
        return f"{self.listing.year}-{grade}{letter}"

    def _led(self, source_id: str, one: SchoolClass) -> SchoolClass:
        held = self.listing.known.of(RecordKind.CLASS).get(source_id, {})
        teacher = self.leads.get(source_id) or self.listing.known.staff_ids.get(str(held.get("class_teacher")))
        return SchoolClass(
            id=one.id,
            source_id=one.source_id,
            year=one.year,
            grade=one.grade,
            letter=one.letter,
            class_teacher=StaffId(self.listing.issued(RecordKind.STAFF, teacher)) if teacher else None,
        )

    def _teacher(self, told: str) -> str | None:
        """Return the id of the one who has a name: of the staff that the lists tell of, else of those we know of it."""
        wanted = _folded(name_in(told))
        here = [one.source_id for one in self.staff.values() if _folded(one.name) == wanted]
        known = self.listing.known.of(RecordKind.STAFF).items()
        found = here or [source_id for source_id, held in known if _folded_words(_words(held)) == wanted]
        return found[0] if wanted and len(found) == 1 else None

    # what is wrong

    def _snils(self, row: ListRow) -> str | None:
        """Return a СНИЛС; one with wrong check digits costs the value, not the person."""
        told = row.cell("snils")
        found = snils_in(told) if told else None
        if told and found is None:
            self.bad_snils.append(row.place)
        return found

    def _held_snils(self, kind: RecordKind, source_id: str) -> str | None:
        value = self.listing.known.of(kind).get(source_id, {}).get("snils")
        return None if value is None else str(value)

    def _class_of(self, row: ListRow, column: str, faults: list[Fault]) -> tuple[int, str] | None:
        told = row.cell(column) or row.cell("grade") + row.cell("letter")
        found = class_in(told)
        if found is None:
            text = Text(
                ru="Класс не понятен: ожидается вроде «5А», «5 «А»» или «5-а класс».",
                en="The class is not understood: something like '5А' is expected.",
            )
            faults.append(_fault(row, column, text, rule="R-ROST-02"))
        return found

    def _day(self, row: ListRow, column: str, faults: list[Fault], *, required: bool = False) -> date | None:
        told = row.cell(column)
        found = day_in(told)
        if found is None and (told or required):
            text = Text(
                ru="Дата не понятна: ожидается вроде 01.09.2015, год из четырёх цифр.",
                en="The day is not understood: something like 01.09.2015 is expected, with a four-digit year.",
            )
            faults.append(_fault(row, column, text))
        return found

    def _turn_away(self, row: ListRow, source_id: str, faults: Iterable[Fault]) -> None:
        """Turn a row away; what it may stand for is protected, without an id all of its kind and what hangs on them."""
        kind = _KIND_OF[row.list]
        self.rejected.append(_rejected(row, kind, source_id or f"{row.place.path}:{row.place.row}", faults))
        prefix = (self.listing.issued(kind, source_id),) if source_id else ()
        self.protected.add(Protected(kind=kind, prefix=prefix))
        if kind is RecordKind.PUPIL:
            self.protected.add(Protected(kind=RecordKind.ENROLLMENT, prefix=prefix))
            self.protected |= {Protected(kind=RecordKind.GUARDIAN), Protected(kind=RecordKind.GUARDIANSHIP)}
            self.protected.add(Protected(kind=RecordKind.CLASS))

    def _receive(self, row: ListRow, kind: RecordKind, source_id: str) -> None:
        self.received.append(Received(kind=kind, source_id=source_id, raw=_raw(row)))
        self.places.setdefault((kind, source_id), row.place)


def told_kinds(rows: Iterable[ListKind]) -> frozenset[RecordKind]:
    """Return the kinds of record that lists of such kinds tell of."""
    told = {
        ListKind.PUPILS: (RecordKind.PUPIL, RecordKind.ENROLLMENT, RecordKind.GUARDIAN, RecordKind.GUARDIANSHIP),
        ListKind.STAFF: (RecordKind.STAFF,),
        ListKind.CLASSES: (RecordKind.CLASS,),
    }
    return frozenset(kind for one in rows for kind in told[one])


def _name(row: ListRow) -> tuple[PersonName | None, list[Fault]]:
    parts = {part: row.cell(part) for part in ("family", "given", "patronymic")}
    name = name_in(row.cell("full_name"), **parts)
    return name, ([] if name else [_no_name(row, "full_name" if row.cell("full_name") else "family")])


def _bad_snils(places: list[FilePlace]) -> Text:
    told = [one.text for one in places[:_MOST_PLACES]]
    ru, en = "; ".join(one.ru for one in told), "; ".join(one.en for one in told)
    more = "…" if len(places) > _MOST_PLACES else ""
    return Text(
        ru=f"СНИЛС с неверным контрольным числом не взяты, людей это не коснулось; строк: {len(places)} ({ru}{more}). "
        "Исправьте их в списке.",
        en=f"СНИЛС with wrong check digits were not taken, the people were; rows: {len(places)} ({en}{more}). "
        "Mend them in the list.",
    )


def _no_name(row: ListRow, column: str) -> Fault:
    text = Text(
        ru="Имя не понятно: нужны фамилия и имя полностью, без инициалов.",
        en="The name is not understood: family and given name are needed in full, no initials.",
    )
    return _fault(row, column, text)


def _twice(row: ListRow) -> Fault:
    text = Text(
        ru="Этот человек в списке уже был: вторая строка не взята.",
        en="This person was in the list before: the second row was not taken.",
    )
    return _fault(row, "id", text)


def _missing(ru: str, en: str) -> Text:
    return Text(ru=f"Не указано: {ru}.", en=f"Not told: {en}.")


def _fault(row: ListRow, column: str, text: Text, *, rule: str = "R-ROST-07") -> Fault:
    return Fault(
        code="school_lists.value",
        text=text,
        path=row.place.path,
        line=row.place.row,
        field=column,
        rule=rule,
        who=Party.COORDINATOR,
    )


def _rejected(row: ListRow, kind: RecordKind, record: str, faults: Iterable[Fault]) -> Rejected:
    return Rejected(record=record, kind=kind.value, faults=tuple(faults), raw=_raw(row))


def _raw(row: ListRow) -> str:
    return json.dumps(dict(row.cells), ensure_ascii=False, separators=(",", ":"))


def _folded(name: PersonName | None) -> _Name:
    if name is None:
        return ()
    return _folded_words((name.family, name.given, name.patronymic))


def _folded_words(words: Iterable[str]) -> _Name:
    return tuple(part.casefold().replace("ё", "е") for part in words)


def _words(held: Fields) -> _Name:
    return tuple(str(held[part] or "") for part in ("family", "given", "patronymic"))


def _mark(kind: str, parts: str | _Name) -> str:
    """Return a fingerprint: the same for the same person, and it tells nobody who that is."""
    told = "\x1f".join((kind, parts) if isinstance(parts, str) else (kind, *parts))
    return hashlib.sha256(told.encode()).hexdigest()[:24]
