"""What conditions of destinations, lanes and answers are called by people, in Russian and English (ADR 0005)."""

from __future__ import annotations

from gateway.errors import Text
from gateway.web.console.destination_lines import Condition
from gateway.web.console.lane_lines import Patience
from outbox import BusinessVerdict, LaneState

CONDITIONS = {
    Condition.STOPPED: Text(ru="остановлено всё", en="everything is stopped"),
    Condition.PAUSED: Text(ru="приостановлено", en="paused"),
    Condition.SILENT: Text(ru="не отвечает", en="does not answer"),
    Condition.PROBED: Text(ru="проверяем, отвечает ли", en="asking whether it answers"),
    Condition.OFF_HOURS: Text(ru="не в часы работы", en="outside its hours"),
    Condition.DRAINED: Text(ru="новое не принимается", en="takes nothing more in"),
    Condition.FULL: Text(ru="переполнено, новое не принимается", en="full, takes nothing more in"),
    Condition.WORKS: Text(ru="работает", en="works"),
}

CONDITION_HINTS = {
    Condition.SILENT: Text(ru="следующая попытка", en="the next try is at"),
    Condition.PROBED: Text(ru="ждём до", en="waiting until"),
    Condition.OFF_HOURS: Text(ru="откроется", en="opens at"),
}
"""What the moment means until which a condition holds."""

SIGNS = {
    Condition.STOPPED: "failed",
    Condition.PAUSED: "held",
    Condition.SILENT: "failed",
    Condition.PROBED: "held",
    Condition.OFF_HOURS: "idle",
    Condition.DRAINED: "held",
    Condition.FULL: "failed",
    Condition.WORKS: "ok",
}
"""In which colour a condition is shown."""

LANE_STATES = {
    LaneState.BLOCKED: Text(ru="стоит", en="stands still"),
    LaneState.WAITING: Text(ru="ждёт повтора или срока", en="waits for its time"),
    LaneState.READY: Text(ru="готова к отправке", en="ready"),
    LaneState.LEASED: Text(ru="отправляется", en="being sent"),
    LaneState.IDLE: Text(ru="пуста", en="empty"),
}

LANE_SIGNS = {
    LaneState.BLOCKED: "failed",
    LaneState.WAITING: "held",
    LaneState.READY: "ok",
    LaneState.LEASED: "leased",
    LaneState.IDLE: "idle",
}
"""In which colour a lane's state is shown."""

LANE_REASONS = {
    "paused": Text(ru="полоса приостановлена", en="the lane is paused"),
    "held": Text(ru="первое сообщение придержано", en="the first message is held"),
    "awaiting_answer": Text(ru="ждёт ответа получателя", en="waits for the recipient's answer"),
}
"""Why a lane stands still, where that is no error code."""

PATIENCE = {
    Patience.HOUR: Text(ru="часа", en="an hour"),
    Patience.DAY: Text(ru="суток", en="a day"),
    Patience.WEEK: Text(ru="недели", en="a week"),
}

VERDICTS = {
    BusinessVerdict.ACCEPTED: Text(ru="принято", en="accepted"),
    BusinessVerdict.REJECTED: Text(ru="отклонено", en="rejected"),
}

WHICH = {"unfinished": Text(ru="только незавершённые", en="unfinished only")}
