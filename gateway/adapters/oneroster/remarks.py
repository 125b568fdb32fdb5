"""Remarks: what a provider does otherwise than the standard says and what costs nobody a record."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from types import MappingProxyType

from gateway.adapters.oneroster.client import Experience
from gateway.adapters.oneroster.probe import Capabilities
from gateway.adapters.oneroster.reading import Reading
from gateway.errors import Text
from gateway.mapping.oneroster_gathering import Oddity

_ODDITIES: Mapping[Oddity, tuple[str, str]] = MappingProxyType(
    {
        Oddity.DATE_FORMS: (
            "дни записаны не как YYYY-MM-DD, объектов: {n}",
            "days are not written as YYYY-MM-DD, objects: {n}",
        ),
        Oddity.RELATIVE_HREF: (
            "href в ссылках не абсолютные, объектов: {n}",
            "the href of references is not absolute, objects: {n}",
        ),
        Oddity.JSON_BOOLEANS: (
            "да и нет – значения JSON, а не слова «true» и «false», объектов: {n}",
            "truth values are JSON ones instead of the words 'true' and 'false', objects: {n}",
        ),
        Oddity.TOMBSTONES: (
            "помечены к удалению (tobedeleted), объектов: {n}; считаются отсутствующими",
            "marked tobedeleted, objects: {n}; they count as absent",
        ),
        Oddity.COURSES_LEFT_OUT: (
            "места в учебных курсах не используются, записей: {n}",
            "enrolments in courses are not used, records: {n}",
        ),
        Oddity.BAD_SNILS: (
            "СНИЛС с неверным контрольным числом пропущены: {n}",
            "СНИЛС with wrong check digits left out: {n}",
        ),
    }
)


def remarks(
    abilities: Capabilities, readings: Collection[Reading], oddities: Counter[Oddity], experience: Experience
) -> Iterator[Text]:
    """Yield what is worth telling the provider and did no harm."""
    if abilities.clamped:
        yield Text(
            ru=f"Поставщик молча отдаёт не больше {abilities.page} строк за раз, сколько бы ни просили (limit).",
            en=f"The provider silently gives at most {abilities.page} rows at once, whatever is asked for (limit).",
        )
    links = [one for one in readings if one.sizes and not one.has_link]
    if links:
        yield Text(
            ru="У поставщика нет заголовка Link; страницы читаются по offset.",
            en="The provider sends no Link header; pages are read by offset.",
        )
    for one in readings:
        yield from _of_reading(one)
    for oddity, (ru, en) in _ODDITIES.items():
        if number := oddities[oddity]:
            yield Text(ru=f"У поставщика {ru.format(n=number)}.", en=f"At the provider {en.format(n=number)}.")
    yield from _of_experience(experience)
    if not abilities.demographics:
        yield Text(
            ru="Поставщик не отдаёт нам demographics (нет права roster-demographics.readonly): даты рождения и пол "
            "известных учеников сохраняются, новые без них не принимаются.",
            en="The provider does not give us demographics (no scope roster-demographics.readonly): birth dates and "
            "sex of known pupils are kept, new pupils are not taken without them.",
        )


def _of_reading(one: Reading) -> Iterator[Text]:
    if one.wrapper != one.name and one.sizes:
        yield Text(
            ru=f"Список «{one.name}» назван в ответе «{one.wrapper}».",
            en=f"List '{one.name}' is called '{one.wrapper}' in the answer.",
        )
    if one.announced is not None and not one.in_header:
        yield Text(
            ru=f"Список «{one.name}»: число записей – в теле ответа, а не в X-Total-Count.",
            en=f"List '{one.name}': the count stands in the body, not in X-Total-Count.",
        )
    full = one.sizes[:-1]
    if full and min(full) < max(full):
        yield Text(
            ru=f"Список «{one.name}»: страницы приходят неполными (от {min(full)} до {max(full)} строк).",
            en=f"List '{one.name}': pages come half empty ({min(full)} to {max(full)} rows).",
        )


def _of_experience(experience: Experience) -> Iterator[Text]:
    if experience.slowed_down:
        yield Text(
            ru=f"Поставщик просил обращаться реже (статус 429), раз: {experience.slowed_down}.",
            en=f"The provider asked to be called less often (status 429), times: {experience.slowed_down}.",
        )
    if other := experience.retried - experience.slowed_down:
        yield Text(
            ru=f"Сбоев, после которых пришлось спрашивать снова, – {other}.",
            en=f"Failures after which the provider had to be asked again: {other}.",
        )
    if experience.token_lost:
        yield Text(
            ru=f"Поставщик терял токен посреди чтения, раз: {experience.token_lost}; взят новый, чтение продолжено.",
            en=f"The provider lost our token while it was read, times: {experience.token_lost}; a new one was taken.",
        )
    odd = ", ".join(sorted(kind for kind in experience.error_bodies if kind != "imsx"))
    if odd:
        yield Text(
            ru=f"Ошибки поставщик описывает не так, как велит стандарт: {odd}.",
            en=f"The provider words its errors otherwise than the standard says: {odd}.",
        )
