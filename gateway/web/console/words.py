"""The console's sentences and headings in Russian and English (ADR 0005)."""

from __future__ import annotations

from http import HTTPStatus

from gateway.errors import Text
from gateway.web.console.control_words import CONTROL_WORDS
from gateway.web.console.match_words import MATCH_WORDS
from gateway.web.console.merge_words import MERGE_WORDS
from gateway.web.console.movement_words import MOVEMENT_WORDS
from gateway.web.console.queue_words import QUEUE_WORDS
from gateway.web.console.record_words import RECORD_WORDS
from gateway.web.console.rollover_words import ROLLOVER_WORDS
from gateway.web.console.roster_day_words import ROSTER_DAY_WORDS
from gateway.web.console.roster_upload_words import UPLOAD_WORDS
from gateway.web.console.roster_words import ROSTER_WORDS
from gateway.web.console.same_person_words import SAME_PERSON_WORDS
from gateway.web.console.submission_words import SUBMISSION_WORDS

WORDS = {
    **RECORD_WORDS,
    **CONTROL_WORDS,
    **QUEUE_WORDS,
    **ROSTER_WORDS,
    **ROLLOVER_WORDS,
    **UPLOAD_WORDS,
    **ROSTER_DAY_WORDS,
    **MATCH_WORDS,
    **MERGE_WORDS,
    **SAME_PERSON_WORDS,
    **MOVEMENT_WORDS,
    **SUBMISSION_WORDS,
    "title": Text(ru="Школьный шлюз", en="School gateway"),
    "sign_in": Text(ru="Вход", en="Sign in"),
    "sign_in_do": Text(ru="Войти", en="Sign in"),
    "sign_out": Text(ru="Выйти", en="Sign out"),
    "login": Text(ru="Имя для входа", en="Login"),
    "password": Text(ru="Пароль", en="Password"),
    "old_password": Text(ru="Нынешний пароль", en="Present password"),
    "new_password": Text(ru="Новый пароль (не короче 12 знаков)", en="New password (12 characters or more)"),
    "new_password_again": Text(ru="Новый пароль ещё раз", en="New password again"),
    "change_password": Text(ru="Сменить пароль", en="Change password"),
    "must_change": Text(
        ru="Этот пароль одноразовый. Задайте свой, чтобы продолжить.",
        en="This is a one-time password. Choose your own to go on.",
    ),
    "access_rule": Text(
        ru="Логин и пароль – личные: их не передают никому, ни коллегам, ни ученикам, и никого не пускают под ними в "
        "журнал. Логин, пароль и ключ электронной подписи держат в тайне; о том, что их узнал другой, сообщают сразу. "
        "За нарушение отвечают по закону о персональных данных (R-SEC-02, R-SEC-03, R-ROLE-23).",
        en="Login and password are personal: they are passed on to nobody, neither colleagues nor pupils, and nobody "
        "is let into the journal with them. Login, password and the key of the electronic signature are kept secret; "
        "that somebody else has learned them is reported at once. Whoever breaks this answers under the law on "
        "personal data (R-SEC-02, R-SEC-03, R-ROLE-23).",
    ),
    "accepts_rules": Text(ru="Я принимаю это правило", en="I accept this rule"),
    "wrong_password": Text(
        ru="Имя или пароль не подходят. После пяти неудачных попыток вход закрыт на 15 минут.",
        en="Login or password is not right. Five failures close the door for 15 minutes.",
    ),
    "passwords_differ": Text(ru="Новые пароли не совпадают.", en="The new passwords differ."),
    "share_nothing": Text(
        ru="Логин и пароль нельзя передавать другим. Если к ним мог получить доступ посторонний, сообщите директору и "
        "администратору в тот же рабочий день.",
        en="Login and password are yours alone. If somebody else may have got hold of them, tell the director and the "
        "administrator on the same working day.",
    ),
    "overview": Text(ru="Обзор", en="Overview"),
    "runs": Text(ru="Ход шагов", en="Runs of the steps"),
    "all_runs": Text(ru="все выполнения", en="all runs"),
    "its_message": Text(ru="сообщение", en="message"),
    "never_run": Text(ru="ещё не выполнялся", en="has not run yet"),
    "took": Text(ru="за", en="took"),
    "seconds": Text(ru="с", en="s"),
    "error": Text(ru="Ошибка", en="Error"),
    "details": Text(ru="подробнее", en="details"),
    "message": Text(ru="Сообщение", en="Message"),
    "depth": Text(ru="Глубина очереди", en="Queue depth"),
    "last_errors": Text(ru="Последние ошибки", en="Last errors"),
    "no_errors": Text(ru="Ошибок нет.", en="No errors."),
    "destination": Text(ru="Кому", en="To"),
    "kind": Text(ru="Что", en="What"),
    "state": Text(ru="Состояние", en="State"),
    "created": Text(ru="Создано", en="Created"),
    "attempts": Text(ru="Попытки", en="Attempts"),
    "started": Text(ru="Начало", en="Started"),
    "finished": Text(ru="Конец", en="Finished"),
    "outcome": Text(ru="Итог", en="Outcome"),
    "status": Text(ru="Статус", en="Status"),
    "answer": Text(ru="Ответ", en="Answer"),
    "worker": Text(ru="Обработчик", en="Worker"),
    "receipt": Text(ru="Квитанция", en="Receipt"),
    "lane": Text(ru="Полоса", en="Lane"),
    "correlation": Text(ru="Связь", en="Correlation"),
    "retry_at": Text(ru="Следующая попытка", en="Next attempt"),
    "decisions": Text(ru="Решения людей", en="Decisions of people"),
    "by": Text(ru="Кто", en="Who"),
    "when": Text(ru="Когда", en="When"),
    "reason": Text(ru="Причина", en="Reason"),
    "step": Text(ru="Шаг", en="Step"),
    "summary": Text(ru="Сводка", en="Summary"),
    "search": Text(ru="Поиск", en="Search"),
    "all": Text(ru="все", en="all"),
    "filter": Text(ru="Показать", en="Show"),
    "export_csv": Text(ru="Скачать CSV", en="Download CSV"),
    "nothing_found": Text(ru="Ничего не найдено.", en="Nothing found."),
    "stopped": Text(ru="Отправка остановлена полностью", en="Sending is stopped altogether"),
    "paused": Text(ru="Приостановлено", en="Paused"),
    "why": Text(ru="Почему (останется в записях)", en="Why (is kept on record)"),
    "what_next": Text(ru="Что сделать", en="What to do"),
    "difference": Text(ru="Расхождение", en="Difference"),
    "differences": Text(ru="Расхождения с платформой", en="Differences with the platform"),
    "who_acts": Text(ru="Кто исправляет", en="Who mends it"),
    "class": Text(ru="Класс", en="Class"),
    "week": Text(ru="Неделя", en="Week"),
    "pupil": Text(ru="Ученик", en="Pupil"),
    "day": Text(ru="День", en="Day"),
    "lesson_number": Text(ru="Урок", en="Lesson"),
    "plans": Text(ru="Планы контингента", en="Roster plans"),
    "exports": Text(ru="Выгрузки", en="Exports"),
    "archive": Text(ru="Архив", en="Archive"),
    "file": Text(ru="Файл", en="File"),
    "pages": Text(ru="Страниц", en="Pages"),
    "signed_by": Text(ru="Подписал", en="Signed by"),
    "signed_at": Text(ru="Подписано", en="Signed"),
    "kept_until": Text(ru="Хранить до", en="Keep until"),
    "version": Text(ru="Версия", en="Version"),
    "period": Text(ru="Период", en="Period"),
    "size": Text(ru="Размер", en="Size"),
    "source": Text(ru="Источник", en="Source"),
    "record": Text(ru="Запись", en="Record"),
    "plan": Text(ru="План контингента", en="Roster plan"),
    "batches": Text(ru="Пакеты журнала", en="Journal batches"),
    "batch": Text(ru="Пакет журнала", en="Journal batch"),
    "comparisons": Text(ru="Сверки", en="Comparisons"),
    "comparison": Text(ru="Сверка с платформой", en="Comparison with the platform"),
    "package": Text(ru="Пакет выгрузки", en="Export package"),
    "archive_entry": Text(ru="Файл архива", en="Archive file"),
    "menu_journal": Text(ru="Журнал", en="Journal"),
    "menu_exchange": Text(ru="Обмен и архив", en="Exchange and archive"),
    "main_menu": Text(ru="Разделы", en="Sections"),
    "to_content": Text(ru="К содержанию", en="To the content"),
    "road": Text(ru="Путь данных сегодня", en="The road at a glance"),
    "recent_runs": Text(ru="Последние выполнения, новые справа", en="Latest runs, newest on the right"),
    "nothing_waits": Text(ru="В очереди никто не ждёт.", en="Nothing waits in the queue."),
    "page": Text(ru="Страница", en="Page"),
    "of": Text(ru="из", en="of"),
    "shown": Text(ru="Показано", en="Shown"),
    "older": Text(ru="Раньше", en="Older"),
    "previous": Text(ru="Назад", en="Back"),
    "next": Text(ru="Дальше", en="Next"),
    "made": Text(ru="Построен", en="Made"),
    "decided": Text(ru="Решение", en="Decision"),
    "held_explained": Text(
        ru="Реестр больше не показывает столько записей, что без решения человека их не выводят.",
        en="The registry no longer shows so many records that they are not taken out without a person's decision.",
    ),
    "in_force": Text(ru="действует", en="in force"),
    "would_leave": Text(ru="ушло бы", en="would leave"),
    "may_leave": Text(ru="порог", en="threshold"),
    "difference_count": Text(ru="Расхождений", en="Differences"),
    "doubts": Text(
        ru="Почему никто не выведен: полнота данных не доказана",
        en="Why nobody was removed: the data is not proved complete",
    ),
    "changes": Text(ru="Изменения", en="Changes"),
    "change_count": Text(ru="Изменений", en="Changes"),
    "action": Text(ru="Действие", en="Action"),
    "field": Text(ru="Поле", en="Field"),
    "value": Text(ru="Значение", en="Value"),
    "was": Text(ru="Было", en="Was"),
    "becomes": Text(ru="Станет", en="Becomes"),
    "rejected": Text(ru="Отклонено", en="Rejected"),
    "rule": Text(ru="Правило", en="Rule"),
    "raw": Text(ru="Запись, как она пришла", en="The record as received"),
    "approve": Text(ru="Утвердить", en="Approve"),
    "apply": Text(ru="Применить", en="Apply"),
    "approve_hint": Text(
        ru="Утверждённый план можно применить; применяется ровно то, что показано.",
        en="An approved plan can be applied; exactly what is shown is done.",
    ),
    "apply_hint": Text(
        ru="Применяется ровно то, что показано, одной операцией.",
        en="Exactly what is shown is done, in one transaction.",
    ),
    "only_operators": Text(
        ru="Решение принимает координатор или администратор.", en="The coordinator or the administrator decides."
    ),
    "ours": Text(ru="У нас", en="Here"),
    "theirs": Text(ru="На платформе", en="There"),
    "compared_at": Text(ru="Сверено", en="Compared"),
    "compared_lessons": Text(ru="Уроков сверено", en="Lessons compared"),
    "no_differences": Text(ru="Расхождений нет.", en="No differences."),
    "platform": Text(ru="Платформа", en="Platform"),
    "manifest": Text(ru="Опись пакета", en="Manifest"),
    "definition": Text(ru="Выгрузка", en="Export"),
    "recipient": Text(ru="Получатель", en="Recipient"),
    "receipt_at": Text(ru="Квитанция получена", en="Receipt noted"),
    "accepted_records": Text(ru="Принято записей", en="Records accepted"),
    "refused_because": Text(ru="Почему отклонён", en="Why it was refused"),
    "digest": Text(ru="Контрольная сумма (SHA-256)", en="SHA-256"),
    "certificate": Text(ru="Сертификат (SHA-256)", en="Certificate (SHA-256)"),
    "schema": Text(ru="Схема", en="Schema"),
    "verify": Text(ru="Проверить файл", en="Verify the file"),
    "verified_sound": Text(
        ru="Файл на месте, не изменён, подписи действительны.",
        en="The file is there, unchanged, and its signatures hold.",
    ),
    "verified_faults": Text(ru="С файлом не всё в порядке", en="Something is wrong with the file"),
    "take_file": Text(ru="Скачать PDF", en="Download the PDF"),
    "take_signature": Text(ru="Скачать подпись (.sig)", en="Download the signature (.sig)"),
    "take_is_noted": Text(ru="Скачивание записывается в журнал аудита.", en="Downloads are written to the audit log."),
    "view_is_noted": Text(ru="Просмотр записан в журнал аудита.", en="This look has been written to the audit log."),
    "place": Text(ru="Место", en="Place"),
    "school_year": Text(ru="Учебный год", en="School year"),
    "client": Text(ru="Отправитель", en="Sender"),
    "key": Text(ru="Ключ", en="Key"),
    "received": Text(ru="Получен", en="Received"),
    "fate": Text(ru="Что стало с записями", en="What became of the records"),
    "nothing_rejected": Text(ru="Отклонённых записей нет.", en="No records were rejected."),
    "code": Text(ru="Код", en="Code"),
    "request_number": Text(ru="Номер запроса", en="Number of the request"),
    "home": Text(ru="К обзору", en="To the overview"),
    "oldest_since": Text(ru="старейшее от", en="oldest of"),
    "line": Text(ru="строка", en="line"),
    "skip_hint": Text(
        ru="Отказ окончателен: сообщение больше не отправляется, следующие за ним пойдут дальше.",
        en="Giving up is final: the message is never sent again, those behind it move on.",
    ),
}

