"""Fits `datasets/lexicons/name_likeness.npz`: which letters make a name.

    python -m otklik.training.name_likeness

Names come from natasha's lists and our lexicon, in their case forms, ordinary words from
pymorphy3's dictionary. The masker asks about words that no dictionary holds, and most of these are
slips: so slips of ordinary words are made up on the side of the words, and slips of names, surnames
and compounds built from given names on the side of the names. Takes about four minutes.
"""

import random
import re
import sys
from collections.abc import Iterable

import numpy as np
import torch

from otklik.datasets.name_dictionary import load_rare_given, load_surnames
from otklik.datasets.name_lexicon import decline, fold, load_given_names
from otklik.datasets.name_likeness import GIVEN, OTHER, PATH, SURNAME, grams

BUCKETS = 1 << 16
EPOCHS = 3
BATCH = 4096
RATE = 0.15
SEED = 5
_CLIPPED = 99.99  # percentile of the weights that int8 still spans
ORDINARY, SLIPS, GLUED, COMPOUNDS = 450_000, 300_000, 60_000, 9_000
_LETTERS = "оеаинтсрвлкмдпуяызьбгчйхжшюцщэф"
_HEARD = {"о": "а", "а": "о", "е": "и", "и": "е", "ь": "", "щ": "ш", "з": "с", "с": "з", "ы": "и"}
_PROPER = ("Name", "Surn", "Patr", "Init", "Poss", "Geox", "Orgn", "Trad", "Abbr")
_OV = ("", "а", "у", "ым", "е", "ой", "ы", "ых")
_SKY = ("ий", "ого", "ому", "им", "ая", "ой", "ую")
_HEADS = [
    "абд",
    "абду",
    "абдул",
    "али",
    "алим",
    "амир",
    "асад",
    "ахмад",
    "бай",
    "бахт",
    "бег",
    "бек",
    "бозор",
    "гул",
    "гуль",
    "джан",
    "джума",
    "дил",
    "дост",
    "зайн",
    "зия",
    "имам",
    "исам",
    "ислам",
    "кам",
    "курбан",
    "магомед",
    "махмад",
    "мир",
    "мирза",
    "мухаммад",
    "мух",
    "насир",
    "низом",
    "нур",
    "ораз",
    "рахмат",
    "руст",
    "саид",
    "сайд",
    "сайф",
    "сали",
    "сафар",
    "султан",
    "тахир",
    "темир",
    "турсун",
    "умар",
    "фазл",
    "файз",
    "фарид",
    "хайр",
    "хас",
    "ходжа",
    "худай",
    "шам",
    "шамс",
    "шах",
    "шер",
    "эль",
    "эсен",
    "юлдаш",
    "янги",
]
_TAILS = [
    "али",
    "аддин",
    "адин",
    "бай",
    "бек",
    "бег",
    "бий",
    "бой",
    "бахт",
    "гали",
    "гельды",
    "гирей",
    "гул",
    "дин",
    "джан",
    "жан",
    "жон",
    "зат",
    "зода",
    "илла",
    "кул",
    "мамад",
    "мат",
    "мурад",
    "мурат",
    "наз",
    "нар",
    "ой",
    "олла",
    "паша",
    "рад",
    "раил",
    "рахим",
    "рахман",
    "салам",
    "султан",
    "тай",
    "улла",
    "хаджи",
    "хан",
    "хон",
    "хаджа",
    "шер",
]
_BEFORE_SURNAME = ("абдул", "нур", "гаджи", "хаджи", "магомед", "бек", "сул", "мир", "эль", "хан")
_GLUED_TO = ("в", "на", "не", "по", "с", "из", "у", "к", "и", "то", "за", "от")


def read_dictionary() -> tuple[set[str], set[str]]:
    """Ordinary words and names of places, every form, folded."""
    import pymorphy3

    ordinary: set[str] = set()
    places: set[str] = set()
    for parse in pymorphy3.MorphAnalyzer().iter_known_word_parses():
        tag = str(parse.tag)
        if "Geox" in tag:
            places.add(fold(parse.word))
        elif not any(mark in tag for mark in _PROPER):
            ordinary.add(fold(parse.word))
    return ordinary, places


def surname_forms(surname: str) -> list[str]:
    """A surname in its cases, of a man and of a woman."""
    if re.search(r"(?:[ое]в|[иы]н)$", surname):
        return [surname + ending for ending in _OV]
    if re.search(r"[сц]кий$", surname):
        return [surname[:-2] + ending for ending in _SKY]
    return [form for form, _ in decline(surname, feminine=False)]


