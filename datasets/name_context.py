"""Sentences in which a lone word built like a name means a person, in any letter case."""

import re
from enum import Enum

from otklik.datasets.name_alone import is_signature, opens_sentence
from otklik.datasets.name_grammar import MAN, WOMAN
from otklik.datasets.name_lexicon import (
    ALL_CASES,
    DATIVE,
    GENITIVE,
    INSTRUMENTAL,
    NOMINATIVE,
    PREPOSITIONAL,
    Part,
)
from otklik.datasets.name_line import Line, is_nominative
from otklik.datasets.name_pairs import is_likely
from otklik.datasets.name_plain import speaks
from otklik.datasets.name_words import BORNE, BUILDING, LIKELY, PLACE, POST, SURE, SURNAME_LIKE

_MOST_FILLERS = 3
_NO_PEOPLE = frozenset({"place", "building", "organisation"})
_CERTAIN = 0.9  # likeness that needs no vote
_ANY = Part(ALL_CASES, ALL_CASES, frozenset())
_ADJECTIVE = re.compile(r"[сц]к(?:ий|ого|ому|им|ом|ая|ой|ую)$")
_STREET_PREPOSITIONS = frozenset(
    {"на", "по", "с", "со", "до", "от", "около", "возле", "вдоль", "через", "угол", "напротив"}
)
_PLACE_ABBREVIATIONS = frozenset({"г", "с", "д", "п", "р", "пос", "дер", "ст", "х", "мкр", "зав"})
_PLACE_PREPOSITIONS = frozenset({"в", "во", "из", "под", "за", "рп", "пос"})
# Words that govern the genitive of a person rather than of a street
_OF_WHOM = frozenset(
    {
        "у", "от", "слов", "вине", "мнению", "просьбе", "указанию", "приказу", "распоряжению",
        "помощи", "помощью", "стороны", "имя", "имени", "против", "кроме", "вместо", "для", "про",
        "без", "ради", "насчет",
    }
)  # fmt: skip
_POINTERS = frozenset(
    {"это", "я", "где", "почему", "кто", "зачем", "пусть", "даже", "такой", "такая"}
)
_SENT = frozenset({"жалоба", "заявление", "обращение", "ответ", "письмо", "просьба", "отписка"})
_FROM_HOME = frozenset({"из", "с", "со"})
_HOMES = (
    "дом", "этаж", "подъезд", "квартир", "двор", "улиц", "сосед", "регистратур", "подстанц",
    "управляющ", "деревн", "школ", "сад", "поликлиник", "диспетчер", "первого", "второго",
    "третьего", "четвертого", "пятого", "шестого", "седьмого", "восьмого", "девятого", "почт",
)  # fmt: skip


class Verdict(Enum):
    """What the sentence says of a lone name; UNLESS_PLACE: a person if the NER sees no place."""

    PERSON = "person"
    UNLESS_PLACE = "unless place"
    UNKNOWN = "unknown"


def judge_surname(line: Line, i: int, surname: Part) -> Verdict:
    """Whether word `i`, a surname and hardly anything else, is a person here."""
    if not _is_bare_name(line, i):
        return Verdict.UNKNOWN
    if _acts(line, i, surname) or is_resident(line, i) or is_signature(line, i):
        return Verdict.PERSON
    shaped = bool(line.flags[i] & SURNAME_LIKE)
    if shaped and (_is_oblique(line, i, surname) or _is_governed(line, i, surname)):
        return Verdict.PERSON
    if line.is_joined(i - 1) and line.folded[i - 1] in _STREET_PREPOSITIONS:
        return Verdict.UNKNOWN
    if _ADJECTIVE.search(line.folded[i]) and not line.is_known(i):
        return Verdict.UNKNOWN
    man = surname.masculine & NOMINATIVE and not surname.masculine & GENITIVE
    return Verdict.PERSON if shaped and man else Verdict.UNLESS_PLACE


