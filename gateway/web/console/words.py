"""The console's words in Russian and English (ADR 0005)."""

from __future__ import annotations

from gateway.errors import Text
from gateway.model.access import Role
from gateway.model.steps import Step, StepOutcome
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

STATES = {
    State.READY: Text(ru="готово к отправке", en="ready"),
    State.LEASED: Text(ru="отправляется", en="being sent"),
    State.WAITING: Text(ru="ждёт повтора", en="waiting for a retry"),
    State.DONE: Text(ru="доставлено", en="delivered"),
    State.DEAD: Text(ru="остановлено", en="stopped"),
    State.HELD: Text(ru="придержано", en="held"),
}

ATTEMPT_OUTCOMES = {
    "running": Text(ru="идёт", en="running"),
    "delivered": Text(ru="доставлено", en="delivered"),
    "retry": Text(ru="не удалось, будет повтор", en="failed, will be retried"),
    "refused": Text(ru="отказано", en="refused"),
    "lost": Text(ru="обработчик исчез", en="the worker disappeared"),
    "given_back": Text(ru="возвращено", en="given back"),
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
}

ROLES = {
    Role.ADMINISTRATOR: Text(ru="администратор", en="administrator"),
    Role.COORDINATOR: Text(ru="координатор", en="coordinator"),
    Role.DEPUTY: Text(ru="заместитель директора", en="deputy head"),
    Role.DIRECTOR: Text(ru="директор", en="director"),
}

SUMMARY = {
    "created": Text(ru="создано", en="created"),
    "updated": Text(ru="изменено", en="updated"),
    "deactivated": Text(ru="приостановлено", en="deactivated"),
    "reactivated": Text(ru="возвращено", en="reactivated"),
    "rejected": Text(ru="отклонено", en="rejected"),
    "lessons": Text(ru="уроков", en="lessons"),
    "marks": Text(ru="отметок", en="marks"),
    "absences": Text(ru="пропусков", en="absences"),
    "homework": Text(ru="заданий", en="homework"),
    "differences": Text(ru="расхождений", en="differences"),
    "documents": Text(ru="документов", en="documents"),
    "bytes": Text(ru="байт", en="bytes"),
    "attempts": Text(ru="попыток", en="attempts"),
    "receipt": Text(ru="квитанция", en="receipt"),
    "files": Text(ru="файлов", en="files"),
    "pages": Text(ru="страниц", en="pages"),
    "signed": Text(ru="подписано", en="signed"),
    "verified": Text(ru="проверено", en="verified"),
    "unchanged": Text(ru="без изменений", en="unchanged"),
}

WORDS = {
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
    "wrong_password": Text(
        ru="Имя или пароль не подходят. После пяти неудачных попыток вход закрыт на 15 минут.",
        en="Login or password is not right. Five failures close the door for 15 minutes.",
    ),
    "passwords_differ": Text(ru="Новые пароли не совпадают.", en="The new passwords differ."),
    "stale_form": Text(
        ru="Страница устарела. Откройте её снова и повторите.", en="The page was out of date. Open it again and repeat."
    ),
    "share_nothing": Text(
        ru="Логин и пароль нельзя передавать другим. Если к ним мог получить доступ посторонний, сообщите директору и "
        "администратору в тот же рабочий день.",
        en="Login and password are yours alone. If somebody else may have got hold of them, tell the director and the "
        "administrator on the same working day.",
    ),
    "overview": Text(ru="Обзор", en="Overview"),
    "runs": Text(ru="Ход шагов", en="Runs of the steps"),
    "queue": Text(ru="Очередь", en="Queue"),
    "never_run": Text(ru="ещё не выполнялся", en="has not run yet"),
    "last_run": Text(ru="последний раз", en="last run"),
    "took": Text(ru="за", en="took"),
    "seconds": Text(ru="с", en="s"),
    "error": Text(ru="Ошибка", en="Error"),
    "details": Text(ru="подробнее", en="details"),
    "message": Text(ru="Сообщение", en="Message"),
    "messages": Text(ru="Сообщения", en="Messages"),
    "depth": Text(ru="Глубина очереди", en="Queue depth"),
    "oldest": Text(ru="старейшее", en="oldest"),
    "empty_queue": Text(ru="Очередь пуста.", en="The queue is empty."),
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
    "lane": Text(ru="Очерёдность", en="Lane"),
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
    "older": Text(ru="Раньше", en="Older"),
    "nothing_found": Text(ru="Ничего не найдено.", en="Nothing found."),
    "stopped": Text(ru="Отправка остановлена полностью", en="Sending is stopped altogether"),
    "paused": Text(ru="Приостановлено", en="Paused"),
    "not_found": Text(ru="Такой страницы нет", en="There is no such page"),
    "not_allowed": Text(ru="Это действие вашей роли не разрешено", en="Your role may not do this"),
    "not_possible": Text(
        ru="Сейчас это невозможно: состояние сообщения изменилось.", en="Not possible now: the message has moved on."
    ),
    "why": Text(ru="Почему (останется в записях)", en="Why (is kept on record)"),
    "what_next": Text(ru="Что сделать", en="What to do"),
    "differences": Text(ru="Расхождения с платформой", en="Differences with the platform"),
    "difference": Text(ru="Расхождение", en="Difference"),
    "who_acts": Text(ru="Кто исправляет", en="Who mends it"),
    "class": Text(ru="Класс", en="Class"),
    "week": Text(ru="Неделя", en="Week"),
    "pupil": Text(ru="Ученик", en="Pupil"),
    "day": Text(ru="День", en="Day"),
    "lesson_number": Text(ru="Урок", en="Lesson"),
    "rejected_records": Text(ru="Отклонённые записи", en="Rejected records"),
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
    "language": Text(ru="Язык", en="Language"),
}
