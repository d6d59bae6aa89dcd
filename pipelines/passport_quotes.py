"""Quotations: masked words of distinct authors that show the trouble best."""

from collections.abc import Iterator

import pandas as pd

from otklik.pipelines.passport_facts import PassportFacts
from otklik.pipelines.passport_sentences import PassportSentence
from otklik.pipelines.passport_terms import lemmas

QUOTES = 5
LONGEST = 220
_SHORT = 25


def choose_quotes(facts: PassportFacts, most: int = QUOTES) -> Iterator[PassportSentence]:
    """Up to so many quotations, each by another author, spread over the places.

    Messages that name a cause come first, then those with the words that stand out.
    """
    voices = facts.subject.voices
    pool = voices if len(voices) >= most else facts.subject.messages
    scores = {
        int(number): _score(facts, int(number), text) for number, text in pool["text"].items()
    }
    authors: set[object] = set()
    places: dict[object, int] = {}
    texts: set[str] = set()
    for _ in range(most):
        best = None
        for number, score in scores.items():
            row = pool.loc[number]
            author = row["author"] if isinstance(row["author"], str) else number
            if author in authors or str(row["text"]).casefold() in texts:
                continue
            key = (score - places.get(row["street_key"], 0), -number)
            if best is None or key > best[0]:
                best = (key, number, author, row)
        if best is None:
            return
        _, number, author, row = best
        authors.add(author)
        texts.add(str(row["text"]).casefold())
        places[row["street_key"]] = places.get(row["street_key"], 0) + 1
        yield PassportSentence(
            "цитаты", f"№ {number}: «{shorten(str(row['text']))}»", (number,), {"at": _at(row)}
        )


def _score(facts: PassportFacts, number: int, text: str) -> float:
    stated = any(number in one.message_ids for one in facts.claims.citizens)
    words = lemmas(text)
    telling = sum(term.lemma in words for term in facts.terms)
    return 2.0 * stated + min(telling, 3) - (len(text) < _SHORT) - (len(text) > 2 * LONGEST)


def _at(row: "pd.Series[object]") -> str:
    return str(row["dated_at"])


def shorten(text: str) -> str:
    """Text in one line, cut after a word."""
    line = " ".join(text.split()).strip("«» ")
    if len(line) <= LONGEST:
        return line
    return line[:LONGEST].rsplit(" ", 1)[0].rstrip(",.;:- ") + "…"
