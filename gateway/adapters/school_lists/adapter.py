"""A school's own lists as a `RosterSource`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from gateway.adapters.school_lists.settings import ListsSettings
from gateway.adapters.school_lists.tables import SUFFIXES, check_list, columns_of, list_rows
from gateway.errors import Fault, Party, PermanentError, SchemaError, Text
from gateway.mapping.oneroster_periods import school_year
from gateway.mapping.school_lists import Listing, ListRow, read_lists, told_kinds
from gateway.model.file_place import place_of
from gateway.model.ids import SchoolId
from gateway.model.roster import RosterSnapshot
from gateway.model.roster_kind_names import KIND_NAMES
from gateway.model.roster_known import NOTHING_KNOWN, Known
from gateway.model.school import School


class ListsAdapter:
    """Reads lists of pupils, staff and classes.

    A list is never proof that somebody has left, unless a person says that the lists are whole (``whole``); then every
    kind that the source tells of has to have its list, and the thresholds hold all the same.
    """

    def __init__(
        self,
        settings: ListsSettings,
        *,
        clock: Callable[[], datetime],
        known: Callable[[SchoolId], Known] = lambda _school: NOTHING_KNOWN,
    ) -> None:
        """Take where the lists are and who tells what we know of the source's people."""
        self._settings = settings
        self._clock = clock
        self._known = known

    def snapshot(self, school: School) -> RosterSnapshot:
        """Return what the lists say.

        Raises:
            PermanentError: ``school_lists.nothing``, ``school_lists.refused``.
        """
        try:
            return self.read(school)
        except SchemaError as error:
            ru, en = _where(error.faults)
            raise PermanentError(
                "school_lists.refused",
                Text(
                    ru=f"Списки школы не прочитаны, ничего не изменено. {ru}{error.text.ru}",
                    en=f"The school's lists were not read, nothing was changed. {en}{error.text.en}",
                ),
                who=Party.COORDINATOR,
            ) from error

    def read(self, school: School) -> RosterSnapshot:
        """Return what the lists say; what is wrong with a file is told whole.

        Raises:
            SchemaError: a file is no table, or its columns do not tell what it is a list of.
            PermanentError: ``school_lists.nothing``.
        """
        today = self._clock().astimezone(ZoneInfo(school.zone)).date()
        listing = Listing(
            school=school.id,
            source=self._settings.name,
            year=self._settings.year or school_year(today),
            today=today,
            known=self._known(school.id),
        )
        files = self._files()
        rows = [row for file in files for row in list_rows(file, self._settings.columns_of(file.name))]
        return read_lists(rows, listing, doubts=(*self._doubts(rows), *self._left_unread(files)))

    def check(self) -> None:
        """Look whether the lists are tables whose columns are understood, without judging their rows.

        Raises:
            SchemaError: a file is no table, or its columns do not tell what it is a list of.
            PermanentError: ``school_lists.nothing``.
        """
        for file in self._files():
            check_list(file, self._settings.columns_of(file.name))

    def close(self) -> None:
        """Nothing is kept open between readings."""

    def _files(self) -> list[Path]:
        place = self._settings.folder
        inside: list[Path] = []
        if place is not None:
            inside = sorted(place.iterdir()) if place.is_dir() else [place]
        found = [
            one
            for one in inside
            if one.suffix.casefold() in SUFFIXES and one.is_file() and not one.name.startswith(("~$", "."))
        ]
        if not found:
            raise PermanentError(
                "school_lists.nothing",
                Text(
                    ru="Списков нет: папка источника не указана, или в ней нет *.csv и *.xlsx. Ничего не изменено.",
                    en="There are no lists: no folder is set, or it has no *.csv and *.xlsx. Nothing was changed.",
                ),
                who=Party.COORDINATOR,
            )
        return found

    def _doubts(self, rows: list[ListRow]) -> Iterator[Text]:
        if not self._settings.whole:
            yield Text(
                ru="Список школы – не доказательство, что кого-то в ней больше нет. Если это полный список, скажите об "
                f"этом при загрузке или в настройке rosters.{self._settings.name}.whole.",
                en="A school's list is no proof that somebody is no longer there. If it is the whole list, say so when "
                f"it is uploaded or in the setting rosters.{self._settings.name}.whole.",
            )
            return
        for kind in sorted(self._settings.kinds - told_kinds({row.list for row in rows})):
            yield Text(
                ru=f"Полного списка записей «{KIND_NAMES[kind].ru}» нет: добавьте список или уберите вид из "
                f"rosters.{self._settings.name}.kinds.",
                en=f"There is no whole list of the records '{KIND_NAMES[kind].en}': add one, or take the kind out of "
                f"rosters.{self._settings.name}.kinds.",
            )

    def _left_unread(self, files: Iterable[Path]) -> Iterator[Text]:
        for file in files:
            if further := columns_of(file, self._settings.columns).further:
                names = ", ".join(further)
                yield Text(
                    ru=f"В книге «{file.name}» прочитан только первый лист, не прочитаны: {names}. Сохраните каждый "
                    "лист отдельным файлом и загрузите их вместе.",
                    en=f"Of the workbook '{file.name}' only the first sheet was read, not: {names}. Save every sheet "
                    "as a file of its own and bring them together.",
                )


def _where(faults: Iterable[Fault]) -> tuple[str, str]:
    """Return the place of a refusal in front of its words, in Russian and English."""
    told = tuple(faults)
    if place := place_of(told):
        return f"{place.text.ru}: ", f"{place.text.en}: "
    file = next((fault.path for fault in told if fault.path), "")
    return (f"{file}: ", f"{file}: ") if file else ("", "")
