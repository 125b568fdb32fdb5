"""Rights, subscriptions and views of the diary in the database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from itertools import groupby
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, RowMapping, and_, delete, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from gateway.model.audit import PupilView
from gateway.model.diary import Child, ChildRight, DiaryView, Subscription
from gateway.model.duties import Duty
from gateway.model.ids import ClassId, GuardianId, MarkId, PupilId, SchoolId, SubjectId
from gateway.model.people import Consent, ConsentDecision, Guardianship, Relation, Status
from gateway.storage import readers
from gateway.storage.chunks import one_of
from gateway.storage.tables.access import portal_subscription
from gateway.storage.tables.journal import mark
from gateway.storage.tables.people import consent, enrollment, guardian, guardianship, pupil
from gateway.storage.tables.school import school, school_class, subject
from gateway.storage.views import SqlViewLog


class SqlDiary:
    """Rights, subscriptions and views of one school."""

    def __init__(self, connection: Connection, school: SchoolId) -> None:
        self._connection = connection
        self._school = school

    def zone(self) -> ZoneInfo:
        """Return the school's time zone."""
        name = self._connection.execute(select(school.c.zone).where(school.c.school_id == self._school)).scalar_one()
        return ZoneInfo(name)

    def rights_of_portal_user(self, portal_user: str) -> Sequence[ChildRight]:
        """Return the rights, valid or not, of everybody who has this id at the portal, by pupil and guardian."""
        return self._rights(guardian.c.portal_user == portal_user)

    def rights_of_subscribers(self, pupils: Iterable[PupilId]) -> Sequence[ChildRight]:
        """Return the rights, valid or not, of the guardians who want to hear of these pupils."""
        of_interest = one_of(self._connection, portal_subscription.c.pupil_id, pupils)
        statement = select(portal_subscription.c.guardian_id, portal_subscription.c.pupil_id).where(
            portal_subscription.c.school_id == self._school, of_interest
        )
        subscribed = {(row.guardian_id, row.pupil_id) for row in self._connection.execute(statement)}
        if not subscribed:
            return []
        rights = self._rights(one_of(self._connection, guardianship.c.pupil_id, {pupil for _, pupil in subscribed}))
        return [right for right in rights if (right.guardianship.guardian, right.pupil) in subscribed]

    def children(self, pupils: Iterable[PupilId], *, today: date) -> Sequence[Child]:
        """Return the pupils with the class they are in today, by pupil id."""
        enrolled_today = and_(
            enrollment.c.school_id == pupil.c.school_id,
            enrollment.c.pupil_id == pupil.c.id,
            enrollment.c.valid_from <= today,
            or_(enrollment.c.valid_to.is_(None), enrollment.c.valid_to >= today),
        )
        its_class = and_(school_class.c.school_id == enrollment.c.school_id, school_class.c.id == enrollment.c.class_id)
        statement = (
            select(
                pupil.c.id,
                pupil.c.family_name,
                pupil.c.given_name,
                pupil.c.patronymic,
                enrollment.c.class_id,
                school_class.c.grade,
                school_class.c.letter,
            )
            .outerjoin_from(pupil, enrollment, enrolled_today)
            .outerjoin(school_class, its_class)
            .where(pupil.c.school_id == self._school, one_of(self._connection, pupil.c.id, pupils))
            .order_by(pupil.c.id, enrollment.c.class_id)
        )
        rows = self._connection.execute(statement).mappings()
        return [_child(next(same)) for _, same in groupby(rows, key=lambda row: row["id"])]

    def mark_versions(self, marks: Iterable[MarkId]) -> Mapping[MarkId, int]:
        """Return how often each of the marks was entered."""
        statement = select(mark.c.id, mark.c.version).where(
            mark.c.school_id == self._school, one_of(self._connection, mark.c.id, marks)
        )
        return {MarkId(row.id): row.version for row in self._connection.execute(statement)}

    def subject_names(self, subjects: Iterable[SubjectId]) -> Mapping[SubjectId, str]:
        """Return the names of the subjects."""
        statement = select(subject.c.id, subject.c.name).where(
            subject.c.school_id == self._school, one_of(self._connection, subject.c.id, subjects)
        )
        return {SubjectId(row.id): row.name for row in self._connection.execute(statement)}

    def subscribe(self, subscription: Subscription, *, at: datetime) -> bool:
        """Keep a subscription; ``False`` when it is there already."""
        dialect = postgresql if self._connection.dialect.name == "postgresql" else sqlite
        added = self._connection.execute(
            dialect.insert(portal_subscription)
            .values(
                school_id=self._school,
                client_id=subscription.client_id,
                guardian_id=subscription.guardian,
                pupil_id=subscription.pupil,
                created_at=at,
            )
            .on_conflict_do_nothing()
            .returning(portal_subscription.c.pupil_id)
        )
        return added.first() is not None

    def unsubscribe(self, subscription: Subscription) -> bool:
        """Remove a subscription; ``False`` when there is none."""
        removed = self._connection.execute(
            delete(portal_subscription)
            .where(
                portal_subscription.c.school_id == self._school,
                portal_subscription.c.client_id == subscription.client_id,
                portal_subscription.c.guardian_id == subscription.guardian,
                portal_subscription.c.pupil_id == subscription.pupil,
            )
            .returning(portal_subscription.c.pupil_id)
        )
        return removed.first() is not None

    def add_view(self, view: DiaryView) -> None:
        """Keep a look at a diary."""
        look = PupilView(
            id=view.id,
            at=view.at,
            actor=view.guardian,
            role=Duty.PARENT,
            pupil=view.pupil,
            what="diary.week",
            detail=view.week_start.isoformat(),
            client=view.client_id,
        )
        SqlViewLog(self._connection, self._school).add([look])

    def _rights(self, condition: ColumnElement[bool]) -> list[ChildRight]:
        """Read rights with all their decisions in one query: a right takes as many rows as it has decisions."""
        its_guardian = and_(
            guardian.c.school_id == guardianship.c.school_id, guardian.c.id == guardianship.c.guardian_id
        )
        its_pupil = and_(pupil.c.school_id == guardianship.c.school_id, pupil.c.id == guardianship.c.pupil_id)
        its_consents = and_(
            consent.c.school_id == guardianship.c.school_id,
            consent.c.guardian_id == guardianship.c.guardian_id,
            consent.c.pupil_id == guardianship.c.pupil_id,
        )
        statement = (
            select(
                *guardianship.c["guardian_id", "pupil_id", "relation", "valid_from", "valid_to"],
                guardian.c.portal_user,
                guardian.c.status.label("guardian_status"),
                pupil.c.status.label("pupil_status"),
                pupil.c.birth_date,
                *consent.c["decision", "decided_on", "document"],
            )
            .join_from(guardianship, guardian, its_guardian)
            .join(pupil, its_pupil)
            .outerjoin(consent, its_consents)
            .where(guardianship.c.school_id == self._school, condition)
            .order_by(guardianship.c.pupil_id, guardianship.c.guardian_id, consent.c.decided_on)
        )
        rows = self._connection.execute(statement).mappings()
        return [_right(list(same)) for _, same in groupby(rows, key=lambda row: (row["pupil_id"], row["guardian_id"]))]


def _right(rows: Sequence[RowMapping]) -> ChildRight:
    row = rows[0]
    ship = Guardianship(
        guardian=GuardianId(row["guardian_id"]),
        pupil=PupilId(row["pupil_id"]),
        relation=Relation(row["relation"]),
        valid_from=row["valid_from"],
        valid_to=row["valid_to"],
    )
    return ChildRight(
        guardianship=ship,
        guardian_status=Status(row["guardian_status"]),
        portal_user=row["portal_user"],
        pupil_status=Status(row["pupil_status"]),
        birth_date=row["birth_date"],
        consents=tuple(_consent(ship, row) for row in rows if row["decision"] is not None),
    )


def _consent(ship: Guardianship, row: RowMapping) -> Consent:
    return Consent(
        guardian=ship.guardian,
        pupil=ship.pupil,
        decision=ConsentDecision(row["decision"]),
        decided_on=row["decided_on"],
        document=row["document"],
    )


def _child(row: RowMapping) -> Child:
    class_id = row["class_id"]
    return Child(
        pupil=PupilId(row["id"]),
        name=readers.person_name(row),
        school_class=None if class_id is None else ClassId(class_id),
        class_name="" if class_id is None else f"{row['grade']}{row['letter']}",
    )
