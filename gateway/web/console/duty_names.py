"""What clocks, states of duties and consequences of incidents are called by people (ADR 0005)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from gateway.errors import Text
from gateway.model.clocks import Clock, Unit
from gateway.model.deadlines import DutyState
from gateway.model.incident import Doubt, EffectKind

CLOCKS: Mapping[Clock, Text] = MappingProxyType(
    {
        Clock.LESSON_PAGE: Text(ru="страница урока", en="lesson page"),
        Clock.HOMEWORK: Text(ru="домашнее задание", en="homework"),
        Clock.ORAL_MARK: Text(ru="отметка за устный ответ", en="mark of an oral answer"),
        Clock.ATTENDANCE: Text(ru="посещаемость", en="attendance"),
        Clock.WRITTEN_WORK: Text(ru="отметка за письменную работу", en="mark of written work"),
        Clock.MONITORING_WORK: Text(ru="работа внутреннего контроля", en="work of the school's monitoring"),
        Clock.EXTERNAL_WORK: Text(ru="внешняя работа", en="work set from outside"),
        Clock.FINAL_ATTESTATION: Text(ru="итоговая аттестация", en="final attestation"),
        Clock.INTERIM_ATTESTATION: Text(ru="промежуточная аттестация", en="interim attestation"),
        Clock.PERIOD_MARKS: Text(ru="отметки за период", en="period marks"),
        Clock.OUTAGE_CATCH_UP: Text(ru="заполнение после перерыва", en="catching up after an outage"),
        Clock.ERROR_CORRECTION: Text(ru="исправление ошибки", en="correction of an error"),
        Clock.ACCOUNT_CREATION: Text(ru="создание учётной записи", en="creation of an account"),
        Clock.PROFILE_FIX: Text(ru="ошибка в личном деле", en="fault of a profile"),
        Clock.STAFF_CHANGE: Text(ru="изменение у сотрудника", en="change of a member of staff"),
        Clock.MOVEMENT_ENTRY: Text(ru="запись о движении", en="entry in the movement book"),
        Clock.INCIDENT_NOTICE: Text(ru="уведомление об инциденте", en="notice of an incident"),
        Clock.PAPER_SLIPS: Text(ru="сведения семье на бумаге", en="paper slip for a family"),
        Clock.PROFILE_VERIFICATION: Text(ru="сверка личных дел класса", en="verification of a class's profiles"),
        Clock.DEPUTY_CONTROL: Text(ru="проверка заместителя", en="deputy's control"),
        Clock.DIRECTOR_CONTROL: Text(ru="проверка директора", en="director's control"),
        Clock.SUMMARY_SHEET_TO_ARCHIVE: Text(ru="сводная ведомость в архив", en="summary sheet to the archive"),
        Clock.RETENTION_JOURNAL: Text(ru="хранение журнала", en="retention of a journal"),
        Clock.RETENTION_SUMMARY: Text(ru="хранение сводной ведомости", en="retention of a summary sheet"),
    }
)

DUTY_STATES: Mapping[DutyState, Text] = MappingProxyType(
    {
        DutyState.OVERDUE: Text(ru="просрочено", en="overdue"),
        DutyState.DUE_SOON: Text(ru="скоро срок", en="due soon"),
        DutyState.OPEN: Text(ru="предстоит", en="to do"),
        DutyState.EARLY: Text(ru="ещё рано", en="too early"),
        DutyState.SUSPENDED: Text(ru="ждёт конца перерыва", en="waits for an outage's end"),
        DutyState.DONE_LATE: Text(ru="сделано с опозданием", en="done late"),
        DutyState.DONE: Text(ru="сделано в срок", en="done in time"),
    }
)
"""The most urgent first."""

UNITS: Mapping[Unit, Text] = MappingProxyType(
    {
        Unit.CLOCK_TIME: Text(ru="к часу дня", en="time of day"),
        Unit.MINUTES: Text(ru="минуты", en="minutes"),
        Unit.SAME_DAY: Text(ru="тот же день", en="same day"),
        Unit.CALENDAR_DAYS: Text(ru="календарные дни", en="calendar days"),
        Unit.WORKING_DAYS: Text(ru="рабочие дни", en="working days"),
        Unit.WINDOW: Text(ru="окно времени", en="window of time"),
        Unit.MONTHS: Text(ru="месяцы", en="months"),
        Unit.YEARS: Text(ru="годы", en="years"),
    }
)

EFFECTS: Mapping[EffectKind, Text] = MappingProxyType(
    {
        EffectKind.REVERTED: Text(ru="возврат записи", en="record put back"),
        EffectKind.DECIDE: Text(ru="решение человека", en="a person decides"),
        EffectKind.MESSAGE_PULLED: Text(ru="отзыв сообщения", en="message pulled"),
        EffectKind.EVENT_SENT: Text(ru="семье ушло неверное", en="family was told"),
        EffectKind.PACKAGE: Text(ru="замена выгрузки", en="supersede the export"),
        EffectKind.ARCHIVE: Text(ru="замена файла архива", en="supersede the archive file"),
    }
)

DOUBTS: Mapping[Doubt, Text] = MappingProxyType(
    {
        Doubt.LATER_CHANGE: Text(
            ru="позже запись изменил кто-то другой: его изменение стоит на недействительном",
            en="somebody else has changed it since: that change stands on a void value",
        ),
        Doubt.EARLIER_CHANGE: Text(
            ru="возвращено значение, которое кто-то другой внёс поверх недействительного",
            en="it went back to what somebody else had made of a void value",
        ),
        Doubt.NO_EARLIER_VALUE: Text(
            ru="запись создана недействительной операцией, а аннулировать такие записи нельзя",
            en="a void operation made it, and its kind cannot be voided",
        ),
        Doubt.RESTRICTED: Text(ru="содержание хранится под замком", en="the audit keeps its text under seal"),
        Doubt.AUTHOR_UNKNOWN: Text(
            ru="урок этого учителя, а кто внёс запись, не указано",
            en="of a lesson of this teacher, and it does not say who entered it",
        ),
        Doubt.OTHER_OPERATION: Text(
            ru="операция не меняла записей журнала: учётная запись, решение, документ",
            en="the operation changed no record of the journal: an account, a decision, a document",
        ),
        Doubt.NAME_LOST: Text(
            ru="под этим ключом записи больше нет или теперь там другая запись",
            en="nothing is known by this key any more, or another record is",
        ),
        Doubt.BREAKS_RULE: Text(
            ru="прежнее значение нарушает правило: с ним не сходится то, что внесено после",
            en="its former value breaks a rule: what was entered since does not agree with it",
        ),
    }
)
"""Why a person has to decide."""

PROGRESS: Mapping[str, Text] = MappingProxyType(
    {
        "complete": Text(ru="готово", en="complete"),
        "missing": Text(ru="не готово", en="missing"),
        "overdue": Text(ru="просрочено", en="overdue"),
    }
)
"""How a section of the year's set-up stands."""

