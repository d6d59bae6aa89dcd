"""A draft put into words."""

from random import Random

from otklik.datasets.city_drafts import Draft, World
from otklik.datasets.city_habits import retouch, spoil
from otklik.datasets.city_phrases import Phrase, pick, sentence
from otklik.datasets.city_plan import Asset, Street
from otklik.datasets.city_topics import CityTopic, load_table

RUMOURS = 0.04
"""Share of ordinary messages that name a cause of their own."""
SAYS_MORE = 0.15
"""Share of messages that tell of the trouble in two sentences."""
_NEARBY = {"at": ("здесь", "тут"), "at_house": ("здесь", "тут"), "of_house": ("дома",)}
ON_THE_SPOT = ("house", "yard", "street")


def put_into_words(chance: Random, world: World, draft: Draft) -> str:
    """Text of a draft; a copy needs that of its original."""
    if draft.copy_of is not None:
        return draft.copy_of.text if draft.exact else retouch(chance, draft.copy_of.text)
    topic = world.topics[draft.topic]
    author = draft.author
    manner = load_table("manner")
    filling = _Filling(chance, world, draft, topic)
    lines = draft.lines or topic.lines
    line = pick(chance, lines)
    parts = [filling.sentence_about(line.say(chance, filling))]
    if chance.random() < SAYS_MORE:
        parts += [filling.nearby(other) for other in (pick(chance, lines),) if other is not line]
    if draft.again:
        parts.insert(int(chance.random() * 2), pick(chance, manner["again"]))
    if draft.claim:
        parts.append(draft.claim)
    elif chance.random() < RUMOURS:
        parts += _rumour(chance, topic)
    if topic.more and chance.random() < author.tells_more:
        parts.append(sentence(pick(chance, topic.more).say(chance, filling)))
    if chance.random() < author.asks:
        here = topic.where in ON_THE_SPOT and chance.random() < 0.25
        parts.append(pick(chance, manner["asks_on_the_spot" if here else "asks"]))
    if chance.random() < author.greets:
        hello = pick(chance, manner["greetings"])
        if hello.endswith(","):
            parts[0] = parts[0][:1].lower() + parts[0][1:]
        parts.insert(0, hello)
        if chance.random() < 0.3:
            parts.append(pick(chance, manner["closings"]))
    return spoil(chance, author, " ".join(parts))


def _rumour(chance: Random, topic: CityTopic) -> list[str]:
    fit = [r for r in load_table("manner")["rumours"] if topic.recipient in r["recipients"]]
    return [pick(chance, pick(chance, fit)["lines"])] if fit else []


class _Filling:
    """Words for the slots of a phrase, chosen when they are asked for."""

    def __init__(self, chance: Random, world: World, draft: Draft, topic: CityTopic) -> None:
        self._chance = chance
        self._world = world
        self._draft = draft
        self._topic = topic
        self._placed = False
        self._placed_before = False

    def __call__(self, slot: str) -> str:
        chance = self._chance
        if self._placed_before and slot in _NEARBY:
            return pick(chance, _NEARBY[slot])
        if slot in ("at", "in", "of", "into", "bus", "Bus", "at_house", "of_house", "on_street"):
            self._placed = True
        if slot == "at":
            return self._at()
        if slot in ("days", "months", "hours", "hours_long"):
            return str(pick(chance, load_table("manner")[slot]))
        if slot == "m":
            return str(25 + 5 * int(chance.random() * 9))
        if slot == "n":
            return pick(chance, ("пять", "шесть", "семь", "восемь", "девять"))
        if slot == "at_house":
            return self._at_house()
        if slot == "on_street":
            return self._street.on
        if slot == "of_house":
            return f"дома {self._draft.house} {self._street.on}"
        asset = self._asset(self._topic.where)
        forms = {"in": asset.inside, "of": asset.of, "into": asset.into}
        if slot in forms:
            return forms[slot]
        if slot in ("bus", "Bus"):
            number = asset.name.split("№ ")[1]
            return pick(chance, (f"{number} автобус", f"автобус № {number}", f"{number}-й автобус"))
        raise KeyError(slot)

    def sentence_about(self, said: str) -> str:
        """Text that names its place: where the phrase had no room for it, it stands beside."""
        said = sentence(said)
        if self._placed or not self._topic.has_place:
            return said
        if self._topic.where in ON_THE_SPOT:
            address = f"{self._street.short}, {self._draft.house}"
        else:
            address = sentence(self._asset(self._topic.where).name)
        if self._chance.random() < 0.5:
            return f"{sentence(address)}. {said}"
        return f"{said.removesuffix('.')} ({address})."

    def nearby(self, phrase: Phrase) -> str:
        """One more sentence of the same place, which needs no address."""
        self._placed_before = True
        said = sentence(phrase.say(self._chance, self))
        self._placed_before = False
        return said

    @property
    def _street(self) -> Street:
        assert self._draft.street is not None
        return self._world.plan.streets[self._draft.street]

    def _asset(self, network: str) -> Asset:
        return self._world.plan.assets[self._street.assets[network]]

    def _at(self) -> str:
        topic, street, chance = self._topic, self._street, self._chance
        if topic.where not in ON_THE_SPOT:
            return self._asset(topic.where).inside
        if self._draft.also_street is not None:
            other = self._world.plan.streets[self._draft.also_street]
            return f"{street.on} и {other.on_bare}"
        house = self._draft.house
        turn = chance.random()
        if topic.where == "house":
            if turn < 0.35:
                return f"{street.on_bare}, {house}"
            if turn < 0.65:
                return f"в доме {house} {street.on}"
            return f"{street.on}, {house}" if turn < 0.9 else f"по адресу {street.bare}, {house}"
        if topic.where == "yard":
            if turn < 0.4:
                return f"во дворе {street.on_bare}, {house}"
            return f"во дворе дома {house} {street.on}" if turn < 0.8 else f"{street.on}, {house}"
        if turn < 0.35:
            return street.on
        if turn < 0.6:
            return street.on_bare
        return self._at_house() if turn < 0.85 else f"{street.on} в районе дома {house}"

    def _at_house(self) -> str:
        near = pick(self._chance, ("у дома", "возле дома", "напротив дома"))
        return f"{self._street.on} {near} {self._draft.house}"
