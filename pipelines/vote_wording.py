"""A neutral draft of a question with its options, and a check for words that push the reader."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from otklik.pipelines.vote_wishes import load_wishes

NOTHING = "Оставить как есть"
OTHER = "Другое (напишите)"
LEAST, MOST = 2, 4
LEAST_PEOPLE = 2
"""People who propose a thing before it becomes an option: one alone may have meant anything."""
_BRACKETS = re.compile(r"\s*\([^)]*\)")


@dataclass(frozen=True, slots=True)
class Draft:
    """A question as it could stand in a poll.

    Parameters
    ----------
    question : str
    options : tuple of str
        Two to four, taken from what people propose, and the way out of them.
    remarks : tuple of str
        What whoever publishes it must look at.
    proposed : bool
        Whether residents propose enough to choose from.
    """

    question: str
    options: tuple[str, ...]
    remarks: tuple[str, ...]
    proposed: bool = True


def draft(topic: str, place: str | None, wishes: Sequence[tuple[str, int]]) -> Draft:
    """Put a question; `wishes` are options with the number of authors behind each."""
    where = f" ({place})" if place else ""
    theme = _BRACKETS.sub("", topic).strip()
    question = f"Что городу сделать в первую очередь по теме «{theme}»{where}?"
    remarks = []
    wanted = [words for words, people in wishes if people >= LEAST_PEOPLE]
    chosen = [words for words in wanted if not leading_words(words)][:MOST]
    pushed = [words for words in wanted if leading_words(words)]
    if pushed:
        remarks.append(f"не вошло из-за подталкивающих слов: {'; '.join(pushed)}")
    proposed = len(chosen) >= LEAST
    if not proposed:
        remarks.append("жители почти не предлагают решений: варианты допишите с ведомством")
        chosen = [*chosen, NOTHING][:MOST]
    if len(chosen) < LEAST:
        chosen.append("Обсудить варианты с жителями")
    remarks += [f"подталкивает: «{word}»" for word in leading_words(question)]
    return Draft(question, (*chosen, OTHER), tuple(remarks), proposed)


def leading_words(text: str) -> list[str]:
    """Words and turns of a question that suggest its answer; empty for a neutral one."""
    folded = " ".join(text.casefold().replace("ё", "е").split())
    lexicon = load_wishes()["leading"]
    # «разве», not «развернуть».
    found = [
        turn
        for turn in lexicon["openings"]
        if re.search(rf"\b{re.escape(turn.replace('ё', 'е'))}\b", folded)
    ]
    for stem in lexicon["stems"]:
        plain = stem.replace("ё", "е")
        if any(word.startswith(plain) for word in folded.replace("«", " ").split()) or (
            " " in plain and plain in folded
        ):
            found.append(stem)
    return found