def slip(word: str, rng: random.Random) -> str:
    """The word with one letter dropped, added, changed, misheard, swapped or doubled."""
    k = rng.randrange(len(word))
    kind = rng.randrange(7)
    head, here, tail = word[:k], word[k], word[k + 1 :]
    if kind == 0:
        return head + tail
    if kind == 1:
        return head + rng.choice(_LETTERS) + here + tail
    if kind == 2:
        return head + rng.choice(_LETTERS) + tail
    if kind == 3:
        return head + here + here + tail
    if kind == 4 and tail:
        return head + tail[0] + here + tail[1:]
    return head + _HEARD.get(here, here) + tail


def collect(rng: random.Random) -> dict[int, set[str]]:
    """Words of each class, without those that are in two."""
    ordinary, places = read_dictionary()
    ours = sorted(load_given_names())
    rare = sorted(load_rare_given())
    surnames: set[str] = set()
    for surname in sorted(load_surnames()):
        forms = surname_forms(surname)
        surnames |= {surname, *rng.sample(forms, min(2, len(forms)))}
    for name in ours + rng.sample(rare, 8000):
        bare = name.replace("-", "")
        stem = bare.rstrip("аяиеыуюйь") or bare
        base = stem + ("ев" if bare[-1] in "аяиеыуюйь" and rng.random() < 0.7 else "ов")
        surnames |= set(surname_forms(base)[:3])
        if rng.random() < 0.6:
            surnames |= set(surname_forms(rng.choice(_BEFORE_SURNAME) + base)[:2])
    given = {*ours, *rare}
    for _ in range(COMPOUNDS):
        compound = rng.choice(_HEADS) + rng.choice(_TAILS)
        given |= {form for form, _ in list(decline(compound, feminine=False))[:3]}
    long = [name for name in ours if len(name) > 5 and name not in ordinary]
    given |= {slip(name, rng) for name in long * 3}
    names = surnames | given
    words = sorted(w for w in ordinary - names if len(w) > 2 and re.fullmatch("[а-я-]+", w))
    other = set(rng.sample(words, ORDINARY)) | (places - names)
    other |= {slip(word, rng) for word in rng.sample(words, SLIPS) if len(word) > 4}
    for word in rng.sample(words, GLUED):
        other.add(rng.choice((*_GLUED_TO, rng.choice(words)[:5])) + word)
    return {SURNAME: surnames - ordinary, GIVEN: given - surnames - ordinary, OTHER: other - names}


def fit(classes: dict[int, set[str]], rng: random.Random) -> torch.nn.EmbeddingBag:
    """Weights of shape (BUCKETS, 3), rare classes weighted up."""
    rows = [(word, label) for label, words in classes.items() for word in sorted(words)]
    rng.shuffle(rows)
    torch.manual_seed(SEED)
    table = torch.nn.EmbeddingBag(BUCKETS, len(classes), mode="sum")
    torch.nn.init.zeros_(table.weight)
    optimizer = torch.optim.Adagrad(table.parameters(), lr=RATE)
    balance = torch.tensor([1.0, 1.5, 1.0])
    for epoch in range(EPOCHS):
        total = 0.0
        for start in range(0, len(rows), BATCH):
            batch = rows[start : start + BATCH]
            labels = torch.tensor([label for _, label in batch])
            loss = torch.nn.functional.cross_entropy(
                score(table, [word for word, _ in batch]), labels, weight=balance
            )
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            total += loss.item() * len(batch)
        sys.stderr.write(f"epoch {epoch + 1}: loss {total / len(rows):.4f}\n")
    return table


def score(table: torch.nn.EmbeddingBag, words: Iterable[str]) -> torch.Tensor:
    """Logits, float32 of shape (n_words, 3)."""
    bags = [grams(word, BUCKETS) for word in words]
    offsets = torch.tensor([0] + [len(bag) for bag in bags[:-1]]).cumsum(0)
    flat = torch.tensor([gram for bag in bags for gram in bag])
    logits: torch.Tensor = table(flat, offsets)
    return logits


def main() -> None:
    """Collect, fit, round to int8 and write."""
    rng = random.Random(SEED)
    table = fit(collect(rng), rng)
    weights = table.weight.detach().numpy()
    scale = np.float32(np.percentile(np.abs(weights), _CLIPPED) / 127)
    rounded = np.round(weights / scale).clip(-127, 127).astype(np.int8)
    bias = np.zeros(weights.shape[1], np.float32)
    np.savez_compressed(PATH, weights=rounded, scale=scale, bias=bias)


if __name__ == "__main__":
    main()
