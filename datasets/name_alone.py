"""What stands around a single word that may be a name."""

import re

from otklik.datasets.name_lexicon import ALL_CASES, DATIVE
from otklik.datasets.name_line import Line, is_genitive, is_nominative
from otklik.datasets.name_words import STRANGE, SURNAME_LIKE

_OF_STREET = frozenset(
    {"на", "по", "до", "с", "от", "вдоль", "возле", "около", "напротив", "между", "через", "угол"}
)
_SENTENCE_START = re.compile(r"(?:^|[.!?\n…»])[\s\"«(-]*$")
# Of the surnames that no list knows only these are worth a vote when they stand alone
_SURE_ALONE = re.compile(
    r"(?:[ое]в|ин)(?:а|у|ым|е|ой|ы|ых|ыми)?$|(?:енко|дзе|швили|чук|юк|янц?)(?:а|у|ом|ем|е)?$"
)
_SIGNED = re.compile(r"[\n.!?,][\s.,!-]*")
_OF_PERSON = frozenset({"у", "к", "ко", "словам"})
_OF_PLACE = frozenset({"в", "во", "на", "из", "до", "рп", "пос", "со", "через", "за", "под"})
_OF_FAMILY = frozenset(
    {"у", "к", "от", "про", "дом", "дома", "дому", "двор", "двора", "квартира", "квартире"}
)


def opens_sentence(line: Line, i: int) -> bool:
    """Whether the capital of word `i` says nothing."""
    start = line.spans[i][0]
    return bool(_SENTENCE_START.search(line.text, max(0, start - 8), start))


def is_greeted(line: Line, i: int) -> bool:
    """«Здравствуйте, Марина», «Марина, здравствуйте»."""
    before = "greeting" in line.section(i - 1) and line.gap(i - 1).strip() in ("", ",", "!")
    return before or ("greeting" in line.section(i + 1) and line.gap(i).strip() == ",")


def is_called_upon(line: Line, i: int) -> bool:
    """«Ислам, брат, …» and «Маша, Петя и Соня»: so plain that the name may be a word too."""
    if not line.words.is_sure_given(line.folded[i]) or line.is_joined(i - 1):
        return False
    kin = "kin" in line.section(i + 1) and line.gap(i).strip() == ","
    return kin or opens_long_list(line, i)


def is_signature(line: Line, i: int) -> bool:
    """«… жду ответа. Марина»."""
    if i != line.count - 1 or i == 0:
        return False
    tail = line.text[line.spans[i][1] :].strip(" .!\n)")
    return not tail and bool(_SIGNED.fullmatch(line.gap(i - 1)))


def opens_list(line: Line, i: int) -> bool:
    """«Хасан и Хусейн»: two given names in one case."""
    one, other = line.given(i), line.given(i + 2) if line.is_and(i + 1) else None
    shown = line.is_capital(i) and line.is_capital(i + 2)
    if not one or not other or (line.is_common(i + 2) and not shown):
        return False
    return bool((one.masculine | one.feminine) & (other.masculine | other.feminine))


def opens_long_list(line: Line, i: int) -> bool:
    """«Маша, Петя и Соня»: three names in a row, so that each may be an ordinary word too."""
    if not line.is_and(i + 2) or line.gap(i).strip() not in ("", ","):
        return False
    parts = [line.given(i), line.given(i + 1), line.given(i + 3)]
    sure = all(
        line.words.is_sure_given(line.folded[k]) for k in (i, i + 1, i + 3) if k < line.count
    )
    cases = ALL_CASES
    for part in parts:
        cases &= part.masculine | part.feminine if part else 0
    return sure and bool(cases)


def is_addressed(line: Line, i: int) -> bool:
    """«к Римскому-Волкову»: nobody goes «к» a street, so the dative is a person's."""
    surname, word = line.surname(i), line.folded[i]
    before = line.folded[i - 1] if line.is_joined(i - 1) else ""
    if before not in ("к", "ко") or surname is None or not line.flags[i] & SURNAME_LIKE:
        return False
    sure = _SURE_ALONE.search(word) or "-" in word  # «к Кировскому» waits for its noun
    if not sure or line.words.is_toponym(word) or is_explained(line, i):
        return False
    shown = line.is_capital(i) or not line.has_capitals
    return shown and bool((surname.masculine | surname.feminine) & DATIVE)


def follows_capital(line: Line, i: int) -> bool:
    """«Ыгыл Ачылбай»: two unknown words, both capitalised."""
    if not (line.is_joined(i - 1) and line.is_capital(i - 1) and line.is_capital(i)):
        return False
    return line.is_unlisted(i - 1) and not line.is_known(i - 1) and not is_explained(line, i - 1)


