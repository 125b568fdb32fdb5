"""What actions, objects, channels, accounts and scopes are called on the audit's and the access pages (ADR 0005)."""

from __future__ import annotations

from gateway.errors import Text
from gateway.model.access import Scope
from gateway.model.audit import FaultReason
from gateway.web.console.names import RECORDS

ACCOUNT_STATES = {
    "open": Text(ru="открыт", en="open"),
    "one_time": Text(ru="одноразовый пароль", en="one-time password"),
    "locked": Text(ru="закрыт на время", en="locked"),
    "not_yet": Text(ru="срок не начался", en="not yet valid"),
    "over": Text(ru="срок истёк", en="no longer valid"),
    "disabled": Text(ru="отключён", en="disabled"),
}

CHAIN_FAULTS = {
    FaultReason.CHANGED: Text(ru="запись изменена", en="the entry was changed"),
    FaultReason.MISSING: Text(ru="записи нет", en="the entry is missing"),
    FaultReason.REORDERED: Text(ru="запись стоит не на своём месте", en="the entry is not in its place"),
    FaultReason.ADDED: Text(ru="запись добавлена в обход шлюза", en="the entry was added past the gateway"),
}

AUDIT_ACTIONS = {
    "create": Text(ru="создано", en="created"),
    "update": Text(ru="изменено", en="updated"),
    "void": Text(ru="аннулировано", en="voided"),
    "rekey": Text(ru="новый ключ", en="new key"),
    "deactivate": Text(ru="приостановлено", en="deactivated"),
    "end": Text(ru="назначен последний день", en="given a last day"),
    "reactivate": Text(ru="возвращено", en="reactivated"),
    "transfer": Text(ru="переведено", en="transferred"),
    "approve": Text(ru="утверждено", en="approved"),
    "apply": Text(ru="применено", en="applied"),
    "compare": Text(ru="сверено", en="compared"),
    "archive": Text(ru="сдано в архив", en="archived"),
    "settle": Text(ru="последствия устранены", en="settled"),
    "decide": Text(ru="решено", en="decided"),
    "view": Text(ru="просмотрено", en="looked at"),
    "download": Text(ru="скачано", en="downloaded"),
    "accept": Text(ru="принято получателем", en="accepted by the recipient"),
    "refuse": Text(ru="отклонено получателем", en="refused by the recipient"),
    "access.blocked": Text(ru="доступ закрыт", en="access blocked"),
    "access.unblocked": Text(ru="доступ открыт", en="access unblocked"),
    "user.added": Text(ru="пользователь добавлен", en="account added"),
    "user.changed": Text(ru="роль или срок изменены", en="role or time changed"),
    "user.disabled": Text(ru="пользователь отключён", en="account disabled"),
    "user.enabled": Text(ru="пользователь включён", en="account enabled"),
    "user.locked": Text(ru="вход закрыт на время", en="account locked"),
    "user.password_reset": Text(ru="выдан новый пароль", en="password reset"),
    "user.password_changed": Text(ru="пароль сменён", en="password changed"),
    "user.rules_accepted": Text(ru="правило о доступе принято", en="access rule accepted"),
    "user.sessions_ended": Text(ru="сеансы завершены", en="sessions ended"),
    "reject": Text(ru="отклонено", en="rejected"),
    "expire": Text(ru="срок истёк", en="expired"),
    "revert": Text(ru="отменено", en="taken back"),
    "lock": Text(ru="закреплено", en="locked"),
    "unlock": Text(ru="освобождено", en="given free"),
    "match.same": Text(ru="признан тем же человеком", en="matched to one of ours"),
    "match.new": Text(ru="признан новым человеком", en="matched as somebody new"),
    "match.ignored": Text(ru="запись источника оставлена без внимания", en="source's record left alone"),
    "match.open": Text(ru="вопрос открыт снова", en="question opened again"),
    "merge": Text(ru="записи объединены", en="records made one"),
    "unmerge": Text(ru="объединение отменено", en="merge undone"),
    "person.same": Text(ru="признан одним человеком", en="found to be one person"),
    "person.asked": Text(ru="возможно, один человек", en="may be one person"),
    "person.apart": Text(ru="признаны разными людьми", en="said to be two people"),
    "person.forgotten": Text(ru="связь записей забыта", en="link of records forgotten"),
    "submission.rejected": Text(ru="присланное отклонено", en="submission rejected"),
    "submission.superseded": Text(ru="присланное заменено другим", en="submission superseded by another"),
    "submission.refused": Text(ru="присланное не принято журналом", en="submission refused by the journal"),
    "client.added": Text(ru="программа добавлена", en="program added"),
    "client.disabled": Text(ru="программа отключена", en="program disabled"),
    "client.scopes_changed": Text(ru="права программы изменены", en="scopes changed"),
    "client.secret_rotated": Text(ru="новый секрет", en="secret rotated"),
    "client.tokens_revoked": Text(ru="токены отозваны", en="tokens revoked"),
    "diary.subscribed": Text(ru="подписка оформлена", en="subscribed"),
    "diary.unsubscribed": Text(ru="подписка снята", en="unsubscribed"),
}

