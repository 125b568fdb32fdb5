"""People of a OneRoster provider: pupils, those who stand for them, staff."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from gateway.errors import Fault, Text
from gateway.mapping.oneroster import User
from gateway.mapping.oneroster_gathering import GUARDIAN_ROLES, STAFF_ROLES, Collection, Oddity
from gateway.mapping.oneroster_making import Making, fault_of, reference_fault
from gateway.mapping.oneroster_relations import told_relations
from gateway.model.ids import GuardianId, PupilId, StaffId
from gateway.model.people import (
    Enrollment,
    Guardian,
    Guardianship,
    PersonName,
    Pupil,
    Relation,
    Sex,
    Staff,
    is_valid_snils,
)
from gateway.model.roster import Fields, RecordKind

NO_DEMOGRAPHICS = Text(
    ru="Поставщик не сообщает даты рождения и пола этого ученика, а шлюз его ещё не знает. Попросите поставщика выдать "
    "право roster-demographics.readonly или внесите ученика из реестра.",
    en="The provider does not tell this pupil's birth date and sex, and the gateway does not know the pupil yet. Ask "
    "the provider for the scope roster-demographics.readonly, or bring the pupil in from the registry.",
)
_FEMALE_ENDINGS = ("вна", "чна", "кызы")
_MALE_ENDINGS = ("вич", "ьич", "оглы")


def pupils_of(making: Making) -> Iterator[Pupil]:
    """Yield the pupils of the school; who lacks birth date or sex here and with us is turned away."""
    for source_id, user in making.gathered.users.items():
        if not making.gathered.is_pupil(user):
            continue
        held = making.known.of(RecordKind.PUPIL).get(source_id, {})
        told = making.gathered.demographics.get(source_id)
        born = told.birth_date if told and told.birth_date else _day_of(held, "birth_date")
        sex = _sex(told.sex if told else "", user, held)
        own = making.issued(RecordKind.PUPIL, source_id)
        faults = list(_name_faults(user))
        if born is None or sex is None:
            missing = "birthDate" if born is None else "sex"
            faults.append(
                fault_of(
                    code="oneroster.no_demographics",
                    text=NO_DEMOGRAPHICS,
                    record=source_id,
                    field=missing,
                    rule="R-ROST-01",
                )
            )
        if faults or born is None or sex is None:
            making.turn_away(RecordKind.PUPIL, source_id, making.raw(Collection.USERS, source_id), faults, (own,))
            continue
        yield Pupil(
            id=PupilId(own),
            source_id=source_id,
            name=_name(user, held),
            birth_date=born,
            sex=sex,
            snils=_snils(making, user, held),
        )


def guardians_of(making: Making) -> Iterator[Guardian]:
    """Yield those who stand for a pupil of the school (also for a rejected one), and those who are here as such."""
    standing = {guardian for guardian, _ in told_relations(making.gathered)} | {
        source_id
        for source_id, user in making.gathered.users.items()
        if GUARDIAN_ROLES.intersection(making.gathered.roles_here(user))
    }
    for source_id in sorted(standing):
        user = making.gathered.users[source_id]
        own = making.issued(RecordKind.GUARDIAN, source_id)
        if faults := tuple(_name_faults(user)):
            making.turn_away(RecordKind.GUARDIAN, source_id, making.raw(Collection.USERS, source_id), faults, (own,))
            continue
        held = making.known.of(RecordKind.GUARDIAN).get(source_id, {})
        portal_user = held.get("portal_user")
        yield Guardian(
            id=GuardianId(own),
            source_id=source_id,
            name=_name(user, held),
            phone=user.phone if user.phone is not None else str(held.get("phone") or ""),
            email=user.email if user.email is not None else str(held.get("email") or ""),
            portal_user=None if portal_user is None else str(portal_user),
        )


def guardianships_of(
    making: Making, pupils: dict[str, Pupil], guardians: dict[str, Guardian], enrollments: Iterable[Enrollment]
) -> Iterator[Guardianship]:
    """Yield who stands for whom, since the day we have, or the provider tells, or the pupil's first one here."""
    first_day: dict[str, date] = {}
    for place in enrollments:
        first_day[place.pupil] = min(place.valid_from, first_day.get(place.pupil, place.valid_from))
    for guardian, pupil in sorted(told_relations(making.gathered)):
        ends = (making.issued(RecordKind.GUARDIAN, guardian), making.issued(RecordKind.PUPIL, pupil))
        if pupil not in pupils or guardian not in guardians:
            end = RecordKind.PUPIL if pupil not in pupils else RecordKind.GUARDIAN
            fault = reference_fault(f"{guardian}/{pupil}", "agents", end)
            making.turn_away(RecordKind.GUARDIANSHIP, f"{guardian}/{pupil}", "{}", (fault,), ends)
            continue
        held = making.known.guardianships.get((guardian, pupil), {})
        user = making.gathered.users[guardian]
        begins = next((role.begin for role in user.roles if role.role in GUARDIAN_ROLES and role.begin), None)
        since = _day_of(held, "valid_from") or begins or first_day.get(ends[1], making.gathered.today)
        yield Guardianship(
            guardian=GuardianId(ends[0]),
            pupil=PupilId(ends[1]),
            relation=_relation(making, user, held),
            valid_from=since,
        )


