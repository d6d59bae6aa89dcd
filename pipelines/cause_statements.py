"""What people give as the cause of a trouble, quoted and put into a class of the ontology."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from otklik.pipelines.cause_grammar import find_claims
from otklik.pipelines.cause_lexicon import OTHER, CauseLexicon, Signs, default_lexicon
from otklik.pipelines.cause_line import Line, is_verb

_LETTER = frozenset(
    {"пишу", "пишем", "обращаюсь", "обращаемся", "обращался", "обращалась", "вынужден", "вынуждены",
     "поэтому", "интересуюсь", "жду", "хочу", "хотим"}
)  # fmt: skip
_REQUEST = frozenset(
    {"прошу", "просим", "просьба", "требую", "требуем", "предлагаю", "предлагаем", "необходимо",
     "нужно", "надо", "рекомендуем", "можно", "пожалуйста", "нужен", "нужна", "уберите", "сделайте",
     "поставьте", "установите", "понимаем", "пониманием"}
)  # fmt: skip
_ASKING = frozenset(
    {"сколько", "когда", "доколе", "почему", "зачем", "как", "где", "кто", "куда"}
)
_CURED = ("восстановлен", "устранен", "заработал", "улучш", "возобновл", "исправн", "нормализ")
_FURTHER = 4
_SOFT = frozenset({OTHER, "бездействие служб", "поведение людей", "право"})
"""Classes that a reason for a wish has as often as a cause: «прошу убрать, так как не убирают»."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A cause as somebody states it: a claim, never the truth.

    `span` is `text[start:stop]`, the words that name the cause without the connective;
    `cause_class` is a code of `models/lexicons/causes.toml` or «прочее».
    """

    span: str
    cause_class: str
    start: int
    stop: int


def find_statements(text: str, lexicon: CauseLexicon | None = None) -> list[Statement]:
    """Statements of cause in a text, in its order; none overlaps another.

    Reasons for writing, courtesy, denied and asked causes are not taken.

    Examples
    --------
    >>> find_statements("Воды нет не из-за погоды, а из-за прорыва трубы.")[0].span
    'прорыва трубы'
    """
    lexicon = lexicon or default_lexicon()
    line = Line(text)
    signs = lexicon.find(line.words)
    if not signs.connectives and not signs.facts:
        return []
    spans = [*_claimed(line, signs, lexicon), *_facts(line, signs)]
    found: list[Statement] = []
    taken: list[tuple[int, int]] = []
    for first, stop, cause_class in spans:
        if any(first < other_stop and other < stop for other, other_stop in taken):
            continue
        taken.append((first, stop))
        start, end = line.words[first].start, line.words[stop - 1].stop
        found.append(Statement(text[start:end], cause_class, start, end))
    return sorted(found, key=lambda statement: statement.start)


def _claimed(line: Line, signs: Signs, lexicon: CauseLexicon) -> list[tuple[int, int, str]]:
    claims = []
    for claim in find_claims(line, signs, lexicon):
        known = signs.class_of(claim.first, claim.stop)
        low, high = line.sentence(claim.first)
        if known is None:
            known = signs.class_of(claim.first, _ahead(line, claim.stop))
        if not claim.sure and (known is None or _is_over(line, claim.stop, high)):
            continue
        cause_class = known or claim.default
        before = [line.word(place) for place in range(low, claim.first)]
        if _is_asked(line, low, high, before) or _is_reason(before, cause_class):
            continue
        claims.append((claim.first, claim.stop, cause_class))
    return claims


def _ahead(line: Line, stop: int) -> int:
    """Place a few words further in the clause: «отсутствием заявок | на участие в торгах»."""
    place = stop
    while place - stop < _FURTHER and not line.ends(place) and not line.gaps[place]:
        if is_verb(line.word(place)):
            break
        place += 1
    return place


def _is_over(line: Line, stop: int, high: int) -> bool:
    """«после ремонта освещение восстановлено»: a cause of the cure."""
    return any(line.word(place).startswith(_CURED) for place in range(stop, high))


def _is_asked(line: Line, low: int, high: int, before: Sequence[str]) -> bool:
    """«это из-за аварии?» asks; «сколько мёрзнуть из-за аварии?» claims."""
    if "?" not in line.gaps[high] if high < len(line.gaps) else True:
        return False
    return not _ASKING.intersection(before) or "или" in before


def _is_reason(before: Sequence[str], cause_class: str) -> bool:
    """A reason for writing or for a wish rather than the cause of a trouble."""
    if _LETTER.intersection(before):
        return True
    return bool(_REQUEST.intersection(before)) and cause_class in _SOFT


def _facts(line: Line, signs: Signs) -> list[tuple[int, int, str]]:
    """Clauses that name a cause without any connective."""
    found = []
    for sign in signs.facts:
        low, high = line.sentence(sign.first)
        if high < len(line.gaps) and "?" in line.gaps[high]:
            continue
        first, stop = sign.first, sign.last + 1
        while first > low and not line.gaps[first]:
            first -= 1
        while stop < high and not line.gaps[stop]:
            stop += 1
        found.append((first, stop, sign.fact))
    return found


Finder = Callable[[str], list[Statement]]
