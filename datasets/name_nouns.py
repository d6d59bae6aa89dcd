"""Ordinary words as surnames: «Заяц Виктор Петрович», «Мария Зима», «жук оксана»."""

from otklik.datasets.name_lexicon import ALL_CASES, Part
from otklik.datasets.name_line import Line, is_nominative
from otklik.datasets.name_reading import Reading
from otklik.datasets.name_words import POST

_NOT = frozenset({"не", "уже", "тоже", "опять"})


def noun_surname_after(line: Line, reading: Reading) -> Part | None:
    """Surname right after a given name, with or without a patronymic: «Василий Гора».

    Capitals on both decide. Where they say nothing («анна сергеевна зима просит»), a patronymic, a
    post before or a verb after tells that no sentence begins.
    """
    i, last = reading.start, reading.stop
    posted = line.is_joined(i - 1) and bool(line.flags[i - 1] & POST)
    noun = line.words.noun_surname(line.folded[last])
    if noun is None and (posted or line.is_capital(last)):
        noun = line.words.nouns.topic_surname(line.folded[last])
    if noun is None or (line.is_common(i) and not (reading.patronymic or posted)):
        return None
    fits = Reading(i, last, reading.form).join(noun)
    if line.is_capital(last):
        if not line.is_capital(i):
            return None
        return noun if fits else _unchanged(line, noun, last)
    if line.has_capitals:
        return None
    adjective = not line.words.grammar.looks_noun(line.folded[last])
    if posted and is_nominative(noun) and not adjective:
        return noun if fits else _unchanged(line, noun, last)
    if not line.is_common(i) and line.words.nouns.beast_surname(line.folded[last]):
        return noun if fits else _unchanged(line, noun, last)
    if not fits or not any(map(line.words.is_listed_surname, noun.stems)):
        return None
    named = is_nominative(noun) and is_nominative(reading.form) and _closes_name(line, last)
    return noun if reading.patronymic or named else None


def may_be_noun_surname(line: Line, i: int, *, full: bool) -> bool:
    """«слесарю Кузнецу Олегу», «Заяц Виктор Петрович», but not «Снег Олег не убрал».

    `full`: initials or a patronymic follow.
    """
    if line.given(i + 1) and line.is_common(i + 1) and not full:
        return False
    if line.has_capitals and not line.is_capital(i):
        return False
    if line.is_joined(i - 1) and line.flags[i - 1] & POST:
        return True
    if _is_beast(line, i):
        return True
    opens = not line.is_joined(i - 1)
    plural = line.folded[i].endswith(("ов", "ев", "ых", "их"))
    if line.is_capital(i):
        named = line.is_capital(i + 1) and line.words.is_listed_surname(line.folded[i])
        return full or plural or not opens or named
    pair = line.is_initial(i + 2) and line.is_dotted(i + 1) and line.is_dotted(i + 2)
    return pair or ((full or plural) and opens) or stands_apart(line, i, i + 1)


def _is_beast(line: Line, i: int) -> bool:
    """«это жук оксана», «волков сергей»: a listed surname of a living being before a sure name."""
    word, following = line.folded[i], line.folded[i + 1]
    shown = line.is_capital(i) and line.is_capital(i + 1) and line.words.noun_surname(word)
    if not (shown or line.words.nouns.beast_surname(word) or line.words.nouns.herd_surname(word)):
        return False
    return line.words.is_sure_given(following) and not line.is_common(i + 1)


def stands_apart(line: Line, i: int, j: int) -> bool:
    """«…, жук оксана, …»: a listed surname and a sure given name with nothing beside them."""
    joined = line.is_joined(i - 1) and not line.is_and(i - 1)
    if joined or line.is_common(j) or (line.is_joined(j) and not _closes_name(line, j)):
        return False
    given = line.words.is_sure_given(line.folded[j]) and line.given(j)
    return bool(given and is_nominative(given)) and line.words.is_listed_surname(line.folded[i])


def _unchanged(line: Line, noun: Part, i: int) -> Part | None:
    """«Светлане Сорока»: many a bearer does not decline a surname that is a word."""
    unchanged = is_nominative(noun) and line.words.grammar.cases(line.folded[i])
    return Part(ALL_CASES, ALL_CASES, noun.stems) if unchanged else None


def _closes_name(line: Line, i: int) -> bool:
    """Whether the sentence ends after word `i`, or «и» or a verb follows."""
    if not line.is_joined(i) or line.is_and(i + 1):
        return True
    k = i + 1
    while k < line.count - 1 and line.folded[k] in _NOT:
        k += 1
    return line.words.grammar.is_verb(line.folded[k])
