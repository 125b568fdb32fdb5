"""What the kinds of record are called by people, and the themes that the journal's pages put them under (ADR 0005)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from gateway.errors import Text
from gateway.model.journal_records import RecordKind


class Theme(StrEnum):
    """What a few kinds of record are about, in the order of the page."""

    YEAR = "year"
    STUDY = "study"
    TIMETABLE = "timetable"
    LESSONS = "lessons"
    MARKS = "marks"
    ATTENDANCE = "attendance"
    HEALTH = "health"
    PEOPLE = "people"
    STAFF = "staff"
    FAMILY = "family"
    CONTROL = "control"


THEMES: Mapping[Theme, Text] = MappingProxyType(
    {
        Theme.YEAR: Text(ru="Учебный год и правила", en="School year and rules"),
        Theme.STUDY: Text(ru="Учебные планы и группы", en="Curricula and groups"),
        Theme.TIMETABLE: Text(ru="Расписание и нагрузка", en="Timetable and load"),
        Theme.LESSONS: Text(ru="Уроки и задания", en="Lessons and homework"),
        Theme.MARKS: Text(ru="Отметки", en="Marks"),
        Theme.ATTENDANCE: Text(ru="Посещаемость", en="Attendance"),
        Theme.HEALTH: Text(ru="Здоровье (особая категория данных)", en="Health (special category of data)"),
        Theme.PEOPLE: Text(ru="Ученики и движение", en="Pupils and movement"),
        Theme.STAFF: Text(ru="Сотрудники и доступ", en="Staff and access"),
        Theme.FAMILY: Text(ru="Связь с семьёй", en="Contact with families"),
        Theme.CONTROL: Text(ru="Контроль и исправления", en="Control and corrections"),
    }
)

KINDS_OF_THEME: Mapping[Theme, tuple[RecordKind, ...]] = MappingProxyType(
    {
        Theme.YEAR: (
            RecordKind.POLICIES,
            RecordKind.YEARS,
            RecordKind.PERIODS,
            RecordKind.VACATIONS,
            RecordKind.SPECIAL_DAYS,
            RecordKind.OUTAGES,
        ),
        Theme.STUDY: (
            RecordKind.SUBJECTS,
            RecordKind.GROUPS,
            RecordKind.CURRICULA,
            RecordKind.INDIVIDUAL_PLANS,
            RecordKind.THEMATIC_PLANS,
            RecordKind.ATTESTATION_PLANS,
            RecordKind.CONTROL_WORKS,
        ),
        Theme.TIMETABLE: (
            RecordKind.ROOMS,
            RecordKind.BELLS,
            RecordKind.REGIMES,
            RecordKind.LOADS,
            RecordKind.SLOTS,
            RecordKind.SUBSTITUTIONS,
            RecordKind.TRANSFERS,
        ),
        Theme.LESSONS: (RecordKind.LESSONS, RecordKind.HOMEWORK),
        Theme.MARKS: (
            RecordKind.SCALES,
            RecordKind.WORK_TYPES,
            RecordKind.MARKS,
            RecordKind.PERIOD_MARKS,
            RecordKind.DEFERRALS,
            RecordKind.STUDY_CERTIFICATES,
        ),
        Theme.ATTENDANCE: (
            RecordKind.ABSENCE_CODES,
            RecordKind.ABSENCES,
            RecordKind.ABSENCE_NOTES,
            RecordKind.MAKE_UPS,
        ),
        Theme.HEALTH: (RecordKind.MEDICAL_CERTIFICATES, RecordKind.HEALTH_SHEETS),
        Theme.PEOPLE: (
            RecordKind.MOVEMENT_ORDERS,
            RecordKind.CONSENTS,
            RecordKind.PORTFOLIO,
            RecordKind.PROFILE_VERIFICATIONS,
            RecordKind.PROFILE_ISSUES,
        ),
        Theme.STAFF: (
            RecordKind.APPOINTMENTS,
            RecordKind.STAFF_ATTESTATIONS,
            RecordKind.STAFF_CHANGES,
            RecordKind.ACCOUNT_ORDERS,
            RecordKind.CREDENTIAL_ISSUES,
            RecordKind.SUBMISSIONS,
        ),
        Theme.FAMILY: (
            RecordKind.MESSAGES,
            RecordKind.RECOMMENDATIONS,
            RecordKind.EVENTS,
            RecordKind.TASKS,
            RecordKind.ACKNOWLEDGEMENTS,
            RecordKind.PAPER_SLIPS,
        ),
        Theme.CONTROL: (
            RecordKind.CORRECTIONS,
            RecordKind.INCIDENTS,
            RecordKind.ERROR_REPORTS,
            RecordKind.CONTROL_CHECKS,
            RecordKind.SUPPORT_TICKETS,
        ),
    }
)
"""Every kind stands under one theme."""

MANY: Mapping[RecordKind, Text] = MappingProxyType(
    {
        RecordKind.POLICIES: Text(ru="правила школы", en="policy settings"),
        RecordKind.YEARS: Text(ru="учебные годы", en="school years"),
        RecordKind.PERIODS: Text(ru="учебные периоды", en="study periods"),
        RecordKind.VACATIONS: Text(ru="каникулы", en="vacations"),
        RecordKind.SPECIAL_DAYS: Text(ru="особые дни", en="special days"),
        RecordKind.OUTAGES: Text(ru="перерывы в работе", en="outages"),
        RecordKind.SUBJECTS: Text(ru="предметы", en="subjects"),
        RecordKind.ROOMS: Text(ru="кабинеты", en="rooms"),
        RecordKind.BELLS: Text(ru="расписания звонков", en="bell schedules"),
        RecordKind.SCALES: Text(ru="шкалы оценивания", en="grading scales"),
        RecordKind.WORK_TYPES: Text(ru="виды работ", en="types of work"),
        RecordKind.ABSENCE_CODES: Text(ru="коды пропусков", en="absence codes"),
        RecordKind.GROUPS: Text(ru="учебные группы", en="study groups"),
        RecordKind.REGIMES: Text(ru="режимы занятий", en="regimes"),
        RecordKind.CURRICULA: Text(ru="учебные планы", en="curricula"),
        RecordKind.INDIVIDUAL_PLANS: Text(ru="индивидуальные учебные планы", en="individual plans"),
        RecordKind.THEMATIC_PLANS: Text(ru="календарно-тематические планы", en="thematic plans"),
        RecordKind.APPOINTMENTS: Text(ru="назначения", en="appointments"),
        RecordKind.LOADS: Text(ru="учебная нагрузка", en="teaching load"),
        RecordKind.SLOTS: Text(ru="расписание уроков", en="timetable"),
        RecordKind.ATTESTATION_PLANS: Text(ru="порядок промежуточной аттестации", en="attestation plans"),
        RecordKind.CONTROL_WORKS: Text(ru="график контрольных работ", en="control works"),
        RecordKind.STAFF_ATTESTATIONS: Text(ru="аттестация педагогов", en="staff attestations"),
        RecordKind.STAFF_CHANGES: Text(ru="кадровые изменения", en="staff changes"),
        RecordKind.ACCOUNT_ORDERS: Text(ru="распоряжения об учётных записях", en="account orders"),
        RecordKind.CREDENTIAL_ISSUES: Text(ru="выдача логинов и паролей", en="credential issues"),
        RecordKind.SUBMISSIONS: Text(ru="сведения для журнала", en="data submissions"),
        RecordKind.MOVEMENT_ORDERS: Text(ru="приказы о движении", en="movement orders"),
        RecordKind.CONSENTS: Text(ru="согласия", en="consents"),
        RecordKind.SUBSTITUTIONS: Text(ru="замены уроков", en="substitutions"),
        RecordKind.TRANSFERS: Text(ru="переносы уроков", en="lesson transfers"),
        RecordKind.MEDICAL_CERTIFICATES: Text(ru="медицинские справки", en="medical certificates"),
        RecordKind.HEALTH_SHEETS: Text(ru="листки здоровья", en="health sheets"),
        RecordKind.STUDY_CERTIFICATES: Text(ru="справки об обучении", en="study certificates"),
        RecordKind.CORRECTIONS: Text(ru="исправления", en="corrections"),
        RecordKind.INCIDENTS: Text(ru="инциденты доступа", en="access incidents"),
        RecordKind.LESSONS: Text(ru="уроки", en="lessons"),
        RecordKind.ABSENCES: Text(ru="пропуски", en="absences"),
        RecordKind.ABSENCE_NOTES: Text(ru="записки о пропусках", en="absence notes"),
        RecordKind.MAKE_UPS: Text(ru="протоколы отработки", en="make-up protocols"),
        RecordKind.MARKS: Text(ru="отметки", en="marks"),
        RecordKind.HOMEWORK: Text(ru="домашние задания", en="homework"),
        RecordKind.DEFERRALS: Text(ru="переносы аттестации", en="deferrals"),
        RecordKind.PERIOD_MARKS: Text(ru="итоговые отметки", en="period marks"),
        RecordKind.MESSAGES: Text(ru="сообщения", en="messages"),
        RecordKind.RECOMMENDATIONS: Text(ru="рекомендации", en="recommendations"),
        RecordKind.EVENTS: Text(ru="мероприятия", en="events"),
        RecordKind.TASKS: Text(ru="индивидуальные задания", en="individual tasks"),
        RecordKind.PORTFOLIO: Text(ru="портфолио", en="portfolios"),
        RecordKind.ACKNOWLEDGEMENTS: Text(ru="ознакомления", en="acknowledgements"),
        RecordKind.ERROR_REPORTS: Text(ru="сообщения об ошибках", en="error reports"),
        RecordKind.PAPER_SLIPS: Text(ru="сведения на бумаге", en="paper slips"),
        RecordKind.PROFILE_VERIFICATIONS: Text(ru="сверки личных дел", en="profile verifications"),
        RecordKind.PROFILE_ISSUES: Text(ru="ошибки в личных делах", en="profile issues"),
        RecordKind.CONTROL_CHECKS: Text(ru="проверки журнала", en="control checks"),
        RecordKind.SUPPORT_TICKETS: Text(ru="обращения в поддержку", en="support tickets"),
    }
)
"""Names of lists."""

ONE: Mapping[RecordKind, Text] = MappingProxyType(
    {
        RecordKind.POLICIES: Text(ru="правило школы", en="policy setting"),
        RecordKind.YEARS: Text(ru="учебный год", en="school year"),
        RecordKind.PERIODS: Text(ru="учебный период", en="study period"),
        RecordKind.VACATIONS: Text(ru="каникулы", en="vacation"),
        RecordKind.SPECIAL_DAYS: Text(ru="особый день", en="special day"),
        RecordKind.OUTAGES: Text(ru="перерыв в работе", en="outage"),
        RecordKind.SUBJECTS: Text(ru="предмет", en="subject"),
        RecordKind.ROOMS: Text(ru="кабинет", en="room"),
        RecordKind.BELLS: Text(ru="расписание звонков", en="bell schedule"),
        RecordKind.SCALES: Text(ru="шкала оценивания", en="grading scale"),
        RecordKind.WORK_TYPES: Text(ru="вид работы", en="type of work"),
        RecordKind.ABSENCE_CODES: Text(ru="код пропуска", en="absence code"),
        RecordKind.GROUPS: Text(ru="учебная группа", en="study group"),
        RecordKind.REGIMES: Text(ru="режим занятий", en="regime"),
        RecordKind.CURRICULA: Text(ru="учебный план", en="curriculum"),
        RecordKind.INDIVIDUAL_PLANS: Text(ru="индивидуальный учебный план", en="individual plan"),
        RecordKind.THEMATIC_PLANS: Text(ru="календарно-тематический план", en="thematic plan"),
        RecordKind.APPOINTMENTS: Text(ru="назначение", en="appointment"),
        RecordKind.LOADS: Text(ru="учебная нагрузка", en="teaching load"),
        RecordKind.SLOTS: Text(ru="место в расписании", en="timetable slot"),
        RecordKind.ATTESTATION_PLANS: Text(ru="порядок аттестации", en="attestation plan"),
        RecordKind.CONTROL_WORKS: Text(ru="контрольная работа", en="control work"),
        RecordKind.STAFF_ATTESTATIONS: Text(ru="аттестация педагога", en="staff attestation"),
        RecordKind.STAFF_CHANGES: Text(ru="кадровое изменение", en="staff change"),
        RecordKind.ACCOUNT_ORDERS: Text(ru="распоряжение об учётной записи", en="account order"),
        RecordKind.CREDENTIAL_ISSUES: Text(ru="выдача логина и пароля", en="credential issue"),
        RecordKind.SUBMISSIONS: Text(ru="сведения для журнала", en="data submission"),
        RecordKind.MOVEMENT_ORDERS: Text(ru="приказ о движении", en="movement order"),
        RecordKind.CONSENTS: Text(ru="согласие", en="consent"),
        RecordKind.SUBSTITUTIONS: Text(ru="замена урока", en="substitution"),
        RecordKind.TRANSFERS: Text(ru="перенос урока", en="lesson transfer"),
        RecordKind.MEDICAL_CERTIFICATES: Text(ru="медицинская справка", en="medical certificate"),
        RecordKind.HEALTH_SHEETS: Text(ru="листок здоровья", en="health sheet"),
        RecordKind.STUDY_CERTIFICATES: Text(ru="справка об обучении", en="study certificate"),
        RecordKind.CORRECTIONS: Text(ru="исправление", en="correction"),
        RecordKind.INCIDENTS: Text(ru="инцидент доступа", en="access incident"),
        RecordKind.LESSONS: Text(ru="урок", en="lesson"),
        RecordKind.ABSENCES: Text(ru="пропуск", en="absence"),
        RecordKind.ABSENCE_NOTES: Text(ru="записка о пропуске", en="absence note"),
        RecordKind.MAKE_UPS: Text(ru="протокол отработки", en="make-up protocol"),
        RecordKind.MARKS: Text(ru="отметка", en="mark"),
        RecordKind.HOMEWORK: Text(ru="домашнее задание", en="homework"),
        RecordKind.DEFERRALS: Text(ru="перенос аттестации", en="deferral"),
        RecordKind.PERIOD_MARKS: Text(ru="итоговая отметка", en="period mark"),
        RecordKind.MESSAGES: Text(ru="сообщение", en="message"),
        RecordKind.RECOMMENDATIONS: Text(ru="рекомендация", en="recommendation"),
        RecordKind.EVENTS: Text(ru="мероприятие", en="event"),
        RecordKind.TASKS: Text(ru="индивидуальное задание", en="individual task"),
        RecordKind.PORTFOLIO: Text(ru="достижение в портфолио", en="portfolio item"),
        RecordKind.ACKNOWLEDGEMENTS: Text(ru="ознакомление", en="acknowledgement"),
        RecordKind.ERROR_REPORTS: Text(ru="сообщение об ошибке", en="error report"),
        RecordKind.PAPER_SLIPS: Text(ru="сведения на бумаге", en="paper slip"),
        RecordKind.PROFILE_VERIFICATIONS: Text(ru="сверка личных дел", en="profile verification"),
        RecordKind.PROFILE_ISSUES: Text(ru="ошибка в личном деле", en="profile issue"),
        RecordKind.CONTROL_CHECKS: Text(ru="проверка журнала", en="control check"),
        RecordKind.SUPPORT_TICKETS: Text(ru="обращение в поддержку", en="support ticket"),
    }
)
"""Names of one record."""