def _relation(making: Making, user: User, held: Fields) -> Relation:
    """Return mother or father for a parent whose sex is told or plain from the patronymic; else what we have."""
    if any(one.role == "parent" for one in user.roles):
        told = making.gathered.demographics.get(user.id)
        match _sex(told.sex if told else "", user, {}):
            case Sex.FEMALE:
                return Relation.MOTHER
            case Sex.MALE:
                return Relation.FATHER
    return Relation(str(held.get("relation", Relation.LEGAL_GUARDIAN)))


def staff_of(making: Making) -> Iterator[Staff]:
    """Yield those who work at the school."""
    for source_id, user in making.gathered.users.items():
        roles = [role for role in making.gathered.roles_here(user) if role in STAFF_ROLES]
        if not roles:
            continue
        own = making.issued(RecordKind.STAFF, source_id)
        if faults := tuple(_name_faults(user)):
            making.turn_away(RecordKind.STAFF, source_id, making.raw(Collection.USERS, source_id), faults, (own,))
            continue
        held = making.known.of(RecordKind.STAFF).get(source_id, {})
        position = str(held.get("position") or "")
        if not position or position in STAFF_ROLES.values():  # a fuller one than a role can say is kept
            position = STAFF_ROLES[roles[0]]
        yield Staff(
            id=StaffId(own),
            source_id=source_id,
            name=_name(user, held),
            position=position,
            snils=_snils(making, user, held),
        )


def _name(user: User, held: Fields) -> PersonName:
    patronymic = user.middle if user.middle is not None else str(held.get("patronymic") or "")
    return PersonName(family=user.family, given=user.given, patronymic=patronymic)


def _name_faults(user: User) -> Iterator[Fault]:
    for name, value in (("familyName", user.family), ("givenName", user.given)):
        if not value:
            text = Text(ru=f"Нет обязательного поля «{name}».", en=f"The required field '{name}' is missing.")
            yield fault_of(code="oneroster.name_missing", text=text, record=user.id, field=name, rule="R-EXCH-01")


def _snils(making: Making, user: User, held: Fields) -> str | None:
    if user.snils is not None and is_valid_snils(user.snils):
        return user.snils
    making.gathered.odd[Collection.USERS][Oddity.BAD_SNILS] += user.snils is not None
    value = held.get("snils")
    return None if value is None else str(value)


def _sex(told: str, user: User, held: Fields) -> Sex | None:
    if told in set(Sex):
        return Sex(told)
    if held:
        return Sex(str(held["sex"]))
    patronymic = (user.middle or "").casefold()
    if patronymic.endswith(_FEMALE_ENDINGS):
        return Sex.FEMALE
    return Sex.MALE if patronymic.endswith(_MALE_ENDINGS) else None


def _day_of(held: Fields, name: str) -> date | None:
    return date.fromisoformat(str(held[name])) if held.get(name) else None
