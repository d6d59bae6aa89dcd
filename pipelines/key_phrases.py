"""Phrases of a message that can name a trouble: «отсутствие горячей воды», «яма на дороге»."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from otklik.pipelines.phrase_words import Form, Word, lexicon, split_phrases

ABSENCE = "отсутствие"
_ABSENT = frozenset({"нет", "нету", "отсутствовать"})
_PLACING = {
    "на": "loct", "в": "loct", "во": "loct", "у": "gent", "возле": "gent", "около": "gent",
    "вдоль": "gent", "от": "gent", "из": "gent", "без": "gent", "под": "ablt", "за": "ablt",
    "между": "ablt", "перед": "ablt", "с": "ablt", "для": "gent", "против": "gent",
}  # fmt: skip
_MOST_ADJECTIVES = 2
_MOST_BETWEEN = 2
"""Words between «нет» and what there is not: «нет уже неделю воды»."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """A phrase as found.

    `key` is what makes two findings the same phrase; `head` is the noun with its adjectives as
    written, to be shown in the nominative of `number`; `noun` is its dictionary form; `before` and
    `after` are shown as they are.
    """

    key: tuple[str, ...]
    head: tuple[str, ...]
    number: str
    noun: str
    before: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class _Group:
    """Adjectives and their noun in a run of words, `start` to `stop`."""

    start: int
    stop: int
    noun: Form
    lemmas: tuple[str, ...]
    words: tuple[str, ...]


def key_phrases(text: str) -> list[Phrase]:
    """Phrases of a masked message, a phrase as often as it stands there."""
    return [phrase for run in split_phrases(text) for phrase in _of_run(run)]


def _of_run(run: Sequence[Word]) -> Iterator[Phrase]:
    groups = [group for start in range(len(run)) for group in _groups(run, start)]
    starting: dict[int, list[_Group]] = {}
    for group in groups:
        starting.setdefault(group.start, []).append(group)
    likeliest = {(group.start, group.stop): group for group in reversed(groups)}
    for group in groups:
        if group.noun.case == "nomn" and _is_free(run, group):
            likeliest[group.start, group.stop] = group
    for group in groups:
        if group.noun.lemma in lexicon().weak:
            continue
        if likeliest[group.start, group.stop] is group:
            yield _phrase(group)
            yield from _continued(run, group, starting)
        yield from _absent(run, group)
        yield from _acting(run, group)


def _is_free(run: Sequence[Word], group: _Group) -> bool:
    """Nothing before governs it: «ямы на дороге» are many, «размер ямы» is of one."""
    before = run[group.start - 1] if group.start else None
    governs = ("NOUN", "PREP", "VERB", "INFN", "NUMR")
    return before is None or not before.forms or before.forms[0].pos not in governs


def _phrase(group: _Group, key: tuple[str, ...] = (), before: str = "", after: str = "") -> Phrase:
    noun = group.noun
    return Phrase(key or group.lemmas, group.words, noun.number, noun.lemma, before, after)


def _groups(run: Sequence[Word], start: int) -> Iterator[_Group]:
    """Readings of the words from `start` as adjectives and a noun that agree."""
    for stop in range(start + 1, min(start + _MOST_ADJECTIVES + 1, len(run)) + 1):
        seen = set()
        for noun in run[stop - 1].nouns():
            described = [_agreeing(word, noun) for word in run[start : stop - 1]]
            if None in described or (noun.lemma, noun.case, noun.number) in seen:
                continue
            seen.add((noun.lemma, noun.case, noun.number))
            lemmas = (*(form.lemma for form in described if form), noun.lemma)
            yield _Group(start, stop, noun, lemmas, tuple(w.text for w in run[start:stop]))


def _agreeing(word: Word, noun: Form) -> Form | None:
    for form in word.adjectives():
        same = (form.case, form.number) == (noun.case, noun.number)
        if same and (noun.number == "plur" or form.gender == noun.gender):
            return form
    return None


def _continued(
    run: Sequence[Word], group: _Group, starting: dict[int, list[_Group]]
) -> Iterator[Phrase]:
    """«уборка снега», «уборка детской площадки», «яма на дороге»."""
    for follower in starting.get(group.stop, ()):
        if follower.noun.case == "gent":
            yield _joined(group, follower, "")
            for last in starting.get(follower.stop, ()):
                if last.noun.case == "gent":
                    yield _joined(group, follower, "", last)
    if group.stop < len(run):
        link = run[group.stop].text
        for follower in starting.get(group.stop + 1, ()):
            if _PLACING.get(link) == follower.noun.case:
                yield _joined(group, follower, link)


def _joined(group: _Group, follower: _Group, link: str, last: _Group | None = None) -> Phrase:
    tail = (*follower.words, *(last.words if last else ()))
    lemmas = (*follower.lemmas, *(last.lemmas if last else ()))
    after = " ".join(((link,) if link else ()) + tail)
    key = (*group.lemmas, *((link,) if link else ()), *lemmas)
    return _phrase(group, key, after=after)


def _absent(run: Sequence[Word], group: _Group) -> Iterator[Phrase]:
    """«нет воды», «воды нет», «отсутствует отопление»: all of them «отсутствие …»."""
    before = range(group.start - 1, max(group.start - 2 - _MOST_BETWEEN, -1), -1)
    for at in (*before, group.stop):
        if at >= len(run):
            continue
        lemma = run[at].forms[0].lemma if run[at].forms else run[at].text
        if lemma in _ABSENT and group.noun.case == ("nomn" if lemma == "отсутствовать" else "gent"):
            yield _phrase(group, (ABSENCE, *group.lemmas), before=ABSENCE)
            return


def _acting(run: Sequence[Word], group: _Group) -> Iterator[Phrase]:
    """«не работает лифт», «лифт не работает», «не вывозят мусор», «течет крыша»."""
    for at, step in ((group.start - 1, -1), (group.stop, 1)):
        negated = step == 1 and at < len(run) and run[at].text == "не"
        place = at + 1 if negated else at
        if not 0 <= place < len(run):
            continue
        verb = next((form for form in run[place].forms if form.pos == "VERB"), None)
        if verb is None or not _fits(verb, group.noun):
            continue
        negated = negated or (step == -1 and place > 0 and run[place - 1].text == "не")
        before = f"{'не ' if negated else ''}{run[place].text}"
        lemmas = ("не", verb.lemma) if negated else (verb.lemma,)
        key = (*lemmas, *group.lemmas)
        said = " ".join(group.words)
        yield Phrase(key, (), group.noun.number, group.noun.lemma, before, said)


def _fits(verb: Form, noun: Form) -> bool:
    """The noun is what acts («течёт крыша») or what it is done to («не убирают снег»)."""
    if not verb.marks & {"3per", "past"} or verb.lemma in lexicon().never | _ABSENT:
        return False
    if "intr" in verb.marks:
        agrees = noun.case == "nomn" and verb.number == noun.number
        return agrees and ("past" not in verb.marks or verb.gender in (noun.gender, "None"))
    return noun.case == "accs" and (verb.number == "plur" or verb.gender == "neut")
