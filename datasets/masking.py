"""Masking of personal data: the first step of a message's way, before anything is stored."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import islice

from otklik.datasets.gazetteer import Gazetteer
from otklik.datasets.mask_documents import find_documents
from otklik.datasets.mask_kinds import (
    Found,
    find_fixed,
    highest_numbers,
    without_overlaps,
)
from otklik.datasets.mask_links import find_links
from otklik.datasets.mask_names import Candidate, find_names
from otklik.datasets.mask_phones import find_phones, find_spoken_phones
from otklik.datasets.mask_property import find_flats, find_plates
from otklik.datasets.name_person import Person, same_person
from otklik.datasets.name_streets import street_names
from otklik.datasets.name_words import Words
from otklik.datasets.ner import PERSON, Entity, Ner, make_window

_DIGIT = re.compile(r"\d")
_FEWEST_DIGITS = 5  # of any telephone or document
_BATCH = 64
_MOST_ROUNDS = 5


@dataclass(frozen=True, slots=True)
class MaskedSpan:
    """One masked piece: `start`, `stop` in the original text, `masked_*` in the masked one."""

    kind: str
    start: int
    stop: int
    placeholder: str
    masked_start: int
    masked_stop: int


@dataclass(frozen=True, slots=True)
class Masked:
    """A masked text and what was taken out of it, in text order."""

    text: str
    spans: tuple[MaskedSpan, ...]


class Masker:
    """Replaces personal data by typed placeholders.

    «Меня зовут Ахмед Исаев, тел. 8 928 000-00-00» → «Меня зовут [ФИО], тел. [ТЕЛЕФОН]».
    The same person or number carries the same placeholder throughout a message, another one
    «[ФИО 2]». Masking a masked text changes nothing.

    Parameters
    ----------
    ner : bool
        Let slovnet vote on names that the rules cannot settle. Without it the masker is an order of
        magnitude faster, and blind to lone surnames.
    gazetteer : Gazetteer, optional
        The city's places: its streets survive without a type word too («люк на Хусейна Исаева»).

    Raises
    ------
    MissingExtra
        `ner` is on and the weights are not installed.
    """

    def __init__(self, *, ner: bool = True, gazetteer: Gazetteer | None = None) -> None:
        self._words = Words()
        self._ner = Ner() if ner else None
        self._gazetteer = gazetteer
        self._streets = street_names(gazetteer) if gazetteer else frozenset[str]()

    def __reduce__(self) -> tuple[object, ...]:
        return _build, (self._ner is not None, self._gazetteer)

    def mask(self, text: str) -> Masked:
        """Mask one text."""
        return next(self.mask_many([text]))

    def mask_many(self, texts: Iterable[str]) -> Iterator[Masked]:
        """Mask texts in order; votes of the NER are collected over a batch of texts."""
        source = iter(texts)
        while batch := [_Draft(text) for text in islice(source, _BATCH)]:
            pending = batch
            # What is masked may uncover more («тел. A, B»): go on until a round finds nothing
            for _ in range(_MOST_ROUNDS):
                pending = [draft for draft, found in self._find(pending) if draft.apply(found)]
                if not pending:
                    break
            yield from (Masked(draft.text, tuple(draft.spans)) for draft in batch)

    def _find(self, drafts: list["_Draft"]) -> Iterator[tuple["_Draft", list[Found]]]:
        open_cases: list[tuple[_Draft, list[Found], list[Candidate]]] = []
        for draft in drafts:
            fixed = find_fixed(draft.text)
            found = without_overlaps(_find_structured(draft.text), fixed)
            blocked = fixed + [(item.start, item.stop) for item in found]
            names, candidates = find_names(draft.text, blocked, self._words, self._streets)
            open_cases.append((draft, found + names, candidates))
        votes = self._vote([(draft.text, c) for draft, _, cases in open_cases for c in cases])
        for draft, found, candidates in open_cases:
            elected = [c.found for c in candidates if next(votes)]
            elected.sort(key=lambda item: item.start - item.stop)
            yield draft, without_overlaps(found + elected)

    def _vote(self, cases: list[tuple[str, Candidate]]) -> Iterator[bool]:
        if self._ner is None:
            yield from (not case.needs_vote for _, case in cases)
            return
        windows = [make_window(text, case.found.start, case.found.stop) for text, case in cases]
        for (_, case), entities in zip(cases, self._ner.find(windows), strict=True):
            yield _is_elected(case, entities)


@dataclass(slots=True)
class _Draft:
    """A text on its way: masked so far, with spans in the offsets of the original."""

    text: str
    spans: list[MaskedSpan] = field(default_factory=list)
    known: dict[str, dict[str | Person, str]] = field(default_factory=dict)
    counts: dict[str, int] = field(init=False)

    def __post_init__(self) -> None:
        self.counts = highest_numbers(self.text)

    def apply(self, found: list[Found]) -> bool:
        """Replace what was found; True if anything was."""
        if not found:
            return False
        pieces: list[str] = []
        fresh: list[MaskedSpan] = []
        position = 0
        shift, earlier = 0, 0
        for item in found:
            while earlier < len(self.spans) and self.spans[earlier].masked_stop <= item.start:
                shift = self.spans[earlier].stop - self.spans[earlier].masked_stop
                earlier += 1
            placeholder = self._placeholder(item)
            start, stop = item.start + shift, item.stop + shift
            fresh.append(MaskedSpan(item.kind, start, stop, placeholder, 0, 0))
            pieces += (self.text[position : item.start], placeholder)
            position = item.stop
        self.text = "".join(pieces) + self.text[position:]
        self.spans = _placed(self.spans + fresh)
        return True

    def _placeholder(self, item: Found) -> str:
        known = self.known.setdefault(item.kind, {})
        placeholder = known.get(item.key) or _same_person_in(known, item.key)
        if placeholder is None:
            number = self.counts[item.kind] = self.counts.get(item.kind, 0) + 1
            placeholder = f"[{item.kind}]" if number == 1 else f"[{item.kind} {number}]"
        known[item.key] = placeholder
        return placeholder


def _same_person_in(known: dict[str | Person, str], key: str | Person) -> str | None:
    if not isinstance(key, Person):
        return None
    people = ((other, mark) for other, mark in known.items() if isinstance(other, Person))
    return next((mark for other, mark in people if same_person(other, key)), None)


def _build(ner: bool, gazetteer: Gazetteer | None) -> Masker:
    return Masker(ner=ner, gazetteer=gazetteer)


def _find_structured(text: str) -> Iterator[Found]:
    yield from find_links(text)
    digits = len(_DIGIT.findall(text))
    if digits >= _FEWEST_DIGITS:
        yield from find_documents(text)
        yield from find_phones(text)
    if digits:
        yield from find_plates(text)
    yield from find_flats(text)
    yield from find_spoken_phones(text)


def _is_elected(case: Candidate, entities: list[Entity]) -> bool:
    start, stop = case.found.start, case.found.stop
    kinds = {e.kind for e in entities if e.start < stop and start < e.stop}
    if case.needs_vote:
        return any(e.kind == PERSON and e.start <= start and stop <= e.stop for e in entities)
    return not kinds or PERSON in kinds


def _placed(spans: list[MaskedSpan]) -> list[MaskedSpan]:
    """Spans in text order, each with its place in the masked text."""
    shift = 0
    placed = []
    for span in sorted(spans, key=lambda item: item.start):
        start = span.start + shift
        stop = start + len(span.placeholder)
        placed.append(replace(span, masked_start=start, masked_stop=stop))
        shift += len(span.placeholder) - (span.stop - span.start)
    return placed
