"""What is said of packages, in two languages. *Doubts* keep everybody in place; *remarks* do no harm."""

from __future__ import annotations

from gateway.errors import Party, PermanentError, SchemaError, Text


def nothing() -> PermanentError:
    """Return the error of a place without packages."""
    return PermanentError(
        "oneroster_files.nothing",
        Text(
            ru="Архивов OneRoster нет: папка источника не указана, или в ней нет ни *.zip, ни manifest.csv. "
            "Ничего не изменено.",
            en="There are no OneRoster packages: no folder is set, or it has neither *.zip nor manifest.csv. "
            "Nothing was changed.",
        ),
        who=Party.COORDINATOR,
    )


def refused(error: SchemaError) -> PermanentError:
    """Return the error of a package that is not taken, with the first of its faults."""
    first = error.faults[0]
    place = ", ".join(str(part) for part in (first.path, first.line) if part)
    return PermanentError(
        "oneroster_files.refused",
        Text(
            ru=f"{error.text.ru} Первая: {place}: {first.text.ru}",
            en=f"{error.text.en} First: {place}: {first.text.en}",
        ),
    )


def school_not_there(source: str, number: int) -> PermanentError:
    """Return the error of packages without our school."""
    return PermanentError(
        "oneroster_files.school_not_there",
        Text(
            ru=f"Источник «{source}»: среди организаций в orgs.csv ({number}) нашей школы нет. Ничего не изменено. "
            f"Если у неё там другой код, укажите rosters.{source}.school_sourced_id.",
            en=f"Source '{source}': our school is not among the organisations of orgs.csv ({number}). Nothing was "
            f"changed. If it has another code there, set rosters.{source}.school_sourced_id.",
        ),
        who=Party.COORDINATOR,
    )


def not_whole(name: str) -> Text:
    """Return the remark on a file of which only changes are known while others came whole."""
    return Text(
        ru=f"Файл {name}.csv целиком (bulk) не приходил: кого в нём нет, неизвестно.",
        en=f"File {name}.csv has never come whole (bulk): nobody knows who is missing from it.",
    )


def conflict(name: str) -> Text:
    """Return the doubt about a file whose rows deny the manifest."""
    return Text(
        ru=f"Файл {name}.csv: строки противоречат манифесту (в bulk заполнены status и dateLastModified или в delta "
        "они пусты). Строки прочитаны, но полнота ими не доказана.",
        en=f"File {name}.csv: its rows deny the manifest (status and dateLastModified are filled in a bulk file, or "
        "empty in a delta). The rows were read; they prove nothing.",
    )


def twice(name: str, number: int) -> Text:
    """Return the doubt about a file with repeated ids."""
    return Text(
        ru=f"Файл {name}.csv: строк с уже встреченным sourcedId – {number}; какая верна, неизвестно. Оставлена первая.",
        en=f"File {name}.csv: {number} row(s) have a sourcedId that came before; nobody knows which is right. The "
        "first was kept.",
    )


def dangling(name: str, target: str, number: int) -> Text:
    """Return the doubt about references to records that are not there."""
    return Text(
        ru=f"Файл {name}.csv ссылается на записи, которых нет в {target}.csv, – {number}: набор файлов не полон.",
        en=f"File {name}.csv refers to {number} record(s) that are not in {target}.csv: the set of files is not whole.",
    )


def broken_rows(name: str, number: int) -> Text:
    """Return the doubt about a file that says who is who and has rows that cannot be read."""
    return Text(
        ru=f"Файл {name}.csv: строк с ошибками – {number}.",
        en=f"File {name}.csv: {number} row(s) have faults.",
    )


def none_of_ours(name: str, number: int) -> Text:
    """Return the doubt about a file with rows of which none is of our school."""
    return Text(
        ru=f"В файле {name}.csv строк {number}, и ни одна не подходит нашей школе (для classes – ни одного класса вида "
        "homeroom): состав школы в наборе не полон.",
        en=f"File {name}.csv has {number} row(s), and none of them is of use for our school (for classes: no "
        "homeroom): the school's roster is not whole in it.",
    )


def tombstones(number: int) -> Text:
    """Return the remark on records that are marked as gone."""
    return Text(
        ru=f"Помечены к удалению (tobedeleted) записей: {number}. По одной пометке, без полного набора (bulk), никто "
        "не выводится.",
        en=f"Records marked tobedeleted: {number}. Nobody is taken out for the mark alone, without a whole set (bulk).",
    )


def no_changes() -> Text:
    """Return the remark on a package that holds a manifest only."""
    return Text(ru="В наборе только манифест: изменений нет.", en="The package holds its manifest only: no changes.")
