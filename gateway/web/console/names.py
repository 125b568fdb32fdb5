"""What states, steps, roles, kinds and fields are called by people, in Russian and English (ADR 0005)."""

from __future__ import annotations

from gateway.errors import Text
from gateway.model.access import Role
from gateway.model.difference import DifferenceKind
from gateway.model.export_package import PackageState
from gateway.model.record_shape import label_of
from gateway.model.roster_change import Action
from gateway.model.roster_field_names import FIELD_NAMES
from gateway.model.roster_kind_names import KIND_NAMES, ONE_NAMES
from gateway.model.roster_ladder import Fate
from gateway.model.roster_plan import HoldCause, PlanState
from gateway.model.roster_quarantine import QuarantineState
from gateway.model.roster_run import RunCount, RunOutcome
from gateway.model.steps import Step, StepOutcome
from gateway.web.console.record_names import MANY, ONE
from outbox import State

STEPS = {
    Step.ROSTER_IN: Text(ru="Контингент получен", en="Roster in"),
    Step.JOURNAL_IN: Text(ru="Журнал принят", en="Journal in"),
    Step.PLATFORM_COMPARED: Text(ru="Платформа сверена", en="Platform compared"),
    Step.EXPORT_OUT: Text(ru="Выгрузка отправлена", en="Export out"),
    Step.DIARY_SEEN: Text(ru="Дневник прочитан", en="Diary seen"),
    Step.ARCHIVE_SIGNED: Text(ru="Архив подписан", en="Archive signed"),
}

STEP_HINTS = {
    Step.ROSTER_IN: Text(
        ru="Ученики, родители, классы и сотрудники из регионального реестра",
        en="Pupils, guardians, classes and staff from the regional registry",
    ),
    Step.JOURNAL_IN: Text(
        ru="Уроки, отметки, пропуски и задания от журнала школы",
        en="Lessons, marks, absences and homework from the school's journal",
    ),
    Step.PLATFORM_COMPARED: Text(
        ru="Неделя класса на муниципальной платформе против нашего журнала",
        en="A class's week on the municipal platform against our journal",
    ),
    Step.EXPORT_OUT: Text(
        ru="Успеваемость и посещаемость для органа управления образованием",
        en="Performance and attendance for the education authority",
    ),
    Step.DIARY_SEEN: Text(ru="Родители через городской портал услуг", en="Parents, through the city service portal"),
    Step.ARCHIVE_SIGNED: Text(
        ru="Журнал класса в PDF с подписью директора", en="A class journal as PDF, signed by the director"
    ),
}

OUTCOMES = {
    StepOutcome.OK: Text(ru="успешно", en="ok"),
    StepOutcome.HELD: Text(ru="ждёт решения", en="held for a person"),
    StepOutcome.FAILED: Text(ru="ошибка", en="failed"),
}

STANDINGS = {
    "never": Text(ru="ещё не выполнялся", en="has not run yet"),
    "ok": Text(ru="успешно", en="ok"),
    "queued": Text(ru="в очереди на отправку", en="in the queue"),
    "remarks": Text(ru="есть замечания", en="with remarks"),
    "held": Text(ru="ждёт решения", en="held for a person"),
    "failed": Text(ru="ошибка", en="failed"),
}

STATES = {
    State.READY: Text(ru="готово к отправке", en="ready"),
    State.LEASED: Text(ru="отправляется", en="being sent"),
    State.WAITING: Text(ru="ждёт повтора", en="waiting for a retry"),
    State.SENT: Text(ru="отправлено, ждём ответа", en="sent, answer awaited"),
    State.DONE: Text(ru="доставлено", en="delivered"),
    State.DEAD: Text(ru="остановлено", en="stopped"),
    State.HELD: Text(ru="придержано", en="held"),
    State.SUPERSEDED: Text(ru="заменено новым", en="superseded"),
}

