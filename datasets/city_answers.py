"""Official answers of eight qualities, and the state of the work that they leave behind."""

from dataclasses import dataclass
from datetime import timedelta
from random import Random

from otklik.datasets.city_calendar import CityYear
from otklik.datasets.city_drafts import DAY_S, Draft, World
from otklik.datasets.city_phrases import phrases_of, pick
from otklik.datasets.city_topics import load_table

ANSWERED = 0.85
FALSE = "false"
"""Quality of the answer that says «решено» where nothing was done."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: its quality, words, state of the work, and seconds since the start of the year."""

    quality: str
    status: str
    text: str
    at: int


class Office:
    """Answers messages.

    Parameters
    ----------
    world : World
        The city.
    """

    def __init__(self, world: World) -> None:
        table = load_table("answers")
        self._hello = table["hello"]
        self._qualities = [name for name in table if name != "hello"]
        self._shares = [table[name]["share"] for name in self._qualities]
        self._status = {name: table[name]["status"] for name in self._qualities}
        self._lines = {name: phrases_of(table[name]["lines"]) for name in self._qualities}
        self._world = world

    @property
    def qualities(self) -> tuple[str, ...]:
        """Names of the eight qualities."""
        return tuple(self._qualities)

    def answer(self, chance: Random, draft: Draft, recipient: str) -> Reply | None:
        """Answer of a recipient; None where it stays silent."""
        if not draft.quality:
            if chance.random() > ANSWERED:
                return None
            draft.quality = chance.choices(self._qualities, self._shares)[0]
        delay = int(chance.lognormvariate(0.2, 0.9) * DAY_S)
        at = draft.at + max(1800, delay)
        facts = {
            "place": self._place(draft),
            "date": _date(self._world.year, at, draft.quality, chance),
            "recipient": recipient,
        }
        lines = self._lines[draft.quality]
        if draft.street is None:
            lines = tuple(line for line in lines if "place" not in line.slots)
        phrase = pick(chance, lines)
        text = pick(chance, self._hello) + phrase.say(chance, facts.__getitem__)
        if draft.official_claim and draft.quality not in (FALSE, "off_topic"):
            text = f"{text} {draft.official_claim}"
        return Reply(draft.quality, self._status[draft.quality], text, at)

    def _place(self, draft: Draft) -> str:
        if draft.street is None:
            return ""
        return f"{self._world.plan.streets[draft.street].short}, {draft.house}"


def _date(year: CityYear, at: int, quality: str, chance: Random) -> str:
    ahead = 3 + int(chance.random() * 40) if quality == "promised" else 0
    day = year.start + timedelta(days=at // DAY_S + ahead)
    return f"{day:%d.%m.%Y}"
