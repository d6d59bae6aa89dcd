"""Where a connective's cause stands: one rule a kind of connective, each gives words or nothing."""

from collections.abc import Callable
from dataclasses import dataclass

from otklik.models.cues import STOP
from otklik.pipelines.cause_lexicon import Sign, Signs
from otklik.pipelines.cause_line import Line, cases_of, is_verb, part_of_speech
from otklik.pipelines.cause_spans import clause_after, clause_before, noun_phrase

_LINK = ("стал", "явля", "явил", "послуж", "оказал", "был", "служ")
_REACH = 7
_FALSE_START = ("вступ", "независим", "зависим", "вне зависим")
_NOT = frozenset({"не", "ни", "ничуть", "нисколько"})
_MEANS_NOTHING = ("необходимост", "проведени", "организаци")
_POINTING = frozenset(
    {"этого", "этим", "этому", "него", "нее", "них", "ним", "ней", "ними", "вас", "нас", "меня",
     "тебя", "чего", "чем", "кого", "того", "тем", "всего", "неизвестной", "непонятной", "какой",
     "какого", "каких", "неизвестным", "непонятным", "разным", "моего", "вашего", "вашим", "моим",
     "собой", "данной", "данного", "своей", "неустановленной", "которого", "которой", "которых"}
)  # fmt: skip
# Who reports that a trouble is over reports no cause.
_OVER = ("устранен", "восстановлен", "выполнен", "завершен", "заверш", "проведен", "почин",
         "убран", "отсутствуют наруш")  # fmt: skip
