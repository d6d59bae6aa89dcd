"""What is masked, how it is written, and which mentions are the same thing."""

import re
from bisect import bisect_left
from collections.abc import Iterable
from typing import NamedTuple

from otklik.datasets.name_person import Person

NAME = "ФИО"
PHONE = "ТЕЛЕФОН"
EMAIL = "ПОЧТА"
SNILS = "СНИЛС"
INN = "ИНН"
PASSPORT = "ПАСПОРТ"
CARD = "КАРТА"
ACCOUNT = "СЧЁТ"
PLATE = "НОМЕР АВТО"
PROFILE = "ПРОФИЛЬ"
FLAT = "КВАРТИРА"
KINDS = (NAME, PHONE, EMAIL, SNILS, INN, PASSPORT, CARD, ACCOUNT, PLATE, PROFILE, FLAT)

# Placeholders of ours and of sources that mask for themselves, and mentions of communities
_FIXED = re.compile(
    rf"\[(?:{'|'.join(KINDS)}|ССЫЛКА|скрыто)(?: \d{{1,4}})?\]"
    rf"|\[id0\|(?:{'|'.join(KINDS)})\]"
    r"|\[(?:club|public|event)\d{1,15}(?::[\w-]{1,40})?\|[^\[\]\n]{0,200}\]?",
    re.IGNORECASE,
)
_OWN = re.compile(rf"\[({'|'.join(KINDS)})(?: (\d{{1,4}}))?\]")


class Found(NamedTuple):
    """One piece of personal data: `text[start:stop]`; `key` is equal for the same thing."""

    kind: str
    start: int
    stop: int
    key: str | Person


def find_fixed(text: str) -> list[tuple[int, int]]:
    """Intervals that no rule may touch, in order."""
    if "[" not in text:
        return []
    return [match.span() for match in _FIXED.finditer(text)]


def highest_numbers(text: str) -> dict[str, int]:
    """How far the placeholders already standing in a text have counted, per kind."""
    highest: dict[str, int] = {}
    for kind, number in _OWN.findall(text) if "[" in text else ():
        highest[kind] = max(highest.get(kind, 0), int(number or 1))
    return highest


def without_overlaps(found: Iterable[Found], fixed: Iterable[tuple[int, int]] = ()) -> list[Found]:
    """Keep the earlier rule where two claim the same characters; result in text order."""
    taken = sorted(fixed)
    kept: list[Found] = []
    for item in found:
        interval = (item.start, item.stop)
        place = bisect_left(taken, interval)
        overlaps_left = place > 0 and taken[place - 1][1] > item.start
        overlaps_right = place < len(taken) and taken[place][0] < item.stop
        if not overlaps_left and not overlaps_right:
            taken.insert(place, interval)
            kept.append(item)
    return sorted(kept, key=lambda item: item.start)
