"""Sentences and headings of the pages of control, in Russian and English (ADR 0005)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from gateway.errors import Text

CONTROL_WORDS: Mapping[str, Text] = MappingProxyType(
    {
        "menu_control": Text(ru="Контроль", en="Control"),
        "deadlines": Text(ru="Сроки", en="Deadlines"),
        "daily_fill": Text(ru="Заполнение по дням", en="Daily fill"),
        "readiness": Text(ru="Готовность года", en="Year set-up"),
        "incidents": Text(ru="Инциденты", en="Incidents"),
        "corrections": Text(ru="Исправления", en="Corrections"),
        "policy": Text(ru="Правила школы", en="School rules"),
        "outages": Text(ru="Перерывы", en="Outages"),
        "by_duty": Text(ru="Что в срок, что нет", en="What is in time and what is not"),
        "by_duty_hint": Text(
            ru="Каждая полоса – все обязанности одного вида за выбранные дни, чем краснее, тем хуже.",
            en="Each bar is all duties of one kind in the chosen days: the redder, the worse.",
        ),
        "duty": Text(ru="Обязанность", en="Duty"),
        "responsible": Text(ru="Ответственный", en="Responsible"),
        "due": Text(ru="Срок", en="Due"),
        "left": Text(ru="осталось", en="left"),
        "late_by": Text(ru="на", en="by"),
        "counted": Text(ru="По какому правилу", en="By which rule"),
        "put_off": Text(ru="сдвинут перерывом", en="put off by an outage"),
        "last_days": Text(ru="За сколько дней", en="Days looked through"),
        "days_7": Text(ru="7 дней", en="7 days"),
        "days_14": Text(ru="14 дней", en="14 days"),
        "days_31": Text(ru="31 день", en="31 days"),
        "of_whom": Text(ru="Сотрудник", en="Member of staff"),
        "duty_role": Text(ru="Роль", en="Role"),
        "no_duties": Text(
            ru="Обязанностей нет: за эти дни в журнале нет ни уроков, ни поручений. Проверьте, загружены ли "
            "расписание и "
            "журнал, или выберите больше дней.",
            en="There are no duties: the journal has neither lessons nor orders in these days. Check that timetable "
            "and "
            "journal have been sent in, or choose more days.",
        ),
        "nothing_matches": Text(ru="Под этот отбор ничего не подходит.", en="Nothing matches what was searched for."),
        "drop_filter": Text(ru="Показать всё", en="Show everything"),
        "teacher": Text(ru="Учитель", en="Teacher"),
        "first_day": Text(ru="С какого дня", en="From"),
        "last_day": Text(ru="По какой день", en="To"),
        "fill_hint": Text(
            ru="Внесено уроков из тех, что должны быть по расписанию; ниже – сколько внесено с опозданием.",
            en="Lessons entered of those that the timetable has; below, how many of them came late.",
        ),
        "entered": Text(ru="Внесено", en="Entered"),
        "late": Text(ru="с опозданием", en="late"),
        "no_fill": Text(
            ru="В эти дни уроков нет ни в расписании, ни в журнале. Выберите другие дни.",
            en="Neither timetable nor journal has lessons on these days. Choose other days.",
        ),
        "sections_ready": Text(ru="Готово разделов", en="Sections complete"),
        "control_on": Text(ru="Контроль директора", en="Director's control"),
        "must_be_ready": Text(ru="Всё должно быть готово", en="Everything must be ready"),
        "section": Text(ru="Раздел", en="Section"),
        "progress": Text(ru="Готово", en="Done"),
        "none_planned": Text(ru="у школы такого нет", en="the school has none"),
        "overdue_days": Text(ru="дней просрочки", en="days overdue"),
        "year_ready": Text(ru="Учебный год подготовлен полностью.", en="The school year is set up completely."),
        "readiness_by": Text(ru="Список разделов задаёт правило школы", en="A school rule decides on the sections"),
        "year_before": Text(ru="предыдущий год", en="the year before"),
        "year_after": Text(ru="следующий год", en="the year after"),
        "report_incident": Text(ru="Сообщить об утечке доступа", en="Report a compromised access"),
        "report_do": Text(ru="Сообщить и закрыть доступ", en="Report and close the access"),
        "report_hint": Text(
            ru="Вход по этому имени закрывается сразу, и для людей, и для программ. Директора и администратора "
            "(или поддержку платформы) уведомляют не позже следующего рабочего дня.",
            en="The access closes at once, for people and for programs. The director and the administrator (or the "
            "platform's support) are notified within one working day.",
        ),
        "account": Text(ru="Чей доступ", en="Whose access"),
        "account_hint": Text(
            ru="Имя для входа, номер программы или номер сотрудника", en="Login, API client or id of a member of staff"
        ),
        "learned_at": Text(ru="Когда стало известно (пусто – сейчас)", en="When it became known (empty: now)"),
        "no_incidents": Text(
            ru="Инцидентов не было. Если логин, пароль или ключ программы мог узнать посторонний, сообщите об этом "
            "здесь.",
            en="There have been no incidents. If somebody may have learned a login, a password or a program's secret, "
            "report it here.",
        ),
        "incident": Text(ru="Инцидент", en="Incident"),
        "notice_due": Text(ru="Уведомить до", en="Notify until"),
        "course": Text(ru="Ход событий", en="What happened when"),
        "not_noted": Text(ru="не отмечено", en="not noted"),
        "under_doubt": Text(ru="Под сомнением", en="In quarantine"),
        "void": Text(ru="Недействительно", en="Void"),
        "from": Text(ru="с", en="from"),
        "until": Text(ru="до", en="until"),
        "until_reissued": Text(ru="пока доступ не выдан заново", en="until credentials are reissued"),
        "no_window": Text(
            ru="такого времени не было: доступ выдан заново раньше",
            en="there was no such time: credentials were reissued before",
        ),
        "not_yet": Text(ru="пока неизвестно: не все уведомлены", en="not known yet: not everybody is notified"),
        "access_closed": Text(ru="Доступ", en="Access"),
        "nothing_blocked": Text(
            ru="Открытой учётной записи или программы с таким именем в шлюзе не было: закройте доступ в системе "
            "журнала.",
            en="The gateway had no open account or program of this name: close the access at the journal system.",
        ),
        "access.blocked": Text(ru="закрыт", en="closed"),
        "access.unblocked": Text(ru="снова открыт", en="open again"),
        "note_moment": Text(ru="Отметить", en="Note"),
        "what_happened": Text(ru="Что произошло", en="What happened"),
        "moment": Text(ru="Когда (пусто – сейчас)", en="When (empty: now)"),
        "settle": Text(ru="Разобрать последствия", en="Settle the consequences"),
        "settle_hint": Text(
            ru="Сначала будет показано, что изменится; без подтверждения ничего не делается.",
            en="First you see what would change; nothing is done before you confirm.",
        ),
        "settlement": Text(ru="Что будет сделано", en="What will be done"),
        "settlement_hint": Text(
            ru="Это проба: ничего ещё не сделано. После подтверждения произойдёт ровно это, одной операцией; если за "
            "это "
            "время что-то изменится, ничего не произойдёт и проба покажется заново.",
            en="This is a rehearsal: nothing has been done yet. Once confirmed exactly this happens, in one "
            "transaction; "
            "if anything changes meanwhile, nothing happens and you look again.",
        ),
        "nothing_to_settle": Text(
            ru="Недействительных операций нет, разбирать нечего.",
            en="No operation is void: there is nothing to settle.",
        ),
        "settle_nothing_new": Text(
            ru="Всё уже разобрано, нового нет.", en="Everything is settled already, there is nothing new."
        ),
        "confirm": Text(ru="Я посмотрел(а) список и подтверждаю", en="I have looked through the list and confirm"),
        "settle_do": Text(ru="Признать недействительным", en="Make it void"),
        "operations": Text(ru="Операции под сомнением и недействительные", en="Operations in quarantine and void"),
        "effects": Text(ru="Последствия", en="Consequences"),
        "to_do": Text(ru="Нужно сделать", en="To be done"),
        "found": Text(ru="Найдено", en="Found"),
        "dealt_at": Text(ru="Сделано", en="Done"),
        "new": Text(ru="новое", en="new"),
        "no_operations": Text(
            ru="За это время по этому доступу ничего не записано.",
            en="Nothing was written with this access in that time.",
        ),
        "no_effects": Text(
            ru="Последствия ещё не разобраны, или их нет.",
            en="The consequences are not settled yet, or there are none.",
        ),
        "dealt_with": Text(ru="Решено", en="Dealt with"),
        "what_decided": Text(ru="Что решено (останется в записях)", en="What was decided (is kept on record)"),
        "object": Text(ru="К чему относится", en="To what"),
        "deputies_settle": Text(
            ru="Последствия разбирает директор или заместитель.",
            en="The director or a deputy settles the consequences.",
        ),
        "request_correction": Text(ru="Попросить об исправлении", en="Ask for a correction"),
        "request_do": Text(ru="Попросить", en="Ask"),
        "request_hint": Text(
            ru="Исправление открывает одну закрытую запись на короткое время. Утверждает его директор или "
            "заместитель, и "
            "не тот, кто просил. Ответ должен быть в течение дня.",
            en="A correction opens one locked record for a short time. The director or a deputy approves it, and never "
            "whoever asked. The answer is due within a day.",
        ),
        "no_corrections": Text(
            ru="Об исправлениях никто не просил. Попросить можно здесь или на странице записи журнала.",
            en="Nobody has asked for a correction. Ask here or on the page of a record of the journal.",
        ),
        "correction": Text(ru="Исправление", en="Correction"),
        "kind_of_record": Text(ru="Вид записи", en="Kind of record"),
        "record_key": Text(ru="Номер записи", en="Id of the record"),
        "key_hint": Text(
            ru="Как он стоит на странице записи; части составного номера – через пробел",
            en="As the record's page has it; parts of a composed one with blanks between",
        ),
        "what_is_wrong": Text(ru="Что неверно", en="What is wrong"),
        "requested_by": Text(ru="Кто просит", en="Requested by"),
        "requested": Text(ru="Запрошено", en="Requested"),
        "decided_by": Text(ru="Кто решил", en="Decided by"),
        "decided_at": Text(ru="Решено", en="Decided"),
        "opens": Text(ru="Что открывает", en="What it opens"),
        "open_until": Text(ru="Открыто до", en="Open until"),
        "open_now": Text(ru="открыто сейчас", en="open now"),
        "time_over": Text(ru="время истекло", en="time is over"),
        "would_open": Text(ru="Если утвердить, запись откроется", en="If approved, the record is open for"),
        "open_days": Text(ru="дн. после дня решения", en="day(s) after the day of the decision"),
        "approve_correction": Text(ru="Утвердить", en="Approve"),
        "refuse_correction": Text(ru="Отказать", en="Refuse"),
        "own_request": Text(
            ru="Это ваша просьба: решение принимает кто-то другой.", en="You have asked for it: somebody else decides."
        ),
        "only_heads": Text(ru="Решает директор или заместитель.", en="The director or a deputy decides."),
        "no_person": Text(
            ru="Ваша учётная запись не связана с сотрудником, поэтому просить и решать от его имени нельзя. "
            "Администратор "
            "связывает их на странице вашей учётной записи.",
            en="Your account is not linked to a member of staff, so it can neither ask nor decide. An administrator "
            "links "
            "them on the page of your account.",
        ),
        "to_record": Text(ru="открыть запись", en="open the record"),
        "conflict": Text(ru="Вопрос", en="Conflict"),
        "setting": Text(ru="Правило", en="Setting"),
        "value_now": Text(ru="Сейчас", en="Now"),
        "default": Text(ru="По умолчанию", en="Default"),
        "since": Text(ru="С какого дня", en="Since"),
        "document": Text(ru="Документ", en="Document"),
        "policy_hint": Text(
            ru="Регламенты расходятся или молчат в 38 местах. Школа решает сама и записывает, каким документом; пока "
            "решения нет, действует значение по умолчанию.",
            en="The regulations disagree or are silent in 38 places. The school decides and says by which document; "
            "until "
            "then the default holds.",
        ),
        "possible": Text(ru="Допустимо", en="Allowed"),
        "new_value": Text(ru="Новое значение", en="New value"),
        "decided_on": Text(ru="Решено (день)", en="Decided on"),
        "document_hint": Text(ru="Номер и дата приказа", en="Number and date of the order"),
        "decide_do": Text(ru="Записать решение", en="Write the decision down"),
        "change_setting": Text(ru="Изменить", en="Change"),
        "no_decision": Text(ru="школа не решала", en="the school has not decided"),
        "only_administrators_decide": Text(
            ru="Решения записывает координатор или администратор.",
            en="The coordinator or the administrator writes decisions down.",
        ),
        "outage_hint": Text(
            ru="Пока журнал недоступен, сроки стоят; после перерыва всё заполняется до конца следующего рабочего дня.",
            en="While the journal cannot be reached deadlines stand still; afterwards everything is filled in by the "
            "end "
            "of the next working day.",
        ),
        "begin_outage": Text(ru="Отметить начало перерыва", en="Note the beginning of an outage"),
        "begin_do": Text(ru="Перерыв начался", en="The outage has begun"),
        "end_outage": Text(ru="Перерыв закончился", en="The outage is over"),
        "no_outages": Text(
            ru="Перерывов не было. Если журнал недоступен по технической причине, отметьте начало: сроки сдвинутся.",
            en="There have been no outages. If the journal cannot be reached for technical reasons, note the "
            "beginning: "
            "deadlines are put off.",
        ),
        "began": Text(ru="Начался", en="Began"),
        "ended": Text(ru="Закончился", en="Ended"),
        "lasts": Text(ru="идёт", en="lasts"),
        "lasted": Text(ru="Длился", en="Lasted"),
        "catch_up": Text(ru="Наверстать до", en="Catch up until"),
        "in_school_time": Text(ru="время школы", en="the school's time"),
    }
)