_PROMISED = ("буду", "будет", "обеща", "сделают", "починят", "придут", "приедут")
_LIKENESS = frozenset(
    {"надо", "нужно", "положено", "обещали", "удобно", "раньше", "всегда", "и", "быть", "хочется",
     "хотят", "им", "следует", "жить", "должно"}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Claim:
    """Words `first` up to `stop` that name a cause; `default` is its class if no phrase decides."""

    first: int
    stop: int
    sure: bool
    default: str
    takes: str
    opening: bool


Rule = Callable[[Line, Signs, Sign], tuple[int, int] | None]


def find_claims(line: Line, signs: Signs) -> list[Claim]:
    """Causes that connectives bring in; the surest kind of connective comes first."""
    claims = []
    for sign in sorted(signs.connectives, key=_surest):
        connective = sign.connective
        if connective is None or _denied(line, sign.first):
            continue
        if connective.near:
            low, _ = line.sentence(sign.first)
            if not signs.lexicon.is_near(connective, line.words[low : sign.first]):
                continue
        words = _RULES[connective.takes](line, signs, sign)
        if words is not None and words[0] < words[1]:
            opening = sign.first == 0 or line.words[sign.first].mark == STOP
            takes = connective.takes
            claims.append(Claim(*words, connective.sure, connective.default, takes, opening))
    return claims


def _surest(sign: Sign) -> int:
    assert sign.connective is not None
    return list(_RULES).index(sign.connective.takes)


def _denied(line: Line, first: int) -> bool:
    """«не из-за погоды», «вовсе не потому что», «вступления в силу», «независимо от того, что»."""
    if line.word(first - 1).startswith(_FALSE_START):
        return True
    return line.word(first - 1) in _NOT and not line.ends(first) and not line.gaps[first]


def _noun(line: Line, signs: Signs, sign: Sign) -> tuple[int, int] | None:
    assert sign.connective is not None
    first = sign.last + 1
    if line.ends(first):
        return None
    if line.word(first) in ("не", "ни"):
        after = _contrast(line, first)
        if after is None:
            return None
        first = after
    if line.word(first) in ("того", "тем", "том", "то", "факта") and line.word(first + 1) == "что":
        return _tail(line, sign, first + 2)
    if line.word(first) in _POINTING and not _is_nominal(line, first + 1):
        return None
    if line.word(first) in _POINTING or _is_no_cause(line, signs, first):
        return None
    # Such a colon is a list: «по следующим причинам: износ, отсутствие средств».
    opening = sign.first == 0 or line.words[sign.first].mark == STOP
    cases = sign.connective.cases
    if line.gaps[first] and line.gaps[first] not in ("«", '"'):
        return None
    stop = noun_phrase(line, first, cases, opening=opening)
    return (first, stop) if stop > first else None


def _is_nominal(line: Line, place: int) -> bool:
    """Whether a noun or adjective may stand at a place, in the same clause."""
    return not line.ends(place) and not line.gaps[place] and bool(cases_of(line.word(place)))


def _contrast(line: Line, first: int) -> int | None:
    """«вызваны не погодой, а износом»: place of the word that is claimed."""
    place = first + 1
    while not line.ends(place):
        if line.word(place) in ("а", "но") and line.gaps[place]:
            ahead = place + 1
            return ahead + 1 if part_of_speech(line.word(ahead)) == "PREP" else ahead
        place += 1
    return None


def _clause(line: Line, signs: Signs, sign: Sign) -> tuple[int, int] | None:
    first = sign.last + 1
    words = [line.word(place) for place in range(sign.first, first)]
    if line.quote(sign.first, first) == "ТК" and not line.text.isupper():
        return None  # a shopping centre, a code of labour
    if words[:2] == ["так", "как"] and (
        line.gaps[sign.first + 1]
        or (not line.gaps[sign.first] and sign.first and line.word(first) in _LIKENESS)
        or line.word(first) == "быть"
    ):
        return None
    return _tail(line, sign, first)


def _tail(line: Line, sign: Sign, first: int) -> tuple[int, int] | None:
    """Clause that follows a connective."""
    if line.ends(first) or line.word(first) == "из-за":  # the inner connective makes the claim
        return None
    opening = sign.first == 0 or line.words[sign.first].mark == STOP
    return first, clause_after(line, first, opening=opening)


def _result(line: Line, signs: Signs, sign: Sign) -> tuple[int, int] | None:
    first, stop = sign.first, sign.first
    if line.word(sign.last + 1) in ("что", "как"):
        return None
    if line.word(first - 1) in ("и", "а", "вот") and first - 1 > 0 and not line.ends(first):
        stop = first - 1
    if line.ends(first) or line.ends(stop):
        return None
    if not line.gaps[stop] and line.word(sign.first) in ("потому", "теперь", "с", "так", "и"):
        return None
    start = clause_before(line, stop, lambda a, b: signs.class_of(a, b) is not None)
    if start is None:
        return None
    while start < stop and part_of_speech(line.word(start)) in ("CONJ", "PRCL"):
        start += 1
    return start, stop


def _effect(line: Line, signs: Signs, sign: Sign) -> tuple[int, int] | None:
    stop = sign.first
    if line.ends(stop) or line.gaps[stop]:
        return None
    start = stop
    while not line.ends(start) and not line.gaps[start] and stop - start < _REACH + 3:
        start -= 1
    start = max(start, 0)
    subject = line.word(start)
    if subject in ("это", "что", "чем", "который", "которая", "которое", "которые", "я", "мы"):
        return None
    while start < stop and part_of_speech(line.word(start)) in ("CONJ", "PRCL"):
        start += 1
    # «чем вызвал», «жители вызвали скорую»: only what a class knows can cause.
    return (start, stop) if signs.class_of(start, stop) is not None else None


def _named(line: Line, signs: Signs, sign: Sign) -> tuple[int, int] | None:
    word = line.word(sign.first)
    if line.word(sign.first - 1) in ("по", "нет", "без", "какая", "какова", "никаких", "другая"):
        return None
    if word.startswith("виноват"):
        first = sign.last + 1
        if line.ends(first) or line.word(first) in ("в", "перед", "и", "кто"):
            return None
        return _nominative(line, signs, first, sure=False)
    if "виной" in (word, line.word(sign.last)):
        return _nominative(line, signs, sign.last + 1, sure=True)
    place = sign.last + 1
    # «причиной повторных отключений стал износ», «причина протечки — износ»
    while not line.ends(place) and place - sign.last <= _REACH:
        gap, here = line.gaps[place], line.word(place)
        if any(mark in gap for mark in "—–-:"):
            return _nominative(line, signs, place, sure=True)
        if gap:
            return None
        if here.startswith(_LINK):
            if line.word(place - 1) == "не":
                return None
            return _nominative(line, signs, place + 1, sure=True)
        if is_verb(here):
            return None
        place += 1
    return None


def _nominative(line: Line, signs: Signs, first: int, *, sure: bool) -> tuple[int, int] | None:
    """Cause in the nominative, or a clause with «то, что»."""
    if line.ends(first):
        return None
    if line.word(first) in ("в", "во"):  # «причина была в протечке»
        stop = noun_phrase(line, first + 1, frozenset({"loct"}), opening=False)
        return (first + 1, stop) if stop > first + 1 else None
    words = [line.word(first + ahead) for ahead in range(3)]
    if words[:2] == ["то", "что"] or words[:2] == ["том", "что"]:
        return first + 2, clause_after(line, first + 2, opening=False)
    if words[0] in _NOT or part_of_speech(words[0]) == "PRTS":  # «причина была устранена»
        return None
    stop = noun_phrase(line, first, frozenset({"nomn", "ablt"}), opening=False)
    tail = clause_after(line, first, opening=False)
    # «причина простая: никому ничего не надо»: a clause, not a noun.
    if stop <= first or (stop < tail and is_verb(line.word(stop)) and signs.class_of(first, tail)):
        stop = tail
    if not sure and signs.class_of(first, stop) is None:
        return None
    return first, stop


def _heard(line: Line, signs: Signs, sign: Sign) -> tuple[int, int] | None:
    """«сказали, что нет запчастей», «в ответе: авария на сетях»."""
    first = sign.last + 1
    for _ in range(3):  # «сказали в диспетчерской, что»
        if line.ends(first):
            return None
        if line.word(first) == "что" or ":" in line.gaps[first]:
            break
        first += 1
    else:
        return None
    first += line.word(first) == "что"
    if line.ends(first):
        return None
    stop = clause_after(line, first, opening=False)
    told = " ".join(line.word(place) for place in range(first, stop))
    if signs.class_of(first, stop) is None or any(word in told for word in _OVER + _PROMISED):
        return None
    return first, stop


def _is_no_cause(line: Line, signs: Signs, first: int) -> bool:
    """«в связи с вашим обращением», «из-за угла»: looks at the head of the phrase."""
    before = line.word(first - 1)
    for place in range(first, first + 3):
        word = line.word(place)
        if not word or (place > first and line.ends(place)):
            return False
        if signs.lexicon.is_no_cause(word) or (before == "после" and signs.lexicon.is_moment(word)):
            return True
        if part_of_speech(word) == "NOUN" and not word.startswith(_MEANS_NOTHING):
            return False
    return False


_RULES: dict[str, Rule] = {
    "noun": _noun,
    "named": _named,
    "clause": _clause,
    "effect": _effect,
    "result": _result,
    "heard": _heard,
}
