"""Whether an official answer speaks to the point: done, promised by a term, or refused and why.

Rules over words, each a line of `lexicons/answers.toml`. Whether what is claimed is true, no words
can tell; whether it is about the question asked is not looked at either.
"""

import re
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from otklik.datasets.errors import BadCues

LEXICON = Path(__file__).with_name("lexicons") / "answers.toml"
EMPTY = "empty"
"""State of an answer in which nothing is found: thanks, «на контроле», «принято к сведению»."""


@dataclass(frozen=True, slots=True)
class Essence:
    """What an answer says.

    Parameters
    ----------
    state : str
        "done", "promised", "refused", "details", "redirected" or "empty".
    full : bool
        Whether that is an answer to the point.
    words : str
        The words that decided; empty for "empty".
    """

    state: str
    full: bool
    words: str = ""


@dataclass(frozen=True, slots=True)
class _State:
    name: str
    full: bool
    pattern: re.Pattern[str]


def judge_answer(text: str) -> Essence:
    """Judge one answer by its words.

    Examples
    --------
    >>> judge_answer("Мусор вывезен 12.03.2025, контейнеры вымыты.").state
    'done'
    >>> judge_answer("Ваше сообщение рассмотрено, вопрос на контроле.").full
    False
    """
    plain = text.casefold().replace("ё", "е").replace("\n", " ")
    for state in _states():
        found = state.pattern.search(plain)
        if found:
            return Essence(state.name, state.full, text[found.start() : found.end()])
    return Essence(EMPTY, False)


@lru_cache(maxsize=1)
def _states() -> tuple[_State, ...]:
    try:
        rows = tomllib.loads(LEXICON.read_text(encoding="utf-8"))["state"]
        return tuple(
            _State(row["name"], row["full"], re.compile("|".join(row["patterns"]))) for row in rows
        )
    except (KeyError, TypeError, re.error, tomllib.TOMLDecodeError) as error:
        raise BadCues(f"{LEXICON.name} cannot be used: {error}.") from error