ATTEMPT_OUTCOMES = {
    "running": Text(ru="идёт", en="running"),
    "delivered": Text(ru="доставлено", en="delivered"),
    "retry": Text(ru="не удалось, будет повтор", en="failed, will be retried"),
    "refused": Text(ru="отказано", en="refused"),
    "lost": Text(ru="обработчик исчез", en="the worker disappeared"),
    "sent": Text(ru="отправлено", en="sent"),
}

VERBS = {
    "retry": Text(ru="Повторить", en="Retry"),
    "hold": Text(ru="Придержать", en="Hold"),
    "release": Text(ru="Отпустить", en="Release"),
    "skip": Text(ru="Отказаться от отправки", en="Give up"),
    "pause": Text(ru="Приостановить", en="Pause"),
    "resume": Text(ru="Возобновить", en="Resume"),
    "stop": Text(ru="Остановить всё", en="Stop everything"),
    "start": Text(ru="Снова отправлять", en="Start again"),
    "purge": Text(ru="Очистить", en="Purge"),
    "move": Text(ru="Перенести очередь", en="Move the queue"),
    "drain": Text(ru="Не принимать новое", en="Take nothing more in"),
    "reopen": Text(ru="Снова принимать", en="Take messages in again"),
    "retry_head": Text(ru="Повторить первое", en="Retry the first"),
    "skip_head": Text(ru="Отказаться от первого", en="Give the first up"),
    "pause_lane": Text(ru="Приостановить полосу", en="Pause the lane"),
    "resume_lane": Text(ru="Возобновить полосу", en="Resume the lane"),
    "drop_until": Text(ru="Отказаться от всех перед отмеченным", en="Give up all before the marked one"),
    "drop": Text(ru="Отказ вместе с другими", en="Given up with others"),
}

ROLES = {
    Role.ADMINISTRATOR: Text(ru="администратор", en="administrator"),
    Role.COORDINATOR: Text(ru="координатор", en="coordinator"),
    Role.DEPUTY: Text(ru="заместитель директора", en="deputy head"),
    Role.DIRECTOR: Text(ru="директор", en="director"),
    Role.DISPATCHER: Text(ru="диспетчер расписания", en="timetable dispatcher"),
    Role.CLASS_TEACHER: Text(ru="классный руководитель", en="class teacher"),
    Role.ARCHIVIST: Text(ru="ответственный за архив", en="archivist"),
    Role.MUNICIPAL_COORDINATOR: Text(ru="муниципальный координатор", en="municipal coordinator"),
    Role.SUPPORT: Text(ru="техническая поддержка", en="technical support"),
}

SUMMARY = {
    "created": Text(ru="создано", en="created"),
    "updated": Text(ru="изменено", en="updated"),
    "deactivated": Text(ru="приостановлено", en="deactivated"),
    "reactivated": Text(ru="возвращено", en="reactivated"),
    "transferred": Text(ru="переведено", en="transferred"),
    "archived": Text(ru="в архив", en="archived"),
    "missing": Text(ru="не названо источником", en="missing"),
    "warnings": Text(ru="замечаний", en="remarks"),
    "held": Text(ru="ждёт решения", en="held"),
    "rejected": Text(ru="отклонено", en="rejected"),
    "lessons": Text(ru="уроков", en="lessons"),
    "marks": Text(ru="отметок", en="marks"),
    "absences": Text(ru="пропусков", en="absences"),
    "homework": Text(ru="заданий", en="homework"),
    "differences": Text(ru="расхождений", en="differences"),
    "documents": Text(ru="документов", en="documents"),
    "bytes": Text(ru="размер", en="size"),
    "attempts": Text(ru="попыток", en="attempts"),
    "receipt": Text(ru="квитанция", en="receipt"),
    "files": Text(ru="файлов", en="files"),
    "pages": Text(ru="страниц", en="pages"),
    "signed": Text(ru="подписано", en="signed"),
    "verified": Text(ru="проверено", en="verified"),
    "unchanged": Text(ru="без изменений", en="unchanged"),
}