def judge_strange(line: Line, i: int) -> Verdict:
    """The same for a word without the shape of a surname: «шихкерим», «дьулус»."""
    likely = is_likely(line, i) and is_sure_name(line, i) and not _follows_place(line, i)
    if likely and _acts(line, i, _ANY, after_only=True):
        return Verdict.PERSON
    if not (line.flags[i] & LIKELY and _is_bare_name(line, i)) or _is_slip(line, i):
        return Verdict.UNKNOWN
    if _acts(line, i, _ANY) or is_resident(line, i) or is_signature(line, i):
        return Verdict.PERSON
    before = line.folded[i - 1] if line.is_joined(i - 1) else ""
    if before in _STREET_PREPOSITIONS - {"с", "со", "от"}:
        return Verdict.UNKNOWN
    # In small letters the NER takes «шынарбек» for a place
    plain = not line.has_capitals and line.words.likeness(line.folded[i]).name >= _CERTAIN
    return Verdict.PERSON if plain else Verdict.UNLESS_PLACE


def judge_noun(line: Line, i: int, *, posted: bool) -> Part | None:
    """«волков обещал», «бухгалтер сокол насчитала»: beings of which one acts like a resident.

    `posted`: a word for a post stands before. Without it only «волков» is taken, not «сокол».
    """
    if line.section(i) or (line.has_capitals and not line.is_capital(i)):
        return None
    word = line.folded[i]
    lone = line.words.nouns.herd_surname(word) or _tagged(line, i)
    lone = lone or (_posted(line, i) if posted else None)
    if lone is None and line.words.nouns.is_borne(word) and speaks(line, i, _ANY):
        lone = line.words.noun_surname(word)
        return lone if lone and is_nominative(lone) else None
    if lone is None or not is_nominative(lone):
        return None
    if not posted and line.is_joined(i - 1) and line.words.grammar.cases(line.folded[i - 1]):
        return None  # «роза ветров»
    if posted and line.words.nouns.herd_surname(word):
        return lone
    if posted and line.words.nouns.is_borne(word) and speaks(line, i, _ANY):
        return lone
    acts = _acts(line, i, _ANY if posted else lone, after_only=True)
    return lone if acts and line.words.grammar.is_single_verb(line.folded[i + 1]) else None


def _posted(line: Line, i: int) -> Part | None:
    """«сторож жук», «учительница пения глухих»."""
    word = line.folded[i]
    if word.endswith(("ых", "их")) and line.words.is_listed_surname(word):
        return line.words.noun_surname(word)
    return line.words.nouns.beast_surname(word)


def _tagged(line: Line, i: int) -> Part | None:
    """«морозов обещал»: many frosts, or one man whom the dictionary knows."""
    if not line.folded[i].endswith(("ов", "ев", "ин")) or not line.is_common(i):
        return None
    crowd = line.is_joined(i - 1) and line.folded[i - 1].endswith(("ых", "их"))
    return None if crowd else line.surname(i)


def shows_noun(line: Line, i: int) -> bool:
    """Whether an ordinary word without a section has a capital in mid-sentence: «у Гончара»."""
    return not line.flags[i] & ~BORNE and line.is_capital(i) and not opens_sentence(line, i)


def judge_capital(line: Line, i: int) -> Part | None:
    """«спросите у Гончара», «Сорока нагрубила»: worth the vote as a listed surname."""
    if not line.is_capital(i) or line.is_acronym(i) or line.section(i) or len(line.raw[i]) < 4:
        return None
    noun = line.words.noun_surname(line.folded[i])
    if noun is None or noun.stems.isdisjoint(line.words.listed):
        return None
    if line.is_joined(i - 1) and line.folded[i - 1] in _PLACE_PREPOSITIONS | _STREET_PREPOSITIONS:
        return None
    return noun if shows_noun(line, i) or speaks(line, i, noun) else None


def is_sure_name(line: Line, i: int) -> bool:
    """Whether word `i`, in no dictionary, is built like a name and like nothing else."""
    word = line.folded[i]
    return bool(line.words.likeness(word).name >= SURE) or line.words.is_built_surname(word)


def is_doing(line: Line, i: int, part: Part) -> bool:
    """«хизриев опять гоняет», «обещал тепсуркаев»: subject and verb agree."""
    return _acts(line, i, part)


