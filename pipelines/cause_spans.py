"""How far a cause reaches: noun phrases and clauses of Russian by shallow rules."""

from collections.abc import Callable
from functools import lru_cache

from otklik.datasets.place_morphology import readings
from otklik.pipelines.cause_line import Line, cases_of, is_verb, part_of_speech

MOST_IN_PHRASE = 14
MOST_IN_CLAUSE = 24
_AND = frozenset({"и", "или", "либо", "а также", "да"})
# After these a new clause begins that is no part of the cause.
_TURNS = frozenset(
    {"поэтому", "потому", "но", "однако", "хотя", "чтобы", "если", "то", "прошу", "просим", "вот",
     "пожалуйста", "оттого", "отсюда", "требую", "требуем", "зато", "что", "так", "ведь", "когда",
     "из-за", "следовательно", "соответственно"}
)  # fmt: skip
# Prepositions that tie a noun to the one before wherever the phrase stands.
_TYING = frozenset({"с", "со", "между", "для", "без", "из", "против", "о", "об", "от", "у"})
_DEGREE = frozenset({"не", "очень", "слишком", "крайне", "столь", "же", "еще", "плохо", "давно"})


def noun_phrase(line: Line, first: int, cases: frozenset[str], *, opening: bool) -> int:
    """Place after the noun phrase that begins at `first`; `first` itself where none does.

    Parameters
    ----------
    cases : frozenset of str
        Cases of the noun, in pymorphy's terms.
    opening : bool
        The phrase opens its clause: «из-за аварии в доме нет воды» — the words after a preposition
        of place belong to the clause, not to the cause.
    """
    place = first
    head = False
    allowed = cases
    while place < len(line) and place - first < MOST_IN_PHRASE:
        word = line.word(place)
        gap = line.gaps[place]
        if place > first and gap not in ("", "«", "»", '"', "''"):
            step = _over_gap(line, place, gap, cases) if head else place
            if step == place:
                break
            place = step
            continue
        part = part_of_speech(word)
        if word in _AND and head:
            if not _coordinated(line, place + 1, cases | {"gent"}):
                break
            allowed = cases | {"gent"}
        elif part == "PREP" and head:
            if opening and word not in _TYING:
                break
            if not cases_of(line.word(place + 1)) or line.word(place + 1) == "сих":
                break
            allowed = frozenset({"gent", "datv", "accs", "ablt", "loct"})
        elif word in _DEGREE:
            if not cases_of(line.word(place + 1)):
                break
        elif cases_of(word) and not _only_verb(word):
            if not cases_of(word) & allowed:
                break
            if part_of_speech(word) in ("NOUN", "None") or "NOUN" in _parts(word):
                head = True
                allowed = allowed | {"gent"}
        elif (
            part == "INFN" and head and line.word(place - 1).startswith(("необходимост", "запрет"))
        ):
            pass
        else:
            break
        place += 1
    if not head:
        return first
    stop = _without_subject(line, first, place) if opening else place
    while stop > first and part_of_speech(line.word(stop - 1)) in ("PREP", "CONJ", "PRCL"):
        stop -= 1
    return stop


def clause_after(line: Line, first: int, *, opening: bool) -> int:
    """Place after the clause that begins at `first`.

    Parameters
    ----------
    opening : bool
        The clause opens the sentence («так как труба лопнула, воды нет»): a comma ends it.
    """
    place = first + 1
    while place < len(line) and place - first < MOST_IN_CLAUSE and not line.ends(place):
        gap, word = line.gaps[place], line.word(place)
        if any(mark in gap for mark in "()—–") or gap == ":":
            break
        if "," in gap and (word in _TURNS or (opening and not _goes_on(line, first, place))):
            break
        place += 1
    return place


def clause_before(line: Line, stop: int, good: Callable[[int, int], bool]) -> int | None:
    """First word of the shortest run of clauses before `stop`, in one sentence, that is `good`."""
    first = stop - 1
    if first < 0:
        return None
    while True:
        edge = line.ends(first)
        if (edge or line.gaps[first]) and good(first, stop):
            return first
        if edge or stop - first >= MOST_IN_CLAUSE:
            return None
        first -= 1


def _over_gap(line: Line, place: int, gap: str, cases: frozenset[str]) -> int:
    """Place to go on from behind a mark inside of a phrase; `place` itself where it ends."""
    if "," not in gap or line.ends(place):
        return place
    word = line.word(place)
    if word.startswith("котор") or part_of_speech(word) == "PRTF":
        stop = place + 1
        while not line.ends(stop) and not line.gaps[stop] and stop - place < MOST_IN_PHRASE:
            stop += 1
        return stop
    return place + 1 if _coordinated(line, place, cases) else place


def _coordinated(line: Line, place: int, cases: frozenset[str]) -> bool:
    """Whether the words at a place go on with a list of nouns in the case."""
    word = line.word(place)
    if line.ends(place) or not cases_of(word) & cases or _only_verb(word):
        return False
    # «…из-за аварии, жители сидят без воды»: a subject, not a second cause.
    ahead = line.word(place + 1)
    return "nomn" not in cases_of(word) or not (is_verb(ahead) or ahead == "не")


def _goes_on(line: Line, first: int, place: int) -> bool:
    word = line.word(place)
    return word.startswith("котор") or part_of_speech(word) == "PRTF" or place - first < 2


def _without_subject(line: Line, first: int, stop: int) -> int:
    """Cut the subject of the clause off: «из-за гололёда | маршрутки не доезжают»."""
    ahead = line.word(stop)
    if stop < len(line) and line.gaps[stop]:
        return stop
    verb = ahead if ahead != "не" else line.word(stop + 1)
    if not is_verb(verb) or verb in ("нет", "нету"):
        return stop
    place = stop - 1
    while place > first and part_of_speech(line.word(place)) not in ("PREP", "CONJ"):
        if "nomn" not in cases_of(line.word(place)):
            break
        place -= 1
    place += 1
    if place <= first or place >= stop or not _agrees(line.word(stop - 1), verb):
        return stop
    # «из-за прорыва труб вода ушла»: as many words as may be the subject, but one noun at least
    # stays with the connective.
    kept = any("NOUN" in _parts(line.word(own)) for own in range(first, place))
    return place if kept else stop


@lru_cache(maxsize=65536)
def _agrees(noun: str, verb: str) -> bool:
    numbers = {r.number for r in readings(noun) if r.case == "nomn"}
    return any(r.number in numbers for r in readings(verb) if r.pos in ("VERB", "PRTS", "ADJS"))


@lru_cache(maxsize=65536)
def _parts(word: str) -> frozenset[str]:
    return frozenset(reading.pos for reading in readings(word))


@lru_cache(maxsize=65536)
def _only_verb(word: str) -> bool:
    """A word whose likeliest reading is a verb, or a word of service («нет», «мы», «все»)."""
    first = readings(word)[0]
    return first.pos in ("VERB", "PRTS", "CONJ", "PRCL", "INFN", "PRED", "GRND") or (
        first.pos == "NPRO"
    )
