"""What people give as the cause of a trouble, quoted and put into a class of the ontology."""

from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass

from otklik.pipelines.cause_grammar import Claim, find_claims
from otklik.pipelines.cause_lexicon import HEAD, OTHER, CauseLexicon, Signs, default_lexicon
from otklik.pipelines.cause_line import Line, is_imperative, is_verb

_LETTER = frozenset(
    {"пишу", "пишем", "обращаюсь", "обращаемся", "обращался", "обращалась", "вынужден", "вынуждены",
     "интересуюсь", "жду", "хочу", "хотим"}
)  # fmt: skip
_REQUEST = frozenset(
    {"прошу", "просим", "просьба", "требую", "требуем", "предлагаю", "предлагаем", "необходимо",
     "нужно", "надо", "рекомендуем", "можно", "пожалуйста", "нужен", "нужна", "уберите", "сделайте",
     "требование", "требуется", "необходима", "необходимы", "поставьте", "установите", "понимаем",
     "пониманием"}
)  # fmt: skip
_ASKING = frozenset({"сколько", "когда", "доколе", "почему", "зачем", "как", "где", "кто", "куда"})
_SUPPOSED = frozenset({"если", "случае", "независимо"})
# «после ремонта освещение восстановлено», «будет установлена после ремонта»: no trouble
_CURED = ("восстановлен", "устранен", "заработал", "улучш", "возобновл", "исправн", "нормализ",
          "будет", "будут", "планир", "определя", "удален", "прилага", "фотофиксац")  # fmt: skip
_FURTHER = 4
_FACT_REACH = 6
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
    claimed = _claimed(line, signs)
    spans = [*claimed, *_facts(line, signs, {line.sentence(first) for first, _, _ in claimed})]
    found: list[Statement] = []
    taken: list[tuple[int, int]] = []
    for first, stop, cause_class in spans:
        if any(first < other_stop and other < stop for other, other_stop in taken):
            continue
        taken.append((first, stop))
        start, end = line.words[first].start, line.words[stop - 1].stop
        found.append(Statement(text[start:end], cause_class, start, end))
    return sorted(found, key=lambda statement: statement.start)


def _claimed(line: Line, signs: Signs) -> list[tuple[int, int, str]]:
    claims = []
    for claim in find_claims(line, signs):
        low, high = line.sentence(claim.first)
        head = claim.takes == "noun"
        known = signs.class_of(claim.first, claim.stop, head=head) or signs.class_of(
            claim.first, _ahead(line, claim.stop), least=1.0
        )
        if not claim.sure and _is_weak(line, signs, claim, known):
            continue
        cause_class = known or claim.default
        before = [line.word(place) for place in range(low, claim.first)]
        beside = before + [line.word(place) for place in range(claim.stop, high) if claim.opening]
        if (
            _is_asked(line, high, before)
            or _SUPPOSED.intersection(before)
            or _is_reason(before, beside, cause_class)
        ):
            continue
        claims.append((claim.first, claim.stop, cause_class))
    return claims


def _is_weak(line: Line, signs: Signs, claim: Claim, known: str | None) -> bool:
    """Whether words that only sometimes bring in a cause do not here."""
    if known is None or (claim.takes != "noun" and known in _SOFT):
        return True
    # «после направления обращения о незаконной рекламе»: the head is no cause
    if claim.takes == "noun" and not signs.class_of(claim.first, claim.first + HEAD + 1, least=1.0):
        return True
    low, high = line.sentence(claim.first)
    return any(
        line.word(place).startswith(_CURED)
        for place in range(low, high)
        if place not in range(claim.first, claim.stop)
    )


def _ahead(line: Line, stop: int) -> int:
    """Place a few words further in the clause: «отсутствием заявок | на участие в торгах»."""
    place = stop
    while place - stop < _FURTHER and not line.ends(place) and not line.gaps[place]:
        if is_verb(line.word(place)):
            break
        place += 1
    return place


def _is_asked(line: Line, high: int, before: Sequence[str]) -> bool:
    """«это из-за аварии?» asks; «сколько мёрзнуть из-за аварии?» claims."""
    if "?" not in line.gaps[high]:
        return False
    return not _ASKING.intersection(before) or "или" in before


def _is_reason(before: Sequence[str], beside: Sequence[str], cause_class: str) -> bool:
    """A reason for writing or for a wish rather than the cause of a trouble."""
    if _LETTER.intersection(before):
        return True
    return cause_class in _SOFT and any(word in _REQUEST or is_imperative(word) for word in beside)


def _facts(
    line: Line, signs: Signs, claimed: Container[tuple[int, int]]
) -> list[tuple[int, int, str]]:
    """Clauses that name a cause without any connective, in sentences that have none."""
    found = []
    for sign in signs.facts:
        low, high = line.sentence(sign.first)
        if "?" in line.gaps[high] or (low, high) in claimed:
            continue
        first, stop = sign.first, sign.last + 1
        # In a text without any marks the clause has no edges.
        while first > max(low, sign.first - _FACT_REACH) and not line.gaps[first]:
            first -= 1
        while stop < min(high, sign.last + _FACT_REACH) and not line.gaps[stop]:
            stop += 1
        found.append((first, stop, sign.fact))
    return found


Finder = Callable[[str], list[Statement]]