def is_resident(line: Line, i: int) -> bool:
    """«толик из соседнего дома», «гена электрик»: who lives or works somewhere."""
    if not line.is_joined(i):
        return False
    if line.folded[i + 1] in _FROM_HOME:
        near = range(i + 2, min(i + 4, line.count))
        return any(line.folded[k].startswith(_HOMES) for k in near)
    return False


def is_introduced_worker(line: Line, i: int) -> bool:
    """«гена электрик пришёл»: a post in the nominative right after a given name."""
    if not (line.is_joined(i) and line.flags[i + 1] & POST) or line.is_joined(i - 1):
        return False
    return bool(line.words.grammar.cases(line.folded[i + 1]) & NOMINATIVE)


def _is_bare_name(line: Line, i: int) -> bool:
    """No ordinary word, no town, no street of another word's kind."""
    word = line.folded[i]
    if line.is_common(i) or line.is_acronym(i) or line.words.is_toponym(word):
        return False
    if line.has_capitals and not line.is_capital(i):
        return False
    if _follows_place(line, i):
        return False
    if line.is_joined(i) and line.flags[i + 1] & (PLACE | BUILDING):
        return False
    return line.is_known(i) or is_sure_name(line, i)


def _is_slip(line: Line, i: int) -> bool:
    """«комисия», «поликлинника», and plurals: «карлосы»."""
    word = line.folded[i]
    return line.words.is_slip(word) or line.words.grammar.looks_plural(word)


def _follows_place(line: Line, i: int) -> bool:
    """«в п. Яйва», «из Гайвы»."""
    before = line.folded[i - 1] if i and line.gap(i - 1).strip() in ("", ".") else ""
    dotted = i > 0 and line.is_dotted(i - 1)
    if before and line.flags[i - 1] & PLACE:
        return True  # «ул. Верейская»
    return before in _PLACE_PREPOSITIONS or (dotted and before in _PLACE_ABBREVIATIONS)


def _acts(line: Line, i: int, part: Part, *, after_only: bool = False) -> bool:
    if not is_nominative(part):
        return False
    genders = (MAN if part.masculine & NOMINATIVE else 0) | (
        WOMAN if part.feminine & NOMINATIVE else 0
    )
    grammar = line.words.grammar
    before = line.folded[i - 1] if line.is_joined(i - 1) else ""
    if before in _STREET_PREPOSITIONS or before in _PLACE_PREPOSITIONS:
        return False
    if before and line.section(i - 1) & _NO_PEOPLE and not line.flags[i - 1] & POST:
        return False  # «станица Ильиновская просит», «шаурмичная Беркат торгует»
    if before in _POINTERS and not after_only:
        return True
    if before and not after_only and genders & (grammar.doer(before) | grammar.pointed(before)):
        return True
    k = i + 1
    while k < min(i + 1 + _MOST_FILLERS, line.count) and line.is_joined(k - 1):
        if grammar.doer(line.folded[k]):
            return bool(genders & grammar.doer(line.folded[k]))
        if not grammar.is_filler(line.folded[k]):
            return False
        k += 1
    return False


def _is_oblique(line: Line, i: int, surname: Part) -> bool:
    """«во главе с вараевым», «обещали саидову»: cases in which no street is named."""
    before = line.folded[i - 1] if line.is_joined(i - 1) else ""
    if before in _STREET_PREPOSITIONS - {"с", "со"}:
        return False
    personal = DATIVE | INSTRUMENTAL
    if before in ("с", "со"):
        personal = INSTRUMENTAL
    elif before in ("о", "об"):
        personal = PREPOSITIONAL
    cases = surname.masculine | surname.feminine
    return bool(cases & personal)


def _names_bounds(line: Line, i: int) -> bool:
    """«от исаева до гагарина», «пробки от луначарского в час пик»: no word follows for a letter."""
    return not (
        line.is_joined(i)
        and (line.words.grammar.is_verb(line.folded[i + 1]) or line.folded[i + 1] in _SENT)
    )


def _is_governed(line: Line, i: int, surname: Part) -> bool:
    """«со слов хаджиева», «у закаева»."""
    governed = line.is_joined(i - 1) and line.folded[i - 1] in _OF_WHOM
    if governed and line.folded[i - 1] == "от" and _names_bounds(line, i):
        return False
    return governed and bool((surname.masculine | surname.feminine) & GENITIVE)