ERROR_TITLES = {
    HTTPStatus.BAD_REQUEST: Text(ru="Запрос не принят", en="The request was not accepted"),
    HTTPStatus.FORBIDDEN: Text(ru="Не разрешено", en="Not allowed"),
    HTTPStatus.NOT_FOUND: Text(ru="Не найдено", en="Not found"),
    HTTPStatus.METHOD_NOT_ALLOWED: Text(ru="Так эта страница не открывается", en="This page does not open like that"),
    HTTPStatus.CONFLICT: Text(ru="Сейчас это невозможно", en="Not possible now"),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: Text(ru="Слишком много данных", en="Too much data"),
}
OTHER_TITLE = Text(ru="Не получилось", en="It did not work")

ERROR_ADVICE = {
    HTTPStatus.NOT_FOUND: Text(
        ru="Такой страницы в консоли нет. Проверьте адрес или начните с обзора.",
        en="The console has no such page. Check the address or start from the overview.",
    ),
    HTTPStatus.METHOD_NOT_ALLOWED: Text(
        ru="Это действие выполняется кнопкой на другой странице; ничего не изменено. Вернитесь и нажмите её.",
        en="A button on another page does this; nothing has changed. Go back and press it.",
    ),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: Text(
        ru="Форма прислала больше данных, чем разрешено; ничего не изменено. Сократите текст.",
        en="The form sent more than is allowed; nothing has changed. Shorten the text.",
    ),
}
OTHER_ADVICE = Text(
    ru="Действие не выполнено из-за ошибки сервера; запись о ней есть в журнале работы. Повторите позже, а если не "
    "поможет, сообщите номер запроса администратору.",
    en="The server failed and nothing was done; its log says where. Try again later, and if that does not help, tell "
    "the administrator the number of the request.",
)
