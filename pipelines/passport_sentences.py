"""Sentences of a passport: templates over facts, each with the messages that prove it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from otklik.pipelines.cause_claims import Version
from otklik.pipelines.passport_facts import PassportFacts
from otklik.pipelines.passport_subject import CITY, ids_of
from otklik.pipelines.passport_wording import (
    counted,
    day,
    fold,
    genitive,
    last_day,
    quoted,
    sentence,
    some,
    times,
)
from otklik.pipelines.report_wording import between, in_district, listed, rounded, share_text, whole

LEAST_EXPLAINED = 0.5
"""Share of a growth that the named places or offices must explain together."""
_DIMENSIONS = {
    "district": "район",
    "recipient": "исполнитель",
    "channel": "канал",
    "asset": "объект",
}
_MOST_VERSIONS = 3


@dataclass(frozen=True, slots=True)
class PassportSentence:
    """One statement: where it stands, its words, its messages and the numbers in it."""

    section: str
    text: str
    message_ids: tuple[int, ...]
    facts: dict[str, Any] = field(default_factory=dict)


def noun_of(facts: PassportFacts) -> str:
    """«обращение» or «сообщение», as most were filed."""
    kinds = facts.subject.messages["kind"]
    return "обращение" if (kinds == "обращение").sum() * 2 > len(kinds) else "сообщение"


def where(facts: PassportFacts) -> str:
    """Asset, if there is one, and places."""
    subject = facts.subject
    if subject.unit == CITY:
        return "по городу в целом"
    names = [facts.streets.get(place, place) for place in subject.places]
    if subject.unit == "district":
        names = [in_district(name) for name in names]
    shown = some(names, subject.unit)
    return f"{subject.asset}: {shown}" if subject.asset and subject.asset not in names else shown


def describe(facts: PassportFacts) -> Iterator[PassportSentence]:
    """What goes wrong, where, since when, and who answers."""
    subject = facts.subject
    topics = quoted(subject.topics)
    word = "темам" if len(subject.topics) > 1 else "теме"
    text = f"с {day(subject.starts)} по {last_day(subject.ends)} пишут по {word} {topics}; "
    text += f"место — {where(facts)}"
    if subject.recipient:
        text += f"; отвечает {subject.recipient}"
    yield PassportSentence(
        "что происходит",
        sentence(text),
        ids_of(subject.messages),
        {"topics": subject.topics, "places": subject.places, "recipient": subject.recipient},
    )


def tell_size(facts: PassportFacts) -> Iterator[PassportSentence]:
    """How many, of how many people, and how many would be usual."""
    size, noun, ids = facts.size, noun_of(facts), ids_of(facts.subject.messages)
    text = f"всего {counted(size.messages, noun)}"
    if facts.subject.voices["author"].notna().any():
        text += f", независимых — {whole(size.voices)} от {genitive(size.authors, 'автор')}"
    else:
        text += f", независимых — {whole(size.voices)}"
    if size.messages > size.voices:
        text += " (копии и повторы одного автора не считаются)"
    yield PassportSentence(
        "размер",
        sentence(text),
        ids,
        {"messages": size.messages, "voices": size.voices, "authors": size.authors},
    )
    if not size.known:
        return
    middle, low, high = size.surplus
    own = {"expected": size.expected, "ratio": size.ratio, "low": size.low, "high": size.high}
    usual = f"обычно за такой срок здесь бывает около {rounded(size.expected)}"
    if size.low > 1:
        more = between(whole(middle), whole(low), whole(high))
        text = f"{usual}; сверх обычного — {more}, {times(size.ratio, size.low, size.high)} больше"
    else:
        text = f"{usual}; превышение не доказано: оно могло возникнуть случайно"
    yield PassportSentence("размер", sentence(text), ids_of(facts.subject.voices), own)


def tell_trend(facts: PassportFacts) -> Iterator[PassportSentence]:
    """Where it is heading."""
    trend = facts.trend
    if trend is None:
        return
    way = {1: "число растёт", -1: "число снижается", 0: "заметного изменения нет"}[trend.way]
    text = f"за последние четыре недели {counted(trend.after, noun_of(facts))}, "
    text += f"за четыре до них — {whole(trend.before)}: {way}"
    own = {"before": trend.before, "after": trend.after}
    yield PassportSentence("динамика", sentence(text), trend.ids, own)


def tell_terms(facts: PassportFacts) -> Iterator[PassportSentence]:
    """What is written here and not elsewhere."""
    if not facts.terms:
        return
    noun = noun_of(facts)
    shown = [f"«{term.lemma}» ({counted(term.count, noun)})" for term in facts.terms]
    text = f"чаще, чем по тем же темам в других местах и раньше, встречаются слова {listed(shown)}"
    ids = tuple(sorted({number for term in facts.terms for number in term.ids}))
    yield PassportSentence(
        "чем отличается", sentence(text), ids, {term.lemma: term.count for term in facts.terms}
    )


def tell_claims(facts: PassportFacts) -> Iterator[PassportSentence]:
    """Causes by side, and where the sides contradict."""
    sides = (
        ("жители называют причиной", facts.claims.citizens, "автор"),
        ("в ответах причиной названо", facts.claims.officials, "сообщение"),
    )
    for start, versions, noun in sides:
        shown = versions[:_MOST_VERSIONS]
        if not shown:
            continue
        text = f"{start}: {listed([_version(one, noun) for one in shown])}"
        yield PassportSentence(
            "версии причины",
            sentence(text),
            tuple(sorted({number for one in shown for number in one.message_ids})),
            {one.cause_class: one.authors for one in shown},
        )
    for pair in facts.claims.contradictions[:1]:
        text = f"версии расходятся: жители — {pair.citizens.title}, "
        text += f"в ответах — {pair.officials.title}"
        ids = sorted({*pair.citizens.message_ids, *pair.officials.message_ids})
        yield PassportSentence("версии причины", sentence(text), tuple(ids))


def _version(version: Version, noun: str) -> str:
    amount = version.authors if noun == "автор" else len(version.message_ids)
    example = version.quotes[0][1].strip() if version.quotes else ""
    told = f", например «{example}»" if 3 < len(example) < 80 else ""
    return f"{version.title} ({counted(amount, noun)}{told})"


def tell_recurrence(facts: PassportFacts) -> Iterator[PassportSentence]:
    """Whether it comes back after «решено»."""
    seen, ids = facts.recurrence, ids_of(facts.subject.messages)
    again, second = seen.again, seen.second
    if again.total >= 5:
        text = f"из {genitive(again.total, 'решённый случай')} повторились за 60 дней "
        text += f"{whole(again.count)}: {share_text(again.share, again.low, again.high)}"
        proof = sorted({number for pair in seen.pairs for number in pair}) or ids
        own = {"again": again.count, "of": again.total}
        yield PassportSentence("повторяемость", sentence(text), tuple(proof), own)
    if second.total >= 5 and second.count:
        text = f"после ответа тот же автор написал снова: {whole(second.count)} "
        text += f"из {genitive(second.total, 'отвеченное сообщение')}"
        own = {"second": second.count, "of": second.total}
        yield PassportSentence("повторяемость", sentence(text), ids, own)


def tell_growth(facts: PassportFacts) -> Iterator[PassportSentence]:
    """What the change of the topics came from."""
    growth, subject = facts.growth, facts.subject
    if growth is None or not growth.named or growth.dimension not in _DIMENSIONS:
        return
    named = [one for one in growth.contributions if one.value in growth.named and one.change > 0]
    # «Пришёл отсюда» is said of most of it, not of a tenth.
    if not named or sum(one.change for one in named) < LEAST_EXPLAINED * growth.change:
        return
    shown = [f"{one.value} (+{rounded(float(one.change))})" for one in named[:3]]
    text = f"рост по этим темам в городе за период на {rounded(float(growth.change))} "
    text += f"пришёл отсюда: {_DIMENSIONS[growth.dimension]} — {listed(shown)}"
    column = subject.messages[growth.dimension]
    proof = subject.messages[column.isin([one.value for one in named])]
    own = {one.value: float(one.change) for one in named}
    yield PassportSentence(
        "откуда рост", sentence(text), ids_of(proof if len(proof) else subject.messages), own
    )


def tell_together(facts: PassportFacts) -> Iterator[PassportSentence]:
    """What rises beside it."""
    for pair in facts.together[:3]:
        text = f"там же и тогда же чаще пишут по теме «{pair.topic}»: {whole(pair.count)} "
        text += f"при обычных {rounded(pair.expected)}"
        own = {"count": pair.count, "expected": pair.expected}
        yield PassportSentence("что рядом", sentence(text), pair.message_ids, own)


def tell_against(facts: PassportFacts) -> Iterator[PassportSentence]:
    """What speaks against a common cause here."""
    subject, size = facts.subject, facts.size
    voices = subject.voices
    if size.known and size.low <= 1:
        text = "интервал превышения включает обычный уровень"
        yield PassportSentence("что против", sentence(text), ids_of(voices), {"low": size.low})
    if np.isfinite(facts.city_ratio) and facts.city_ratio >= 1.5 and subject.unit != CITY:
        text = "в остальном городе по этим темам тоже пишут больше: "
        text += f"{fold(facts.city_ratio)} против остального времени"
        own = {"city_ratio": facts.city_ratio}
        yield PassportSentence("что против", sentence(text), ids_of(voices), own)
    copies = size.messages - size.voices
    if copies > size.voices:
        text = f"копий и повторов больше, чем независимых: {whole(copies)} из {size.messages}"
        proof = ids_of(subject.messages)
        yield PassportSentence("что против", sentence(text), proof, {"copies": copies})
    houses = voices["house"].dropna()
    if len(houses) >= 5 and houses.value_counts().iloc[0] > 0.5 * len(houses):
        top = houses.value_counts().index[0]
        text = "больше половины пришло с одного дома: причина может быть местной"
        proof = ids_of(voices[voices["house"] == top])
        yield PassportSentence("что против", sentence(text), proof, {"house": str(top)})
