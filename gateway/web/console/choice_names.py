"""What the choices of journal records are called on a page (ADR 0005)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from gateway.errors import Text
from gateway.model.attendance import AbsenceKind
from gateway.model.curriculum import ControlLevel, Profile
from gateway.model.duties import ControlKind, Duty, PersonKind
from gateway.model.family import PortfolioKind
from gateway.model.grading import MarkSign, WorkKind
from gateway.model.journal import MarkOrigin, Stage
from gateway.model.movement import MovementKind
from gateway.model.movement_names import MOVEMENT_NAMES
from gateway.model.oversight import Decision
from gateway.model.people import ConsentDecision
from gateway.model.school import Component, GroupKind, PeriodKind, YearState
from gateway.model.timetable import ServiceKind

CHOICES: Mapping[type[StrEnum], Mapping[StrEnum, Text]] = MappingProxyType(
    {
        YearState: {
            YearState.PLANNING: Text(ru="планируется", en="being planned"),
            YearState.OPEN: Text(ru="открыт", en="open"),
            YearState.CLOSING: Text(ru="закрывается", en="closing"),
            YearState.CLOSED: Text(ru="закрыт", en="closed"),
        },
        PeriodKind: {
            PeriodKind.QUARTER: Text(ru="четверть", en="quarter"),
            PeriodKind.TRIMESTER: Text(ru="триместр", en="trimester"),
            PeriodKind.HALF_YEAR: Text(ru="полугодие", en="half-year"),
            PeriodKind.MODULE: Text(ru="модуль", en="module"),
            PeriodKind.YEAR: Text(ru="год", en="year"),
        },
        Component: {
            Component.FEDERAL: Text(ru="федеральный", en="federal"),
            Component.SCHOOL: Text(ru="школьный", en="school's own"),
        },
        MarkSign: {
            MarkSign.PLUS: Text(ru="+", en="+"),
            MarkSign.MINUS: Text(ru="−", en="−"),
            MarkSign.PASSED: Text(ru="зачёт", en="passed"),
            MarkSign.FAILED: Text(ru="незачёт", en="failed"),
            MarkSign.EXEMPT: Text(ru="ОСВ (освобождён)", en="exempt"),
            MarkSign.MASTERED: Text(ru="ОСВ (освоено)", en="mastered"),
            MarkSign.NOT_ATTESTED: Text(ru="НА (не аттестован)", en="not attested"),
            MarkSign.DEBT: Text(ru="• (долг)", en="• (debt)"),
        },
        WorkKind: {
            WorkKind.ORAL: Text(ru="устный ответ", en="oral answer"),
            WorkKind.WRITTEN: Text(ru="письменная работа", en="written work"),
            WorkKind.CONTROL: Text(ru="контрольная работа", en="control work"),
            WorkKind.ESSAY: Text(ru="сочинение", en="essay"),
            WorkKind.PRACTICAL: Text(ru="практическая работа", en="practical work"),
            WorkKind.TEST: Text(ru="тест", en="test"),
            WorkKind.HOMEWORK: Text(ru="домашняя работа", en="homework"),
        },
        AbsenceKind: {
            AbsenceKind.UNKNOWN: Text(ru="Н (причина неизвестна)", en="reason unknown"),
            AbsenceKind.EXCUSED: Text(ru="П (уважительная причина)", en="excused"),
            AbsenceKind.ILLNESS: Text(ru="Б (болезнь)", en="illness"),
            AbsenceKind.UNEXCUSED: Text(ru="НП (без причины)", en="unexcused"),
            AbsenceKind.LATE: Text(ru="ОП (опоздание)", en="late"),
            AbsenceKind.EXEMPT: Text(ru="ОСВ (освобождён)", en="exempt"),
        },
        GroupKind: {
            GroupKind.SUBGROUP: Text(ru="подгруппа", en="subgroup"),
            GroupKind.PROFILE: Text(ru="профильная", en="profile"),
            GroupKind.ELECTIVE: Text(ru="элективный курс", en="elective"),
            GroupKind.INDIVIDUAL: Text(ru="индивидуальный план", en="individual plan"),
            GroupKind.COMBINED_CLASS: Text(ru="класс-комплект", en="combined class"),
            GroupKind.OPTIONAL: Text(ru="факультатив", en="optional"),
            GroupKind.CLUB: Text(ru="кружок", en="club"),
            GroupKind.PROJECT: Text(ru="проект", en="project"),
            GroupKind.OTHER: Text(ru="другая", en="other"),
            GroupKind.SUBJECT_STREAM: Text(ru="предметный поток", en="subject stream"),
            GroupKind.STREAM_GROUP: Text(ru="группа потока", en="group of a stream"),
            GroupKind.STREAM_MODULE: Text(ru="модуль потока", en="module of a stream"),
        },
        Profile: {
            Profile.NONE: Text(ru="без профиля", en="none"),
            Profile.NATURAL_SCIENCE: Text(ru="естественно-научный", en="natural science"),
            Profile.HUMANITIES: Text(ru="гуманитарный", en="humanities"),
            Profile.SOCIO_ECONOMIC: Text(ru="социально-экономический", en="socio-economic"),
            Profile.TECHNOLOGICAL: Text(ru="технологический", en="technological"),
            Profile.UNIVERSAL: Text(ru="универсальный", en="universal"),
            Profile.OTHER: Text(ru="другой", en="other"),
        },
        Duty: {
            Duty.DIRECTOR: Text(ru="директор", en="director"),
            Duty.DEPUTY: Text(ru="заместитель директора", en="deputy head"),
            Duty.ADMINISTRATOR: Text(ru="администратор", en="administrator"),
            Duty.DISPATCHER: Text(ru="диспетчер расписания", en="timetable dispatcher"),
            Duty.CLASS_TEACHER: Text(ru="классный руководитель", en="class teacher"),
            Duty.SUBJECT_TEACHER: Text(ru="учитель-предметник", en="subject teacher"),
            Duty.EDUCATOR: Text(ru="воспитатель", en="educator"),
            Duty.ARCHIVIST: Text(ru="ответственный за архив", en="archivist"),
            Duty.SIGNATORY: Text(ru="уполномоченное лицо", en="signatory"),
            Duty.MUNICIPAL_COORDINATOR: Text(ru="муниципальный координатор", en="municipal coordinator"),
            Duty.SUPPORT: Text(ru="техническая поддержка", en="technical support"),
            Duty.PARENT: Text(ru="родитель", en="parent"),
            Duty.PUPIL: Text(ru="ученик", en="pupil"),
        },
        ServiceKind: {
            ServiceKind.CORE: Text(ru="основная программа", en="core programme"),
            ServiceKind.EXTRACURRICULAR: Text(ru="внеурочная деятельность", en="extracurricular"),
            ServiceKind.ADDITIONAL: Text(ru="дополнительное образование", en="additional"),
        },
        ControlLevel: {
            ControlLevel.SCHOOL: Text(ru="школьный", en="school"),
            ControlLevel.REGIONAL: Text(ru="региональный", en="regional"),
            ControlLevel.FEDERAL: Text(ru="федеральный", en="federal"),
        },
        MovementKind: dict(MOVEMENT_NAMES.items()),
        ConsentDecision: {
            ConsentDecision.CONSENT: Text(ru="согласие", en="consent"),
            ConsentDecision.REFUSAL: Text(ru="отказ", en="refusal"),
        },
        Decision: {
            Decision.REQUESTED: Text(ru="запрошено", en="requested"),
            Decision.APPROVED: Text(ru="одобрено", en="approved"),
            Decision.REFUSED: Text(ru="отказано", en="refused"),
        },
        MarkOrigin: {
            MarkOrigin.SCHOOL: Text(ru="в школе", en="at the school"),
            MarkOrigin.MEDICAL: Text(ru="в медицинской организации", en="at a medical organisation"),
        },
        Stage: {
            Stage.PERIOD: Text(ru="за период", en="period"),
            Stage.YEAR: Text(ru="за год", en="year"),
            Stage.EXAM: Text(ru="экзамен", en="exam"),
            Stage.FINAL: Text(ru="итоговая", en="final"),
        },
        PortfolioKind: {
            PortfolioKind.OLYMPIAD: Text(ru="олимпиада", en="olympiad"),
            PortfolioKind.CONTEST: Text(ru="конкурс", en="contest"),
            PortfolioKind.SPORT: Text(ru="спорт", en="sport"),
            PortfolioKind.PROJECT: Text(ru="проект", en="project"),
            PortfolioKind.CREATIVE: Text(ru="творчество", en="creative work"),
            PortfolioKind.SOCIAL: Text(ru="общественная работа", en="social work"),
            PortfolioKind.OTHER: Text(ru="другое", en="other"),
        },
        PersonKind: {
            PersonKind.PUPIL: Text(ru="ученик", en="pupil"),
            PersonKind.GUARDIAN: Text(ru="родитель", en="guardian"),
            PersonKind.STAFF: Text(ru="сотрудник", en="member of staff"),
        },
        ControlKind: {
            ControlKind.DEPUTY: Text(ru="проверка заместителя", en="deputy's check"),
            ControlKind.DIRECTOR: Text(ru="проверка директора", en="director's check"),
        },
    }
)
"""Every choice of every enumeration that records have."""
