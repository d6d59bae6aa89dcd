"""Given names that are ordinary words too, without a capital: «роза сказала», «вера и зарема»."""

import re

from otklik.datasets.name_alone import is_signature
from otklik.datasets.name_grammar import MAN, WOMAN
from otklik.datasets.name_lexicon import DATIVE, NOMINATIVE, Part
from otklik.datasets.name_line import Line, is_nominative

_THANKS = frozenset({"спасибо", "благодарность", "благодарен", "благодарна", "привет", "передайте"})
# What only people do: a rose and a hope do not «звонят»
_SPEECH = re.compile(
    r"(?:по|пере|от|об|до|под|рас|на|вы|за|при|у|с)?(?:звон|сказ|говор|обеща|треб|крич|хам|груб|пис[аы]|проси"
    r"|спрос|спраш|ответ[ия]|отказ[ыа]|ответ|жал[уо]|работа|помог|объясн|подпис|принял|принима"
    r"|приеха|приезж|лечи|учи|консультир|забра|живет|жил|болеет|болел|чини|вызва|вызыва"
    r"|нахам|нагруб|обслуж|провер|заведует|дежур|уволи|заболе|роди[лв]|сове?ту|благодар)"
)


def is_plain_person(line: Line, i: int, given: Part) -> bool:
    """Whether the words around make a person of a sure given name that is a word as well."""
    return (
        speaks(line, i, given)
        or _is_thanked(line, i, given)
        or _is_with_sure(line, i, given)
        or (is_nominative(given) and is_signature(line, i))
    )


def speaks(line: Line, i: int, given: Part) -> bool:
    """«роза сказала», «звонила вера»: a verb beside of what only people do."""
    genders = (MAN if given.masculine & NOMINATIVE else 0) | (
        WOMAN if given.feminine & NOMINATIVE else 0
    )
    beside = [i - 1] * line.is_joined(i - 1) + [i + 1] * line.is_joined(i)
    return any(
        genders & line.words.grammar.doer(line.folded[k])
        and line.words.grammar.is_single_verb(line.folded[k])
        and bool(_SPEECH.match(line.folded[k]))
        for k in beside
    )


def _is_thanked(line: Line, i: int, given: Part) -> bool:
    """«спасибо розе за терпение»."""
    thanked = line.is_joined(i - 1) and line.folded[i - 1] in _THANKS
    return thanked and bool((given.masculine | given.feminine) & DATIVE)


def _is_with_sure(line: Line, i: int, given: Part) -> bool:
    """«вера и зарема»: joined by «и» to a name that is no ordinary word."""
    for other in (i + 2, i - 2):
        between = min(i, other) + 1
        if not 0 <= other < line.count or not line.is_and(between):
            continue
        if not line.is_joined(between - 1) or line.is_common(other):
            continue
        part = line.given(other)
        if part and line.words.is_sure_given(line.folded[other]):
            return bool((given.masculine | given.feminine) & (part.masculine | part.feminine))
    return False