AUDIT_OBJECTS = {
    **RECORDS,
    "console_user": Text(ru="пользователь", en="account"),
    "api_client": Text(ru="программа", en="program"),
    "roll_over": Text(ru="переход на новый год", en="turn of the year"),
    "roster_plan": Text(ru="план контингента", en="roster plan"),
    "person": Text(ru="человек в нескольких ролях", en="person in several roles"),
    "roster_case": Text(ru="вопрос сопоставления", en="question of matching"),
    "roster_run": Text(ru="синхронизация", en="sync"),
    "roster_quarantine": Text(ru="запись в карантине", en="record in quarantine"),
    "roster_upload": Text(ru="загруженные списки", en="uploaded lists"),
    "roster_missing": Text(ru="список отсутствующих", en="list of who is missing"),
    "roster_lock": Text(ru="закреплённые поля", en="locked fields"),
    "roster_merge": Text(ru="объединение записей", en="merge of records"),
    "movement": Text(ru="книга движения", en="movement book"),
    "oneroster_submission": Text(ru="оценка извне", en="grade from outside"),
    "journal_batch": Text(ru="пакет журнала", en="journal batch"),
    "comparison": Text(ru="сверка с платформой", en="comparison with the platform"),
    "export_package": Text(ru="пакет выгрузки", en="export package"),
    "archive_entry": Text(ru="файл архива", en="archive file"),
    "archive_file": Text(ru="файл архива", en="archive file"),
    "portal_subscription": Text(ru="подписка на портале", en="portal subscription"),
    "message": Text(ru="сообщение", en="message"),
    "audit": Text(ru="журнал аудита", en="audit trail"),
    "looks": Text(ru="журнал просмотров", en="log of looks"),
}

CHANNELS = {
    "api": Text(ru="программа (API)", en="program (API)"),
    "console": Text(ru="консоль", en="console"),
    "cli": Text(ru="командная строка", en="command line"),
    "access": Text(ru="доступ", en="access"),
    "roster": Text(ru="контингент", en="roster"),
    "exports": Text(ru="выгрузки", en="exports"),
    "archive": Text(ru="архив", en="archive"),
    "portal": Text(ru="портал", en="portal"),
    "control": Text(ru="контроль", en="control"),
}

SCOPES = {
    Scope.JOURNAL_READ: Text(ru="читать журнал", en="read the journal"),
    Scope.JOURNAL_WRITE: Text(ru="писать в журнал", en="write to the journal"),
    Scope.JOURNAL_CORRECT: Text(ru="вносить исправления", en="enter corrections"),
    Scope.CHANGES_READ: Text(ru="читать ленту изменений", en="read the change feed"),
    Scope.HEALTH_READ: Text(ru="читать сведения о здоровье", en="read health data"),
    Scope.HEALTH_WRITE: Text(ru="вносить сведения о здоровье", en="write health data"),
    Scope.INCIDENTS_WRITE: Text(ru="сообщать об инцидентах доступа", en="report access incidents"),
    Scope.RULES_WRITE: Text(
        ru="вносить решения школы, назначения и сбои", en="enter the school's decisions, appointments and outages"
    ),
    Scope.ROSTER_READ: Text(ru="читать списки учеников и сотрудников", en="read lists of pupils and staff"),
    Scope.DIARY_READ: Text(ru="читать дневник ребёнка", en="read a child's diary"),
    Scope.DIARY_SUBSCRIBE: Text(ru="подписывать на новые отметки", en="subscribe to new marks"),
    Scope.OR_ROSTER: Text(ru="OneRoster: читать контингент", en="OneRoster: read the roster"),
    Scope.OR_ROSTER_CORE: Text(ru="OneRoster: читать общие списки", en="OneRoster: read the general lists"),
    Scope.OR_DEMOGRAPHICS: Text(ru="OneRoster: читать даты рождения и пол", en="OneRoster: read birth dates and sexes"),
    Scope.OR_GRADEBOOK: Text(ru="OneRoster: читать оценки", en="OneRoster: read the gradebook"),
    Scope.OR_GRADEBOOK_CORE: Text(
        ru="OneRoster: читать общие списки оценок", en="OneRoster: read the gradebook's general lists"
    ),
    Scope.OR_GRADEBOOK_PUT: Text(ru="OneRoster: предлагать оценки по одной", en="OneRoster: propose marks one by one"),
    Scope.OR_GRADEBOOK_POST: Text(
        ru="OneRoster: предлагать оценки списком", en="OneRoster: propose several marks at once"
    ),
    Scope.OR_GRADEBOOK_DELETE: Text(
        ru="OneRoster: предлагать удаление оценок", en="OneRoster: propose that marks be deleted"
    ),
    Scope.OR_ASSESSMENT: Text(ru="OneRoster: читать тестирования", en="OneRoster: read assessments"),
    Scope.OR_ASSESSMENT_PUT: Text(ru="OneRoster: предлагать тестирования", en="OneRoster: propose assessments"),
    Scope.OR_ASSESSMENT_DELETE: Text(
        ru="OneRoster: предлагать удаление тестирований", en="OneRoster: propose that assessments be deleted"
    ),
    Scope.OR_RESOURCE: Text(ru="OneRoster: читать учебные ресурсы", en="OneRoster: read resources"),
    Scope.OR_RESOURCE_CORE: Text(
        ru="OneRoster: читать общие списки ресурсов", en="OneRoster: read the general lists of resources"
    ),
}
