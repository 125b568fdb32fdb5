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
    "roster_plan": Text(ru="план контингента", en="roster plan"),
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
}
