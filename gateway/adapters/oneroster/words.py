"""What is said of a provider, in two languages: what is wrong with it, and what to tell it.

*Doubts* keep everybody in place: while one stands, nobody is taken out of force. *Remarks* do no harm.
"""

from __future__ import annotations

from gateway.adapters.oneroster.reading import Reading
from gateway.errors import Text
from gateway.model.roster import RecordKind
from gateway.model.roster_kind_names import KIND_NAMES


def no_total(names: str) -> Text:
    """Return the doubt about lists whose length is not announced."""
    return Text(
        ru=f"Списки {names}: поставщик не сообщает, сколько в них записей (нет X-Total-Count), и полнота не доказана. "
        "Попросите его сообщать; до тех пор можно считать доказательством два совпавших чтения (two_readings_prove).",
        en=f"Lists {names}: the provider does not announce how many rows they have (no X-Total-Count), so they are not "
        "proved complete. Ask it to; until then two readings that agree can count as proof (two_readings_prove).",
    )


def readings_differ(name: str) -> Text:
    """Return the doubt about a list that two readings told differently."""
    return Text(
        ru=f"Список «{name}»: два чтения подряд дали разные записи, а числа записей поставщик не сообщает.",
        en=f"List '{name}': two readings in a row brought different rows, and the provider announces no count.",
    )


def wrong_count(one: Reading) -> Text:
    """Return the doubt about a list that has fewer or more rows than announced."""
    return Text(
        ru=f"Список «{one.name}»: поставщик обещает записей {one.announced}, а отдаёт {one.distinct}: часть строк "
        "пропущена или повторена. Ему нужно упорядочивать страницы по sourcedId.",
        en=f"List '{one.name}': the provider announces {one.announced} rows and gives {one.distinct}: it skips or "
        "repeats some. It has to order its pages by sourcedId.",
    )


def repeated(one: Reading) -> Text:
    """Return the doubt about a list in which rows came twice."""
    return Text(
        ru=f"Список «{one.name}»: строк, пришедших повторно, – {one.repeated}; значит, другие могли пропасть. "
        "Поставщику нужно упорядочивать страницы по sourcedId.",
        en=f"List '{one.name}': {one.repeated} row(s) came twice, so others may have been skipped. The provider has to "
        "order its pages by sourcedId.",
    )


def moved(one: Reading) -> Text:
    """Return the doubt about a list that kept changing."""
    return Text(
        ru=f"Список «{one.name}» менялся во время чтения {one.beginnings} раза подряд. Читайте его, когда у поставщика "
        "тихо, например ночью.",
        en=f"List '{one.name}' changed {one.beginnings} times in a row while it was read. Read it when the provider is "
        "quiet, at night for one.",
    )


def no_further_pages(one: Reading) -> Text:
    """Return the doubt about a list of which only the first page can be had."""
    return Text(
        ru=f"Список «{one.name}»: поставщик не понимает offset и отдаёт только первую страницу ({one.distinct}).",
        en=f"List '{one.name}': the provider does not know offset and gives the first page only ({one.distinct}).",
    )


def empty(name: str) -> Text:
    """Return the doubt about a list that cannot be empty."""
    return Text(
        ru=f"Список «{name}» пуст, хотя ответ успешен (статус 200): похоже, у нашего токена нет прав на школу. "
        "Попросите поставщика проверить права, а при их нехватке отвечать 403.",
        en=f"List '{name}' is empty although the answer is a success (status 200): our token seems to have no rights "
        "for the school. Ask the provider to check them, and to answer 403 where they are missing.",
    )


def nobody_here(name: str, rows: int) -> Text:
    """Return the doubt about a list in which nothing is of our school."""
    return Text(
        ru=f"В списке «{name}» записей {rows}, но ни одной – нашей школы: токен выдан для другой организации.",
        en=f"List '{name}' has {rows} row(s) and none of our school: the token is for another organisation.",
    )


def renumbered(kind: RecordKind, known: int, found: int) -> Text:
    """Return the doubt about a provider whose ids have all changed."""
    return Text(
        ru=f"Поставщик перенумеровал записи: из известных «{KIND_NAMES[kind].ru}» ({known}) под прежним sourcedId "
        f"нашлось {found}. Попросите его вернуть прежние sourcedId или подтвердите новые связи.",
        en=f"The provider has renumbered its records: of the {KIND_NAMES[kind].en} known to us ({known}) only {found} "
        "have their old sourcedId. Ask it to restore the old ones, or confirm the new links.",
    )


def list_skips(name: str, number: int) -> Text:
    """Return the doubt about a list that lacks objects which exist by themselves."""
    return Text(
        ru=f"Список «{name}» пропускает записи: {number} из отсутствующих в нём поставщик отдаёт по одной.",
        en=f"List '{name}' skips rows: {number} of those missing from it the provider gives one by one.",
    )


def enrolments_differ(number: int) -> Text:
    """Return the doubt about pupils who have lost their class in one of two readings only."""
    return Text(
        ru=f"Список «enrollments» прочитан дважды с разным итогом; без класса остались бы ученики: {number}.",
        en=f"List 'enrollments' was read twice and differed; {number} pupil(s) would be left without a class.",
    )


def lossy_changes(number: int) -> Text:
    """Return the remark on a provider that adds records with old dates."""
    return Text(
        ru=f"Записей, появившихся с прошлого чтения с более старой dateLastModified, – {number}: изменениям, которые "
        "поставщик отдаёт по дате, верить нельзя; читается всё целиком.",
        en=f"{number} record(s) appeared since the last reading with an older dateLastModified: the provider's changes "
        "by date cannot be relied on; everything is read whole.",
    )
