"""What authors do with words that exist: send again, repost, copy in brigades, petition again."""

from collections.abc import Sequence
from random import Random

from otklik.datasets.city_answers import FALSE
from otklik.datasets.city_drafts import DAY_S, Draft, World
from otklik.datasets.city_phrases import pick
from otklik.datasets.city_rates import CHANNELS
from otklik.datasets.city_truth import Copies, Planted, Repeat

BRIGADE = (5, 14)
_REPEAT_DAYS = (4, 25)
_FALSE = 0.7
_ROOM_DAYS = 30


def plant_copies(
    chance: Random, world: World, count: int, ordinary: Sequence[Draft]
) -> list[Planted[Copies]]:
    """Exactly `count` copies of ordinary messages: a third by brigades, the rest one by one."""
    originals = _early(world, ordinary)
    chance.shuffle(originals)
    planted: list[Planted[Copies]] = []
    left = count
    while left and originals:
        original = originals.pop()
        size = chance.randint(*BRIGADE)
        if left > 2 * count / 3 and size <= left:
            copies = [_brigade(chance, world, original) for _ in range(size)]
            kind = "brigade"
        elif chance.random() < 0.5:
            copies, kind = [_resend(chance, original)], "resend"
        else:
            copies, kind = [_repost(chance, world, original)], "repost"
        copies.sort(key=lambda draft: draft.at)
        planted.append(Planted(Copies(kind), [original, *copies]))
        left -= len(copies)
    return planted


def plant_repeats(
    chance: Random, world: World, count: int, ordinary: Sequence[Draft]
) -> list[Planted[Repeat]]:
    """Second petitions after an answer that helped nothing, most often a false «решено»."""
    firsts = _early(world, ordinary)
    planted = []
    for first in chance.sample(firsts, min(count, len(firsts))):
        first.quality = FALSE if chance.random() < _FALSE else "boilerplate"
        wait = chance.randint(*_REPEAT_DAYS) * DAY_S + chance.randrange(DAY_S // 2)
        second = _like(first, first.at + wait)
        second.again = True
        planted.append(Planted(Repeat(), [first, second]))
    return planted


def _early(world: World, drafts: Sequence[Draft]) -> list[Draft]:
    """Messages after which the year has room for more."""
    last = (world.year.n_days - _ROOM_DAYS) * DAY_S
    return [draft for draft in drafts if draft.at < last]


def _like(draft: Draft, at: int) -> Draft:
    return Draft(at, draft.topic, draft.street, draft.house, draft.author, draft.channel)


def _resend(chance: Random, original: Draft) -> Draft:
    copy = _like(original, original.at + chance.randrange(60, DAY_S))
    copy.copy_of, copy.exact = original, True
    return copy


def _repost(chance: Random, world: World, original: Draft) -> Draft:
    copy = _like(original, original.at + chance.randrange(600, 2 * DAY_S))
    copy.copy_of = original
    copy.author = world.authors.pick(chance, original.street)
    copy.channel = pick(chance, [name for name in CHANNELS if name != original.channel])
    return copy


def _brigade(chance: Random, world: World, original: Draft) -> Draft:
    copy = _like(original, original.at + chance.randrange(600, 3 * DAY_S))
    copy.copy_of = original
    # From anywhere in the city: what gives a brigade away.
    copy.author = world.authors.pick(chance, None)
    copy.channel = original.channel
    return copy
