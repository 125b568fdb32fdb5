"""Sentences and headings of the queue's pages, in Russian and English (ADR 0005)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from gateway.errors import Text

QUEUE_WORDS: Mapping[str, Text] = MappingProxyType(
    {
        "menu_queue": Text(ru="Очередь", en="Queue"),
        "queue": Text(ru="Сообщения", en="Messages"),
        "destinations": Text(ru="Получатели", en="Destinations"),
        "lanes": Text(ru="Полосы", en="Lanes"),
        "causes": Text(ru="Почему не доставлено", en="Why not delivered"),
        "destination_one": Text(ru="Получатель", en="Destination"),
        "destinations_hint": Text(
            ru="Получатели общие для всех школ этой установки; количества и возраст – только по сообщениям вашей "
            "школы.",
            en="Destinations are shared by all schools of this installation; counts and ages are of your school's "
            "messages only.",
        ),
        "destination_decisions": Text(ru="Решения о получателях", en="Decisions about destinations"),
        "everybody": Text(ru="все", en="everybody"),
        "nothing_goes": Text(
            ru="Никому ничего не отправляется. Сообщения копятся и уйдут, когда отправку снова включат.",
            en="Nothing is sent to anybody. Messages gather and leave when sending is started again.",
        ),
        "to_start": Text(ru="К кнопке «Снова отправлять»", en="To the button that starts again"),
        "since_then": Text(ru="с", en="since"),
        "itself": Text(ru="сам шлюз", en="the gateway itself"),
        "waits": Text(ru="Ждут", en="Waiting"),
        "oldest": Text(ru="Самое старое", en="Oldest"),
        "allowed_is": Text(ru="положено не дольше", en="agreed: no more than"),
        "too_old": Text(ru="поздно: положено не дольше", en="late: agreed is no more than"),
        "delivered_today": Text(ru="Доставлено сегодня", en="Delivered today"),
        "waiting_by_state": Text(ru="Что ждёт, по состояниям", en="What waits, by state"),
        "decide_about": Text(ru="Решить", en="Decide"),
        "stop_heading": Text(ru="Остановить всё", en="Stop everything"),
        "stop_hint": Text(
            ru="Перестать отправлять всем получателям всех школ этой установки. То, что уже отправляется, закончится; "
            "принимать и копить сообщения шлюз продолжит.",
            en="Send nothing more to any destination, of any school of this installation. What is on its way is "
            "finished; the gateway goes on taking messages in.",
        ),
        "start_hint": Text(
            ru="Отправка снова пойдёт сразу, у всех школ этой установки.",
            en="Sending goes on at once, for all schools of this installation.",
        ),
        "pause_hint": Text(
            ru="Решение касается всех школ этой установки. «Приостановить» – копить и не отправлять; "
            "«Не принимать новое» – "
            "отправить то, что есть, а новое не брать.",
            en="The decision holds for all schools of this installation. A pause keeps messages and sends none; taking "
            "nothing more in sends what there is.",
        ),
        "no_destinations": Text(
            ru="Получателей пока нет: их задают настройки, и они появляются с первым сообщением.",
            en="There are no destinations yet: the settings name them, and they appear with their first message.",
        ),
        "lanes_hint": Text(
            ru="Полоса – сообщения с одним ключом: они уходят строго по порядку, и пока первое стоит, стоят все.",
            en="A lane holds the messages with one key: they leave strictly in order, and while the first stands "
            "still, so do all behind it.",
        ),
        "lane_one": Text(ru="Полоса", en="Lane"),
        "single_message": Text(ru="отдельное сообщение", en="a single message"),
        "why_blocked": Text(ru="Почему стоит", en="Why it stands still"),
        "stands_since": Text(ru="Стоит", en="Stands still"),
        "longer_than": Text(ru="Стоит дольше", en="Stands still longer than"),
        "head": Text(ru="Первое", en="First"),
        "behind": Text(ru="За ним", en="Behind it"),
        "head_since": Text(ru="Первое создано", en="First created"),
        "in_lane": Text(ru="Что ждёт, по порядку", en="What waits, in order"),
        "other_school": Text(ru="сообщение другой школы", en="a message of another school"),
        "shared_lane": Text(
            ru="В этой полосе ждут и сообщения других школ: решает тот, кто ведёт установку, командой gateway queue.",
            en="Messages of other schools wait in this lane, too: whoever runs the installation decides, with the "
            "command gateway queue.",
        ),
        "lane_idle": Text(ru="Здесь больше ничего не ждёт.", en="Nothing waits here any more."),
        "drop_hint": Text(
            ru="Отказ окончателен: всё выше отмеченного сообщения больше не отправляется, отмеченное станет первым.",
            en="Giving up is final: what stands above the marked message is never sent, the marked one becomes the "
            "first.",
        ),
        "mark": Text(ru="Отметить", en="Mark"),
        "lane_verbs_hint": Text(
            ru="«Отказаться» – навсегда: первое больше не отправляется, следующее за ним пойдёт.",
            en="Giving up is final: the first is never sent again, the one behind it goes.",
        ),
        "head_held": Text(
            ru="Первое сообщение придержано: отпустите его на его странице.",
            en="The first message is held: release it on its own page.",
        ),
        "count": Text(ru="Сообщений", en="Messages"),
        "holds_up": Text(ru="Держат полос", en="Lanes held up"),
        "wait_behind": Text(ru="За ними ждут", en="Waiting behind them"),
        "first_and_last": Text(ru="Первый и последний раз", en="First and last time"),
        "first_time": Text(ru="Первый раз", en="First time"),
        "last_time": Text(ru="Последний раз", en="Last time"),
        "sample": Text(ru="Для примера", en="A sample"),
        "cause": Text(ru="Причина недоставки", en="Cause"),
        "no_dead_letters": Text(
            ru="Недоставленных сообщений, которые ждут решения, нет.", en="No undelivered messages wait for a decision."
        ),
        "all_of_cause": Text(ru="Показать сообщения с этим кодом", en="Show the messages with this code"),
        "decide_about_all": Text(ru="Решить обо всех", en="Decide about all"),
        "confirm_all": Text(ru="Да, обо всех сообщениях:", en="Yes, about all messages:"),
        "retry_all": Text(ru="Повторить все", en="Retry all"),
        "skip_all": Text(ru="Отказаться от всех", en="Give all up"),
        "cause_hint": Text(
            ru="«Повторить» отправит те же байты ещё раз – сначала устраните причину. «Отказаться» – навсегда.",
            en="A retry sends the same bytes once more: mend the cause first. Giving up is final.",
        ),
        "count_changed": Text(
            ru="Ничего не решено: пока вы думали, сообщений с этой причиной стало другое число. Подтвердите ещё раз. "
            "Было – стало:",
            en="Nothing was decided: meanwhile the number of messages with this cause has changed. Confirm again. "
            "Before and now:",
        ),
        "at_most": Text(ru="За один раз – не больше", en="At once no more than"),
        "decided_about": Text(
            ru="Решение принято. Сообщений, которых оно коснулось:", en="Decided. Messages that it concerned:"
        ),
        "error_code": Text(ru="Код ошибки", en="Error code"),
        "which": Text(ru="Какие", en="Which"),
        "unfinished_only": Text(ru="только незавершённые", en="unfinished only"),
        "due_at": Text(ru="Не раньше", en="Not before"),
        "expires_at": Text(ru="Годно до", en="Not after"),
        "sent_by": Text(ru="Отправляет", en="Being sent by"),
        "finished_at": Text(ru="Завершено", en="Finished"),
        "receipts": Text(ru="Что подтвердил получатель", en="What the recipient has confirmed"),
        "has_bytes": Text(ru="Получено", en="Received"),
        "has_bytes_hint": Text(ru="сообщение у получателя", en="the recipient has the message"),
        "takes_content": Text(ru="Принято", en="Accepted"),
        "takes_content_hint": Text(ru="получатель принял содержание", en="the recipient takes the content"),
        "no_answer_yet": Text(ru="ещё нет", en="not yet"),
        "no_answer_needed": Text(ru="отдельного ответа не будет", en="no answer of its own is expected"),
        "answer_until": Text(ru="ждём ответа до", en="an answer is awaited until"),
        "answers": Text(ru="Ответы о содержании", en="Answers about the content"),
        "given_up": Text(ru="отправлять отказались", en="given up"),
        "superseded_hint": Text(
            ru="Не отправлено и не нужно: пока сообщение ждало, его заменило более новое о том же.",
            en="Not sent and not needed: while it waited, a newer one about the same replaced it.",
        ),
        "content_gone": Text(ru="Содержание удалено", en="Content removed"),
        "content": Text(ru="Содержание", en="Content"),
        "retry_hint": Text(
            ru="«Повторить» отправит то же самое ещё раз, сразу.", en="A retry sends the same once more, at once."
        ),
        "unanswered_hint": Text(
            ru="Получатель сообщение взял, но о содержании не ответил. «Отказаться» – не ждать ответа: сообщение "
            "останется "
            "отправленным, следующие пойдут.",
            en="The recipient has the message and has not answered about its content. Giving up means not to wait for "
            "the answer: the message stays sent, those behind it move on.",
        ),
    }
)
