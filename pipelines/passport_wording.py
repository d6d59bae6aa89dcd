"""How a passport says numbers, dates and places in Russian."""

from collections.abc import Iterable, Sequence
from functools import lru_cache

import pandas as pd

from otklik.datasets.place_morphology import analyzer
from otklik.pipelines.periods import ZONE
from otklik.pipelines.report_wording import NBSP, listed, rounded, whole

MOST_PLACES = 4
_UNITS = {
    "street_key": "улица",
    "asset": "объект",
    "municipality": "округ",
    "district": "район",
}


@lru_cache(maxsize=4096)
def agreed(amount: int, noun: str) -> str:
    """Form of a noun or of an adjective with a noun after a number: «5 новых сообщений»."""
    words = []
    for word in noun.split():
        parse = analyzer().parse(word)[0]
        form = parse.make_agree_with_number(amount)
        words.append(form.word if form else word)
    return " ".join(words)


def counted(amount: int, noun: str) -> str:
    """«3 обращения», «21 обращение», «5 обращений»."""
    return f"{whole(amount)}{NBSP}{agreed(amount, noun)}"


def genitive(amount: int, noun: str) -> str:
    """After «от», «у», «из»: «от 1 автора», «от 5 авторов»."""
    one = amount % 10 == 1 and amount % 100 != 11
    words = []
    for word in noun.split():
        form = analyzer().parse(word)[0].inflect({"gent", "sing" if one else "plur"})
        words.append(form.word if form else word)
    return f"{whole(amount)}{NBSP}{' '.join(words)}"


def day(moment: pd.Timestamp) -> str:
    """«22.05.2025», local."""
    return f"{moment.tz_convert(ZONE):%d.%m.%Y}"


def last_day(moment: pd.Timestamp) -> str:
    """Day of the last moment before this one."""
    return day(moment - pd.Timedelta(seconds=1))


def times(ratio: float, low: float, high: float) -> str:
    """«в 4,5 раза (3,1–6,4)»."""
    return f"{fold(ratio)} ({rounded(low)}–{rounded(high)})"


def fold(ratio: float) -> str:
    """«в 4,5 раза», «в 16 раз»."""
    shown = rounded(ratio)
    word = "раза" if "," in shown or (shown[-1] in "234" and shown[-2:-1] != "1") else "раз"
    return f"в{NBSP}{shown}{NBSP}{word}"


def quoted(names: Iterable[str]) -> str:
    """«А» и «Б»."""
    return listed([f"«{name}»" for name in names])


def some(names: Sequence[str], unit: str) -> str:
    """«улица Победы, улица Новая и ещё 5 улиц»."""
    shown, left = list(names[:MOST_PLACES]), len(names) - MOST_PLACES
    if left <= 0:
        return listed(shown)
    return f"{', '.join(shown)} и{NBSP}ещё{NBSP}{counted(left, _UNITS.get(unit, 'место'))}"


def sentence(text: str) -> str:
    """Text with its first letter raised and a full stop."""
    return text[:1].upper() + text[1:].rstrip(".") + "."
