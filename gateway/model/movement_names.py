"""What people call the entries of the movement book."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.errors import Text
from gateway.model.movement import MovementKind

MOVEMENT_NAMES: Mapping[MovementKind, Text] = {
    MovementKind.ADMISSION: Text(ru="зачисление", en="admission"),
    MovementKind.DEPARTURE: Text(ru="выбытие", en="departure"),
    MovementKind.CLASS_TRANSFER: Text(ru="перевод в другой класс", en="transfer to another class"),
    MovementKind.PROMOTION: Text(ru="перевод в следующий класс", en="promotion"),
    MovementKind.REPEAT: Text(ru="повторное обучение", en="repeat of the year"),
    MovementKind.GRADUATION: Text(ru="выпуск", en="graduation"),
}
