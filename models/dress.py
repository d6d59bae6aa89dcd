"""Take off what a text wears: capitals and a greeting say nothing of what it is about.

«НЕТ ВОДЫ», «Нет воды» and «Добрый день! Нет воды» are one complaint. A cased vocabulary has hardly
seen words in capitals and cuts them into letters; a greeting is a third of a short message and
pulls its vector to all others that greet.
"""

import re

SHOUTED = 0.75
"""From this share of capitals among its letters a text is shouted."""
LEAST_LETTERS = 12
"""What is shorter after its greeting says too little by itself."""
_KEPT = re.compile(r"(\[[^\[\]\n]{1,40}\])")  # placeholders of masking are words of their own
_START = re.compile(r"(?:^|[.!?…]\s+|\n\s*)\w")
_GREETING = re.compile(
    r"\W*(?:(?:всем |вам )?"
    r"(?:здравствуй(?:те)?|приветствую|привет|(?:ас)?салам[ау]?(?: ал[ае]йкум)?"
    r"|добр(?:ый|ого|ое|ой) (?:день|дня|вечера?|утр[оа]|ночи|времени суток))"
    r"\b(?: всем)?[^\w\[@]*)+",
    re.IGNORECASE,
)


def quiet(text: str) -> str:
    """Text with sentences as they are commonly written, if it is shouted; else the text itself.

    Parameters
    ----------
    text : str
        Masked; what stands in brackets stays as it is.

    Examples
    --------
    >>> quiet("НЕТ ВОДЫ! КОГДА ДАДУТ? [ТЕЛЕФОН 1]")
    'Нет воды! Когда дадут? [ТЕЛЕФОН 1]'
    >>> quiet("ЖКХ"), quiet("Звонил в ГИБДД и МЧС")
    ('ЖКХ', 'Звонил в ГИБДД и МЧС')
    """
    if text == text.lower():
        return text
    parts = _KEPT.split(text)
    said = "".join(parts[::2])
    letters = [letter for letter in said if letter.isalpha()]
    capitals = sum(map(str.isupper, letters))
    # A lone word in capitals is an abbreviation as often as not.
    if capitals < SHOUTED * len(letters) or len(said.split()) < 2 or len(letters) < 5:
        return text
    parts[::2] = [part.lower() for part in parts[::2]]
    return _START.sub(lambda start: start.group().upper(), "".join(parts))


def ungreeted(text: str) -> str:
    """Text without the greeting it begins with, unless little else is said.

    Examples
    --------
    >>> ungreeted("Добрый день! Когда починят лифт?")
    'Когда починят лифт?'
    >>> ungreeted("Здравствуйте, спасибо!")
    'Здравствуйте, спасибо!'
    """
    greeting = _GREETING.match(text)
    if greeting is None:
        return text
    rest = text[greeting.end() :]
    return rest if sum(map(str.isalpha, rest)) >= LEAST_LETTERS else text
