"""Names, numbers and days as they are compared: what two clerks write differently of one person is made the same.

A name becomes its *key*: small Latin letters, the same for Cyrillic spellings with ё or е, hyphens, blanks and
apostrophes, for letters of the other alphabet that only look right, and for the transliterations in use (ISO 9:1995,
ГОСТ 7.79-2000, ГОСТ Р 52535.1-2006 and ICAO Doc 9303 of passports, and what people write by themselves): «Щукина
Алёна», «щукина-алена» and "Shchukina Alyona" have one key. A key is not a transliteration: «Наталия» and «Наталья» have
the same one too.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from functools import lru_cache

_CYRILLIC = re.compile("[а-яёіїєґўәөүұңҗһқғ]")
_LATIN = re.compile("[a-z]")
_PHONE_DIGITS = 10
"""Digits of a Russian telephone number after the trunk prefix 8 or the country code +7."""

_LOOK_ALIKES = str.maketrans("abcehikmnoprtuxy", "авсеніктпоргтиху")
"""Latin letters that stand for Cyrillic ones where a word has letters of both alphabets."""

_CAPITAL_LOOK_ALIKES = str.maketrans("ABCEHKMOPTXY", "АВСЕНКМОРТХУ")

_LATIN_OF = str.maketrans(
    {
        **dict(zip("абвгдезиклмнопрстуфы", "abvgdeziklmnoprstufy", strict=True)),
        "ё": "e", "ж": "zh", "й": "i", "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch", "э": "e", "ю": "iu",
        "я": "ia", "ъ": "", "ь": "",
        "і": "i", "ї": "i", "є": "e", "ґ": "g", "ў": "u", "ә": "a", "ө": "o", "ү": "u", "ұ": "u", "ң": "n", "җ": "zh",
        "һ": "kh", "қ": "k", "ғ": "g",
    }
)  # fmt: skip
_ISO_9 = str.maketrans(
    {"x": "ks", "ŝ": "shch", "š": "sh", "č": "ch", "ž": "zh", "û": "iu", "â": "ia", "ħ": "kh", "ı": "i"}
)
_SOUNDS = re.compile(r"shch|sch|shh|sh|zh|kh|ch|cz|tsh|tch|ts|tz|tc|h|c|w|q|y|j")
_SOUND_KEYS = {
    "sch": "shch", "shh": "shch", "cz": "ts", "tz": "ts", "tc": "ts", "h": "kh", "c": "ts", "w": "v",
    "q": "k", "y": "i", "j": "i",
}  # fmt: skip
_GLIDES = re.compile(r"i+(?=[eo])[eo]|i+")


@lru_cache(maxsize=100_000)
def name_key(name: str) -> str:
    """Return what a name is compared by: equal for all spellings of it; the key of a key is the key itself."""
    plain = unicodedata.normalize("NFKC", name).casefold()
    words = "".join(one for one in (_in_one_alphabet(word) for word in re.split(r"[\W\d_]+", plain)) if one)
    latin = words.translate(_LATIN_OF).translate(_ISO_9)
    bare = "".join(one for one in unicodedata.normalize("NFD", latin) if one.isalpha()).translate(_LATIN_OF)
    return _GLIDES.sub(_vowel, _SOUNDS.sub(lambda found: _SOUND_KEYS.get(found[0], found[0]), bare))


def letter_key(letter: str) -> str:
    """Return what the letter of a class is compared by: «а», "A" and «"А"» are one."""
    plain = unicodedata.normalize("NFKC", letter).upper()
    return "".join(one for one in plain if one.isalnum()).translate(_CAPITAL_LOOK_ALIKES)


def phone_key(phone: str) -> str:
    """Return the last ten digits of a telephone number; empty where there are fewer: that is no number."""
    digits = "".join(one for one in phone if "0" <= one <= "9")
    return digits[-_PHONE_DIGITS:] if len(digits) >= _PHONE_DIGITS else ""


def email_key(address: str) -> str:
    """Return an e-mail address as it is compared."""
    return unicodedata.normalize("NFKC", address).strip().casefold()


def words_key(text: str) -> str:
    """Return a text of several words, a position, as it is compared."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().replace("ё", "е").split())


def is_near_day(one: date, other: date) -> bool:
    """Tell whether two different days look like one written wrongly: day and month exchanged, or one digit."""
    if (one.year, one.month, one.day) == (other.year, other.day, other.month):
        return one != other
    return sum(mine != theirs for mine, theirs in zip(one.isoformat(), other.isoformat(), strict=True)) == 1


def _in_one_alphabet(word: str) -> str:
    """Return a word of letters of both alphabets with Cyrillic ones for the Latin ones that look like them."""
    return word.translate(_LOOK_ALIKES) if _CYRILLIC.search(word) and _LATIN.search(word) else word


def _vowel(found: re.Match[str]) -> str:
    """Return ``e`` for ie and io (ё, е after a soft sign or at the beginning), one ``i`` for several."""
    return "e" if found[0][-1] in "eo" else "i"
