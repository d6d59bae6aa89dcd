"""Columns that hold personal data whatever stands in them: a flat is «45», a first name «Роза»."""

import re
from functools import lru_cache

AUTHOR = "[АВТОР]"
HIDDEN = "[скрыто]"

# The first that fits a header, lower case, «ё» as «е», nothing but letters and single spaces.
_TELLING = {
    "[ТЕЛЕФОН]": re.compile(r"\b(?:телефон\w*|тел|phone)\b"),
    "[ПОЧТА]": re.compile(r"\b(?:e ?mail|эл\w* (?:почта|адрес\w*))\b"),
    "[СНИЛС]": re.compile(r"\b(?:снилс|snils)\b"),
    "[ПАСПОРТ]": re.compile(r"\b(?:паспорт\w*|passport)\b"),
    "[КВАРТИРА]": re.compile(r"\b(?:квартира|номер квартиры|apartment)\b|^кв$"),
    "[ФИО]": re.compile(r"\b(?:фио|ф и о|фамилия|отчество|surname|(?:first|last) ?name)\b|^имя$"),
    HIDDEN: re.compile(r"\b(?:рождения|birth\w*|контакты|контактные данные|адрес заявителя)\b"),
    AUTHOR: re.compile(
        r"(?:(?:id|url|урл|имя|ник|логин|профиль|страница|ссылка на) )?"
        r"(?:автора?|заявител[ья]|гражданина?|пользовател[ья])"
        r"|(?:author|user|applicant)(?: (?:id|name|url))?"
    ),
}
_NOT_LETTERS = re.compile(r"[\W\d_]+")


@lru_cache(1024)
def placeholder_of(header: str) -> str | None:
    """What stands for every cell of a column; None where the cells are to be looked at.

    «Контактный телефон» gives «[ТЕЛЕФОН]», «URL автора» «[АВТОР]»; «Тип заявителя» and
    «Наименование» give None.
    """
    words = _NOT_LETTERS.sub(" ", header.casefold().replace("ё", "е")).strip()
    for placeholder, pattern in _TELLING.items():
        matched = pattern.fullmatch(words) if placeholder == AUTHOR else pattern.search(words)
        if matched:
            return placeholder
    return None