INCIDENT_STATES: Mapping[str, Text] = MappingProxyType(
    {
        "reported": Text(ru="не все уведомлены", en="not everybody notified"),
        "notified": Text(ru="уведомления получены", en="everybody notified"),
        "closed": Text(ru="доступ выдан заново", en="access reissued"),
    }
)

MOMENTS: Mapping[str, Text] = MappingProxyType(
    {
        "learned_at": Text(ru="Стало известно", en="Learned"),
        "reported_at": Text(ru="Сообщено, доступ закрыт", en="Reported, access closed"),
        "director_notified_at": Text(ru="Директор уведомлён", en="Director notified"),
        "administrator_notified_at": Text(ru="Администратор уведомлён", en="Administrator notified"),
        "support_notified_at": Text(ru="Поддержка платформы уведомлена", en="Platform's support notified"),
        "credentials_reissued_at": Text(ru="Доступ выдан заново, вход открыт", en="Credentials reissued, access open"),
        "void_from": Text(ru="Недействительно с (решение директора)", en="Void from (the director's decision)"),
    }
)
"""The moments of an incident, in the order in which they come."""

FILLS: Mapping[str, Text] = MappingProxyType(
    {
        "full": Text(ru="заполнено в срок", en="filled in time"),
        "late": Text(ru="заполнено с опозданием", en="filled late"),
        "gaps": Text(ru="есть пропуски", en="with gaps"),
    }
)
"""How a teacher has filled the journal."""
