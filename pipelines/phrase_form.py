"""A key phrase as it is shown: its head in the nominative, adjectives in agreement."""

from collections import Counter
from functools import lru_cache
from typing import Any

from otklik.datasets.place_morphology import parses
from otklik.pipelines.key_phrases import ABSENCE, Phrase


def show_phrase(found: Counter[Phrase]) -> str:
    """The phrase in its usual number and with its usual tail: «ямы на дороге».

    Parameters
    ----------
    found : Counter of Phrase
        Findings of one key; ties are broken by the alphabet, so that order does not matter.
    """
    numbers = Counter({"plur": 0, "sing": 0})
    for phrase, times in found.items():
        numbers[phrase.number] += times
    number = max(sorted(numbers), key=lambda name: numbers[name])
    alike = [item for item in found.items() if item[0].number == number] or list(found.items())
    phrase = min(alike, key=lambda item: (-item[1], item[0].before, item[0].after, item[0].head))[0]
    case = "gent" if phrase.before == ABSENCE else "nomn"
    head = head_in(phrase.head, case, number, phrase.noun)
    return " ".join(part for part in (phrase.before, *head, phrase.after) if part)


@lru_cache(maxsize=4096)
def head_in(words: tuple[str, ...], case: str, number: str, lemma: str = "") -> tuple[str, ...]:
    """Adjectives and their noun in another case and number.

    `lemma` tells which noun it is where the form is of several: «ямы» is «яма», not «ям».

    Examples
    --------
    >>> head_in(("горячей", "воды"), "nomn", "sing")
    ('горячая', 'вода')
    """
    if not words:
        return ()
    noun = _parse(words[-1], "NOUN", lemma)
    if noun is None:
        return words
    inflected = noun.inflect({case, number}) or noun.inflect({case})
    if inflected is None:
        return words
    shown = [_written(words[-1], str(inflected.word))]
    number = str(inflected.tag.number)
    wanted = {case, number} | (
        {str(noun.tag.gender)} if number == "sing" and noun.tag.gender else set()
    )
    for word in reversed(words[:-1]):
        adjective = _parse(word, "ADJF") or _parse(word, "PRTF")
        agreed = adjective.inflect(wanted) if adjective is not None else None
        shown.append(_written(word, str(agreed.word)) if agreed is not None else word)
    return tuple(reversed(shown))


def _parse(word: str, pos: str, lemma: str = "") -> Any | None:  # noqa: ANN401 - no types there
    found = [parse for parse in parses(word.lower()) if pos == parse.tag.POS]
    meant = [parse for parse in found if str(parse.normal_form).replace("ё", "е") == lemma]
    return next(iter(meant or found), None)


def _written(word: str, inflected: str) -> str:
    """Abbreviations stay as they were written: «УК», «ЖКХ»."""
    return word if word.isupper() else inflected