PLAN_STATES = {
    PlanState.PROPOSED: Text(ru="предложен", en="proposed"),
    PlanState.HELD: Text(ru="ждёт решения", en="held for a person"),
    PlanState.APPROVED: Text(ru="утверждён", en="approved"),
    PlanState.APPLIED: Text(ru="применён", en="applied"),
    PlanState.SUPERSEDED: Text(ru="заменён новым", en="superseded"),
    PlanState.REJECTED: Text(ru="отклонён", en="rejected"),
    PlanState.EXPIRED: Text(ru="истёк", en="expired"),
    PlanState.REVERTED: Text(ru="отменён", en="taken back"),
}

PLAN_STANDINGS: dict[str, Text] = {
    **{state.value: text for state, text in PLAN_STATES.items()},
    "remarks_only": Text(ru="только замечания", en="remarks only"),
}
"""What becomes of a plan on the pages: one that changed nothing has only remarks."""

HOLD_CAUSES = {
    HoldCause.REMOVALS: Text(ru="уходит слишком много", en="too many would leave"),
    HoldCause.UPDATES: Text(ru="источник переписывает всех", en="the source rewrites everybody"),
    HoldCause.NAMES: Text(ru="у многих меняются имена или номера", en="names or numbers of many would change"),
    HoldCause.CREATIONS: Text(ru="новых слишком много", en="too many are new"),
    HoldCause.ACCESS: Text(ru="доступ к данным детей", en="access to children's data"),
    HoldCause.SIMILAR: Text(ru="похожее название класса", en="a class name like another"),
    HoldCause.IDENTITY: Text(ru="возможно, другие люди", en="there may be other people"),
    HoldCause.REVERTED: Text(ru="это уже отменяли", en="this was taken back before"),
}

FATES = {
    Fate.WAITS: Text(ru="ждём", en="waits"),
    Fate.LEAVES: Text(ru="приостанавливается", en="is suspended"),
    Fate.ARCHIVED: Text(ru="уходит в архив", en="goes to the archive"),
    Fate.KEPT: Text(ru="остаётся: его ведёт и другой источник", en="stays: another source tells of it"),
}

RUN_OUTCOMES = {
    RunOutcome.UNCHANGED: Text(ru="без изменений", en="unchanged"),
    RunOutcome.APPLIED: Text(ru="применено", en="applied"),
    RunOutcome.HELD: Text(ru="ждёт решения", en="held for a person"),
    RunOutcome.FAILED: Text(ru="ошибка", en="failed"),
}

RUN_COUNTS = {
    RunCount.RECEIVED: Text(ru="получено", en="received"),
    RunCount.REJECTED: Text(ru="отклонено", en="rejected"),
    RunCount.HELD: Text(ru="ждёт", en="held"),
}

QUARANTINE_STATES = {
    QuarantineState.OPEN: Text(ru="ждёт исправления", en="to be mended"),
    QuarantineState.RESOLVED: Text(ru="исправлена", en="mended"),
}

ACTIONS = {
    Action.CREATE: Text(ru="создать", en="create"),
    Action.UPDATE: Text(ru="изменить", en="update"),
    Action.DEACTIVATE: Text(ru="приостановить", en="deactivate"),
    Action.REACTIVATE: Text(ru="вернуть", en="reactivate"),
    Action.TRANSFER: Text(ru="перевести", en="transfer"),
    Action.END: Text(ru="закончить в срок", en="end on a day"),
    Action.ARCHIVE: Text(ru="отправить в архив", en="archive"),
}

DONE_ACTIONS = {
    Action.CREATE: Text(ru="создано", en="created"),
    Action.UPDATE: Text(ru="изменено", en="updated"),
    Action.DEACTIVATE: Text(ru="приостановлено", en="deactivated"),
    Action.REACTIVATE: Text(ru="возвращено", en="reactivated"),
    Action.TRANSFER: Text(ru="переведено", en="transferred"),
    Action.END: Text(ru="назначен последний день", en="given a last day"),
    Action.ARCHIVE: Text(ru="сдано в архив", en="archived"),
}
"""The same of what has been done."""

