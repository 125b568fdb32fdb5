"""Russian words for the help of the queue's commands, by the English ones."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.web.console import names, queue_names
from outbox import LaneState

_STATES = ", ".join(f"{state} – {words.ru}" for state, words in names.STATES.items())
_LANE_STATES = ", ".join(f"{state} – {queue_names.LANE_STATES[state].ru}" for state in LaneState)

EXTRAS: Mapping[str, str] = {"[required]": "[обязательно]", "default: ": "по умолчанию: ", "required": "обязательно"}
"""What is added to an option's help, in Russian."""

RUSSIAN: Mapping[str, str] = {
    # every command
    "Show this message and exit.": "Показать эту подсказку.",
    "Answer as one JSON document.": "Ответить одним документом JSON.",
    "Why; is kept with your name.": "Почему; хранится вместе с вашим именем.",
    "Only this destination.": "Только этот получатель.",
    "At most so many.": "Не больше стольких.",
    # groups
    "The outbound queue.": "Исходящая очередь.",
    "One lane of the queue, by its destination and the ordering key of its messages.": "Одна полоса очереди: "
    "получатель и ключ порядка её сообщений.",
    "Answers about the content that came to a person instead of to the gateway.": "Ответы о содержании, которые пришли "
    "человеку, а не шлюзу.",
    # messages
    "List messages, newest first.": "Перечислить сообщения, новые сверху.",
    "What the messages are: 'mark.added', a step.": "Вид сообщений: «mark.added», шаг.",
    "Only messages in this state.": f"Только сообщения в этом состоянии: {_STATES}.",
    "Only messages of this school.": "Только сообщения этой школы.",
    "Only messages about this pupil's id.": "Только сообщения об ученике с этим номером.",
    "Only with this code of the last error.": "Только с этим кодом последней ошибки.",
    "Only those put in at this moment or later.": "Только поставленные в очередь в этот момент или позже.",
    "Only those put in before this moment.": "Только поставленные в очередь до этого момента.",
    "Part of an id or a correlation.": "Часть номера сообщения или связи.",
    "Only what is not over: dead then means waiting for a person.": "Только незавершённые: остановленное тогда – то, "
    "что ждёт человека.",
    "Show a message with every attempt, every answer and every decision about it.": "Показать сообщение со всеми "
    "попытками, ответами и решениями.",
    "Send messages again at once, with a fresh budget: those named, or all stopped ones that the options choose.": (
        "Отправить сообщения снова сразу, с новым запасом попыток: названные или все остановленные, выбранные "
        "параметрами."
    ),
    "Give messages up for good, so that those behind them move: those named, or all stopped ones chosen.": (
        "Отказаться от сообщений навсегда, чтобы пошли следующие: от названных или от всех выбранных остановленных."
    ),
    "Keep messages, and those behind them, from being sent.": "Придержать сообщения и те, что за ними.",
    "Let held messages go again.": "Отпустить придержанные сообщения.",
    "Count the messages of every destination and state that are not over.": "Сосчитать незавершённые сообщения по "
    "получателям и состояниям.",
    # stopped ones
    "Only of this kind.": "Только этого вида.",
    "Only with this error code.": "Только с этим кодом ошибки.",
    "Only this school's.": "Только этой школы.",
    "Those that a person holds, too.": "И те, что придержал человек.",
    "All that stopped.": "Все остановленные.",
    "Group the messages that stopped by what they died of, the most frequent cause first, and say who has to act. "
    "A failed step holds nobody up and is not among them: 'gateway step list'.": "Сгруппировать остановленные "
    "сообщения по причине, частые сверху, и сказать, кто исправляет. Неудавшийся шаг никого не держит и сюда не "
    "входит: «gateway step list».",
    "Build the content of stopped messages anew and show which would come out different; nothing is changed.": (
        "Собрать содержание остановленных сообщений заново и показать, какие стали бы другими; ничего не меняется."
    ),
    "Build the content of stopped messages anew and send those that come out different, with the new content.": (
        "Собрать содержание остановленных сообщений заново и отправить с новым содержанием те, что стали другими."
    ),
    # lanes
    "List lanes, newest first: messages of one key leave one after the other, and the first decides for all.": (
        "Перечислить полосы, новые сверху: сообщения с одним ключом уходят друг за другом, первое решает за всех."
    ),
    "Only lanes in this state.": f"Только полосы в этом состоянии: {_LANE_STATES}.",
    "Only those blocked for longer.": "Только те, что стоят дольше стольких часов.",
    "Part of a key.": "Часть ключа.",
    "Show a lane: its state, why it stands still, its first message, and what was decided about it.": "Показать "
    "полосу: состояние, почему стоит, первое сообщение и решения о ней.",
    "Send nothing more from a lane.": "Ничего больше не отправлять из полосы.",
    "Send from a lane again; a stopped message at its head goes on holding it.": "Снова отправлять из полосы; "
    "остановленное первое сообщение продолжает её держать.",
    "Give the first message of a lane up for good, so that the next one moves.": "Отказаться от первого сообщения "
    "полосы навсегда, чтобы пошло следующее.",
    "Send the first message of a lane again at once.": "Отправить первое сообщение полосы снова, сразу.",
    "Give up everything in a lane that is before a message, so that it is the next to go.": "Отказаться от всего, "
    "что в полосе стоит перед сообщением, чтобы следующим пошло оно.",
    # destinations
    "Say of every destination whether it is sent to, and how old what waits for it is.": "Сказать о каждом получателе, "
    "отправляется ли ему, и сколько лет тому, что его ждёт.",
    "List what was decided about destinations and about everything, the newest first.": "Перечислить решения о "
    "получателях и обо всём, новые сверху.",
    "Print what holds for every destination: as TOML that the settings understand.": "Напечатать, что действует для "
    "каждого получателя: в TOML, понятном настройкам.",
    "Send nothing more to a destination.": "Ничего больше не отправлять получателю.",
    "Send to a destination again.": "Снова отправлять получателю.",
    "Take nothing more in for a destination and deliver the rest. What would bring something is refused meanwhile. "
    "For 'portal' that is every batch of the journal with marks that a family hears of: pause it instead if the portal "
    "is only away for a time.": "Не принимать нового для получателя и доставить остальное. Тому, кто приносит новое, "
    "пока отказывают. Для «portal» это каждый пакет журнала с отметками, о которых узнаёт семья: если портал "
    "недоступен лишь на время, приостановите его.",
    "Take messages in again for a drained destination.": "Снова принимать сообщения для получателя.",
    "Send nothing more to anybody until 'queue start'.": "Ничего больше никому не отправлять до «queue start».",
    "End the global stop.": "Снова отправлять всем.",
    # keeping
    "List the schedules with their last tick and the next ones.": "Перечислить расписания с последним и следующими "
    "срабатываниями.",
    "How many ticks to come to show.": "Сколько следующих срабатываний показать.",
    "Count day by day what a destination was sent and has taken, with a hash to be compared with the recipient's.": (
        "Сосчитать по дням, что получателю отправлено и что он взял, с хешем для сверки с ним."
    ),
    "The first day; else a week is counted.": "Первый день; иначе считается неделя.",
    "The last day; else today.": "Последний день; иначе сегодня.",
    "Where a day begins.": "Где начинается день.",
    "Print CSV.": "Напечатать CSV.",
    "Remove what the settings keep no longer, as happens every night; or all that was over before a moment.": (
        "Удалить то, чего настройки больше не хранят, как каждую ночь; или всё, что завершилось до указанного момента."
    ),
    "Remove all messages that were over before this moment, which has passed.": "Удалить все сообщения, завершённые до "
    "этого момента; он должен быть в прошлом.",
    "Remove them; without it, --before only says how many they are.": "Удалить; без него --before только называет их "
    "число.",
    "Why; needed with --before and kept with your name.": "Почему; нужно вместе с --before и хранится с вашим именем.",
    "Destroy the content of all messages about a pupil that are over; what is not over is named. "
    "Decide about each of those, then forget again. Ids, times, digests and receipts stay.": "Уничтожить содержание "
    "всех завершённых сообщений об ученике; незавершённые называются. Решите о каждом из них и повторите. Номера, "
    "времена, хеши и квитанции остаются.",
    "The pupil's id.": "Номер ученика.",
    "Move the whole queue into another, empty database: stop it before, and end workers and web service. "
    "Only the queue is moved: not the journal, which the database's own tools copy.": "Перенести всю очередь в другую, "
    "пустую базу данных: сначала остановите отправку и завершите обработчики и веб-службу. Переносится только очередь, "
    "не журнал: его копируют средства самой базы.",
    "The other database; its password in PGPASSFILE.": "Другая база данных; пароль к ней – в PGPASSFILE.",
    "Enter that the recipient has taken the content of what it had under a receipt.": "Записать, что получатель принял "
    "содержание полученного под этой квитанцией.",
    "What the recipient gives as proof: the number of its letter.": "Чем получатель это подтверждает: номер письма.",
    "Enter that the recipient has not taken the content of what it had under a receipt.": "Записать, что получатель не "
    "принял содержание полученного под этой квитанцией.",
    "Why, for filters.": "Почему, для отбора.",
    "List answers whose message was not found, the latest first.": "Перечислить ответы, к которым не нашлось "
    "сообщения, поздние сверху.",
    "Tell by its health file whether a worker is at work; exit code 1 if not.": "Сказать по файлу здоровья, работает "
    "ли обработчик; код выхода 1, если нет.",
    "A sign of life this old is none.": "Признак жизни такой давности не считается; в секундах.",
}
