"""Numbers and dates as a Russian reader expects them."""

import re
from collections.abc import Sequence
from datetime import date
from math import isfinite

NO_DATA = "нет данных"
_PARTLY = re.compile(r"\s*\(в т\.\s?ч\.[^)]*\)")
NBSP = "\u00a0"
MINUS = "\u2212"
DAY_H = 24


def word_for(amount: float, one: str, few: str, many: str) -> str:
    """Form of a noun after a number: «1 сообщение», «2 сообщения», «5 сообщений», «1,5 часа»."""
    if amount != int(amount):
        return few
    last, tens = abs(int(amount)) % 10, abs(int(amount)) % 100
    if last == 1 and tens != 11:
        return one
    return few if 2 <= last <= 4 and not 12 <= tens <= 14 else many


def whole(amount: float) -> str:
    """«12 345»: thousands apart from five digits on, as Russian typography has it."""
    digits = f"{abs(round(amount))}"
    if len(digits) > 4:
        digits = f"{abs(round(amount)):,}".replace(",", NBSP)
    return f"{MINUS}{digits}" if round(amount) < 0 else digits


def rounded(amount: float) -> str:
    """An estimate: one digit after the comma below ten, none above."""
    if abs(amount) >= 9.95:
        return whole(amount)
    if 0 < amount < 0.05:
        return "<0,1"
    text = f"{abs(amount):.1f}".replace(".", ",").removesuffix(",0")
    return f"{MINUS}{text}" if amount < 0 and text != "0" else text


def signed(amount: float) -> str:
    """A difference: «+12», «−3»."""
    text = rounded(amount)
    return text if text.startswith(MINUS) or text == "0" else f"+{text}"


def between(middle: str, low: str, high: str) -> str:
    """An estimate with its interval: «41 (29–55)»."""
    return f"{middle} ({low}–{high})"


def expected_text(mean: float, low: float, high: float) -> str:
    """What was expected: «41 (29–55)»."""
    return between(rounded(mean), whole(low), whole(high))


def share_text(share: float, low: float, high: float) -> str:
    """A share, never without its interval: «12 % (8–17 %)»."""
    middle, least, most = (f"{100 * part:.0f}" for part in (share, low, high))
    return f"{middle}{NBSP}% ({least}–{most}{NBSP}%)"


def duration_text(hours: float, low: float, high: float) -> str:
    """A time to answer: hours below two days, days above; an open end is «и более»."""
    unit, name = (1, "ч") if hours < 2 * DAY_H else (DAY_H, "сут.")
    most = f"–{rounded(high / unit)}" if isfinite(high) else " и более"
    return f"{rounded(hours / unit)}{NBSP}{name} ({rounded(low / unit)}{most})"


def date_text(day: date) -> str:
    """«14.02.2021»."""
    return f"{day:%d.%m.%Y}"


def in_district(name: str) -> str:
    """«Красносельский район», «район Центр»."""
    if "район" in name.casefold():
        return name
    return f"{name} район" if name.endswith(("ий", "ый", "ой")) else f"район {name}"


def short_topic(name: str) -> str:
    """Name of a topic without what is «в т.ч.» in it: official names fill a line."""
    return _PARTLY.sub("", name)


def problem_title(topic: str, place: str | None, phrase: str) -> str:
    """Name of a problem by which whoever does not know it finds it: topic, place, what is written.

    «Уборка дворов от снега: Невский район; пишут: «скользко у подъезда»». Key phrases alone, as
    «Листва, асфальт», tell only those who have read the messages.
    """
    title = f"{short_topic(topic)}: {place}" if place else short_topic(topic)
    same = phrase.casefold() in (topic.casefold(), short_topic(topic).casefold())
    return title if same else f"{title}; пишут: «{phrase[:1].lower()}{phrase[1:]}»"


def listed(names: Sequence[str]) -> str:
    """«а, б и в»."""
    return " и ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