def is_explained(line: Line, i: int) -> bool:
    """Whether an unknown word that nothing announces is better explained without a person."""
    word = line.folded[i]
    return bool(line.words.is_coined(word)) or line.words.is_slip(word)


def may_be_called(line: Line, i: int) -> bool:
    """Whether the word after «зовут» may be a name; a verb is none: «… беспокоит. Скажите»."""
    word = line.folded[i]
    nominal = (
        not line.is_common(i) or line.words.grammar.cases(word) or line.words.noun_surname(word)
    )
    return bool(nominal) and not line.section(i)


def is_strange_surname(line: Line, i: int) -> bool:
    """«саида тлехуч»: an unknown word beside a given name that all know."""
    given = line.words.is_sure_given(line.folded[i - 1]) and not line.is_common(i - 1)
    strange = line.flags[i] & STRANGE and not is_explained(line, i)
    return bool(given and strange)


def is_family(line: Line, i: int) -> bool:
    """«дом Хасиевых», «у Падаровых», «соседи Дудаевы»: a plural that names a whole family."""
    if not line.words.is_family(line.folded[i]) or not line.is_joined(i - 1):
        return False
    return line.folded[i - 1] in _OF_FAMILY


def follows_unknown(line: Line, i: int) -> bool:
    """«элдар джанибеков»: no list knows the first word, and capitals say nothing."""
    return not line.has_capitals and line.is_joined(i - 1) and line.is_unlisted(i - 1)


def may_be_surname(line: Line, i: int) -> bool:
    """Worth the NER's vote after a given name: an unknown word, or a capitalised one."""
    if line.section(i) or line.given(i) or len(line.raw[i]) < 3:
        return False
    if line.is_unlisted(i) or line.is_capital(i):
        return True
    given, noun = line.given(i - 1), line.words.noun_surname(line.folded[i])
    if line.has_capitals or line.is_common(i - 1) or not given or not noun:
        return False
    return bool((given.masculine | given.feminine) & (noun.masculine | noun.feminine))


def may_be_given(line: Line, i: int) -> bool:
    """Worth the NER's vote after a surname: an unknown word, or a rare name («исаева дана»)."""
    if not line.is_joined(i - 1) or line.flags[i] & SURNAME_LIKE:
        return False
    if not line.is_capital(i) and line.has_capitals:
        return False
    return line.is_unlisted(i) or bool(line.words.ordinary_given(line.folded[i]))


def stands_out(line: Line, i: int) -> bool:
    """Worth the NER's vote: an unknown word after «у» or «к», or capitalised in mid-sentence."""
    if not line.flags[i] & STRANGE:
        return False
    before = line.folded[i - 1] if line.is_joined(i - 1) else ""
    if line.is_capital(i):
        return before not in _OF_PLACE and not opens_sentence(line, i)
    return before in _OF_PERSON and not line.has_capitals


def may_stand_alone(line: Line, i: int) -> bool:
    """Worth the NER's vote as a lone surname: the right shape, no ordinary word, no street."""
    if line.is_common(i) or line.is_acronym(i) or _follows_abbreviation(line, i):
        return False
    if not _SURE_ALONE.search(line.folded[i]) and not _is_double(line, i):
        return False
    if is_explained(line, i):
        return False
    part = line.surname(i)
    if line.words.is_toponym(line.folded[i]) and not (part and is_nominative(part)):
        # «в сторону Курска», but «поехала к Вяткину»
        return line.is_joined(i - 1) and line.folded[i - 1] in _OF_PERSON
    if not line.is_capital(i) and line.has_capitals:
        return False
    return not _is_street(line, i)


def _is_double(line: Line, i: int) -> bool:
    """«Муриевой-Гольц»: a first half that only a surname has."""
    head, _, last = line.folded[i].partition("-")
    halves = len(last) > 2 and _SURE_ALONE.search(head) and not line.words.is_known(last)
    return bool(halves and not line.is_known(i))


def _follows_abbreviation(line: Line, i: int) -> bool:
    """«администрация г. Дмитриева»: the town, not its mayor."""
    before = line.raw[i - 1] if i else ""
    return before in ("г", "с", "д", "п", "пос", "дер") and line.is_dotted(i - 1)


def _is_street(line: Line, i: int) -> bool:
    """«на Кирова», «с Исаева до Гагарина»: a bare genitive after such words is a street."""
    part = line.surname(i)
    return bool(part and is_genitive(part) and i and line.folded[i - 1] in _OF_STREET)