RECORD_KINDS = KIND_NAMES

JOURNAL_KINDS = MANY

RECORDS = {
    **{kind.value: text for kind, text in ONE_NAMES.items()},
    **{name: text for kind, text in ONE.items() for name in (kind.one, label_of(kind.one))},
}

FIELDS = FIELD_NAMES

VALUES = {
    True: Text(ru="да", en="yes"),
    False: Text(ru="нет", en="no"),
    "active": Text(ru="действует", en="active"),
    "suspended": Text(ru="приостановлен", en="suspended"),
    "archived": Text(ru="в архиве", en="archived"),
    "female": Text(ru="женский", en="female"),
    "male": Text(ru="мужской", en="male"),
    "mother": Text(ru="мать", en="mother"),
    "father": Text(ru="отец", en="father"),
    "legal_guardian": Text(ru="опекун", en="legal guardian"),
}

DIFFERENCES = {
    DifferenceKind.PUPIL_MISSING_HERE: Text(ru="нет ученика у нас", en="pupil missing here"),
    DifferenceKind.PUPIL_MISSING_THERE: Text(ru="нет ученика на платформе", en="pupil missing there"),
    DifferenceKind.PUPIL_AMBIGUOUS: Text(ru="однофамильцы", en="namesakes"),
    DifferenceKind.LESSON_MISSING_HERE: Text(ru="нет урока у нас", en="lesson missing here"),
    DifferenceKind.LESSON_MISSING_THERE: Text(ru="нет урока на платформе", en="lesson missing there"),
    DifferenceKind.SUBJECT_DIFFERS: Text(ru="другой предмет", en="subject differs"),
    DifferenceKind.MARK_MISSING_HERE: Text(ru="нет отметки у нас", en="mark missing here"),
    DifferenceKind.MARK_MISSING_THERE: Text(ru="нет отметки на платформе", en="mark missing there"),
    DifferenceKind.MARK_DIFFERS: Text(ru="другая отметка", en="mark differs"),
    DifferenceKind.HOMEWORK_DIFFERS: Text(ru="другое задание", en="homework differs"),
}

PACKAGE_STATES = {
    PackageState.QUEUED: Text(ru="в очереди", en="queued"),
    PackageState.ACCEPTED: Text(ru="принят", en="accepted"),
    PackageState.REFUSED: Text(ru="отклонён", en="refused"),
}

EXPORTS = {
    "performance": Text(ru="Успеваемость и посещаемость за период", en="Performance and attendance of a period"),
}

DESTINATIONS = {
    "steps": Text(ru="шаги шлюза", en="the gateway's steps"),
    "authority": Text(ru="орган управления образованием", en="education authority"),
    "portal": Text(ru="городской портал", en="city portal"),
    "upkeep": Text(ru="уход за очередью", en="upkeep of the queue"),
    "provider": Text(ru="списки для OneRoster", en="lists given out by OneRoster"),
}

MESSAGE_KINDS = {
    **{step.value: text for step, text in STEPS.items()},
    "performance": Text(ru="выгрузка успеваемости", en="performance export"),
    "mark.added": Text(ru="новая отметка", en="mark added"),
    "mark.changed": Text(ru="отметка изменена", en="mark changed"),
    "mark.deleted": Text(ru="отметка снята", en="mark removed"),
    "retention": Text(ru="уборка отслуживших сообщений", en="removal of what is kept no longer"),
    "look": Text(ru="поиск изменившихся школ", en="look for schools that have changed"),
    "refresh": Text(ru="обновление списков школы", en="a school's lists made anew"),
}

BATCH_OUTCOMES = {
    "clean": Text(ru="принят полностью", en="accepted whole"),
    "partly": Text(ru="принят частично", en="accepted in part"),
    "refused": Text(ru="отклонён", en="refused"),
}

RECORD_FATES = {
    "accepted": Text(ru="записано", en="written"),
    "unchanged": Text(ru="без изменений", en="unchanged"),
    "rejected": Text(ru="отклонено", en="rejected"),
}
