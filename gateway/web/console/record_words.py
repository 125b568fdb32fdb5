"""Words of the journal's, the audit's and the access pages in Russian and English (ADR 0005)."""

from __future__ import annotations

from gateway.errors import Text

RECORD_WORDS = {
    "journal": Text(ru="Журнал", en="Journal"),
    "journal_hint": Text(
        ru="Всё, что хранит журнал школы, по темам. Просмотр записей об учениках сохраняется: кто, чьи и когда.",
        en="All that the school's journal holds, by theme. Looks at pupils' records are kept: who, whose, when.",
    ),
    "own_class_only": Text(ru="свой класс", en="own class"),
    "own_class_hint": Text(ru="Показаны только записи о вашем классе.", en="Only records of your own class are shown."),
    "no_kinds": Text(
        ru="Ваша роль не читает записей журнала. Попросите администратора школы.",
        en="Your role reads no records of the journal. Ask the school's administrator.",
    ),
    "kind_empty": Text(
        ru="Записей этого вида ещё нет. Их присылает журнал школы (раздел «Пакеты журнала») или загружает команда "
        "«gateway journal import».",
        en="There are no records of this kind yet. The school's journal sends them (page 'Journal batches'), or the "
        "command 'gateway journal import' loads them.",
    ),
    "only": Text(ru="Только", en="Only"),
    "without_filter": Text(ru="показать все", en="show all"),
    "from_day": Text(ru="С дня", en="From day"),
    "to_day": Text(ru="По день", en="To day"),
    "yes": Text(ru="да", en="yes"),
    "no": Text(ru="нет", en="no"),
    "first_page": Text(ru="К началу списка", en="To the beginning"),
    "history": Text(ru="История записи", en="History of the record"),
    "history_hint": Text(ru="Из журнала аудита, новые сверху.", en="From the audit trail, newest first."),
    "no_history": Text(
        ru="В журнале аудита об этой записи ничего нет: она загружена до его начала.",
        en="The audit trail tells nothing of this record: it was there before the trail began.",
    ),
    "leads_to": Text(ru="Связанные записи", en="Linked records"),
    "voided": Text(ru="аннулировано", en="voided"),
    "audit": Text(ru="Аудит", en="Audit trail"),
    "audit_hint": Text(
        ru="Каждая запись скреплена с предыдущей: изменить, убрать или переставить её незаметно нельзя.",
        en="Every entry is sealed to the one before: none can be changed, removed or moved unseen.",
    ),
    "audit_empty": Text(
        ru="Записей ещё нет. Они появятся с первым изменением: пакетом журнала, планом контингента, решением здесь.",
        en="There are no entries yet. They appear with the first change: a journal batch, a roster plan, a decision.",
    ),
    "audit_entry": Text(ru="Запись аудита", en="Audit entry"),
    "entries_total": Text(ru="Записей в цепочке", en="Entries in the chain"),
    "actor": Text(ru="Кто", en="Who"),
    "role": Text(ru="Роль", en="Role"),
    "from_where": Text(ru="Откуда", en="From where"),
    "channel": Text(ru="Каким путём", en="By which way"),
    "through": Text(ru="Через программу", en="Through the program"),
    "check_chain": Text(ru="Проверить цепочку", en="Verify the chain"),
    "checking": Text(ru="Проверяется", en="Checking"),
    "chain_whole": Text(
        ru="Цепочка цела: ни одна запись не изменена, не убрана и не переставлена.",
        en="The chain is whole: no entry was changed, removed or moved.",
    ),
    "chain_broken": Text(
        ru="Цепочка нарушена. Сообщите директору; ничего не удаляйте.",
        en="The chain is broken. Tell the director; delete nothing.",
    ),
    "check_unfinished": Text(
        ru="Если под полосой нет итога, проверка прервалась: повторите её.",
        en="If no result stands below the bar, the check was cut off: repeat it.",
    ),
    "values_hidden": Text(
        ru="Значения этой записи ваша роль не читает.", en="Your role does not read the values of this record."
    ),
    "no_values": Text(ru="Запись не хранит значений.", en="The entry holds no values."),
    "seal": Text(ru="Печать (SHA-256)", en="Seal (SHA-256)"),
    "previous_seal": Text(ru="Печать предыдущей записи", en="Seal of the entry before"),
    "open_record": Text(ru="Открыть запись", en="Open the record"),
    "back_to_list": Text(ru="К списку", en="Back to the list"),
    "looks": Text(ru="Кто смотрел", en="Who looked"),
    "looks_hint": Text(
        ru="Кто и когда видел сведения об ученике: в консоли, на портале, через программы.",
        en="Who saw a pupil's data, and when: at the console, through the portal, through programs.",
    ),
    "looks_empty": Text(
        ru="Просмотров ещё не было. Строка появится, когда кто-нибудь откроет записи ученика.",
        en="Nobody has looked yet. A line appears when somebody opens a pupil's records.",
    ),
    "what_seen": Text(ru="Что смотрели", en="What was looked at"),
    "detail": Text(ru="Подробно", en="Detail"),
    "people": Text(ru="Пользователи и роли", en="People and roles"),
    "person": Text(ru="Пользователь", en="Account"),
    "new_person": Text(ru="Новый пользователь", en="New account"),
    "new_person_hint": Text(
        ru="Одному сотруднику – одна учётная запись. Пароль одноразовый, его покажут один раз.",
        en="One account a member of staff. The password is for one time and is shown once.",
    ),
    "staff_member": Text(ru="Сотрудник", en="Member of staff"),
    "nobody": Text(ru="не указан", en="none"),
    "valid_from": Text(ru="Действует с", en="Valid from"),
    "valid_to": Text(ru="Действует по", en="Valid to"),
    "always": Text(ru="бессрочно", en="always"),
    "support_hint": Text(
        ru="Технической поддержке доступ даётся только на срок.", en="Technical support gets access for a time only."
    ),
    "locked_until": Text(ru="Закрыт до", en="Locked until"),
    "change": Text(ru="Изменить роль и срок", en="Change role and time"),
    "save": Text(ru="Сохранить", en="Save"),
    "reset": Text(ru="Новый одноразовый пароль", en="New one-time password"),
    "end_sessions": Text(ru="Завершить все сеансы", en="End all sessions"),
    "disable": Text(ru="Отключить", en="Disable"),
    "enable": Text(ru="Включить снова", en="Enable again"),
    "own_account_hint": Text(
        ru="Это ваша учётная запись: роль, срок и отключение меняет другой администратор.",
        en="This is your own account: another administrator changes its role and time, or disables it.",
    ),
    "only_administrators": Text(
        ru="Учётными записями распоряжается администратор.", en="The administrator decides about accounts."
    ),
    "its_audit": Text(ru="Что происходило с этой записью", en="What happened to this account"),
    "programs": Text(ru="Программы", en="Programs"),
    "program": Text(ru="Программа", en="Program"),
    "new_program": Text(ru="Новая программа", en="New program"),
    "new_program_hint": Text(
        ru="Программа получает номер и секрет. Секрет покажут один раз. Давайте только те права, без которых нельзя.",
        en="A program gets an id and a secret, which is shown once. Grant only what it cannot do without.",
    ),
    "program_incomplete": Text(
        ru="Нужны название и хотя бы одно право.", en="A name and at least one right are needed."
    ),
    "programs_empty": Text(
        ru="Программ ещё нет. Добавьте ту, которой школа отдаёт или от которой получает данные.",
        en="There are no programs yet. Add the one that the school gives data to or takes data from.",
    ),
    "program_name": Text(ru="Название", en="Name"),
    "program_id": Text(ru="Номер программы", en="Client id"),
    "scopes": Text(ru="Права", en="Scopes"),
    "save_scopes": Text(ru="Изменить права", en="Change the scopes"),
    "scopes_hint": Text(
        ru="Выданные токены перестанут действовать; программа возьмёт новые.",
        en="Tokens handed out stop working; the program gets new ones.",
    ),
    "secret_since": Text(ru="Секрет с", en="Secret since"),
    "former_until": Text(ru="Прежний секрет действует до", en="Former secret good until"),
    "tokens": Text(ru="Действующих токенов", en="Good tokens"),
    "rotate": Text(ru="Новый секрет", en="New secret"),
    "rotate_hint": Text(
        ru="Прежний секрет действует ещё семь дней: за это время его меняют в программе.",
        en="The former secret stays good for seven days: time to change it in the program.",
    ),
    "revoke": Text(ru="Отозвать токены", en="Revoke the tokens"),
    "disable_program": Text(ru="Отключить программу", en="Disable the program"),
    "program_disabled": Text(ru="отключена", en="disabled"),
    "program_enabled": Text(ru="действует", en="in use"),
    "shown_once": Text(ru="Показано один раз", en="Shown once"),
    "shown_once_hint": Text(
        ru="Запишите или передайте сейчас: больше его не увидит никто. Он нигде не хранится в открытом виде.",
        en="Write it down or hand it over now: nobody will see it again. It is nowhere kept in clear.",
    ),
    "one_time_password": Text(ru="Одноразовый пароль", en="One-time password"),
    "client_secret": Text(ru="Секрет программы", en="Client secret"),
    "done": Text(ru="Готово", en="Done"),
    "menu_access": Text(ru="Аудит и доступ", en="Audit and access"),
}
