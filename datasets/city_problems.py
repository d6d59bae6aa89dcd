"""Lasting problems: troubles that grow, fade, close and reopen, merge and split over weeks."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

from otklik.datasets.city_drafts import Draft, World
from otklik.datasets.city_phrases import Phrase
from otklik.datasets.city_rates import poisson
from otklik.datasets.city_truth import LastingProblem, Planted, ProblemEvent

SCENARIOS = ("grow", "reopen", "merge", "split", "steady", "reopen")
"""In this order, as many as the city has room for; "merge" and "split" make two problems."""
BORN = (2, 14)
LASTS = (18, 34)
HOUSES = 3
_HEAVY = 6
_LINES = 3


@dataclass(slots=True)
class _Course:
    """One problem while it is planned: weekly means, and the street that joins it for a while."""

    street: int
    means: dict[int, float]
    events: list[ProblemEvent]
    also: dict[int, int] = field(default_factory=dict)


def plant_problems(
    chance: Random, world: World, budget: float, used: set[int]
) -> list[Planted[LastingProblem]]:
    """Problems with about `budget` messages in all, each on a topic that is its own.

    Parameters
    ----------
    used : set of int
        Topics that other truth lies on; those taken are added.
    """
    count = max(2, min(len(SCENARIOS), round(budget / 60)))
    weekly = budget / count / ((LASTS[0] + LASTS[1]) / 2)
    planted: list[Planted[LastingProblem]] = []
    for scenario in SCENARIOS[:count]:
        topic = _topic(chance, world, used)
        used.add(topic)
        streets = _neighbours(chance, world, topic)
        courses = _courses(chance, scenario, streets)
        lines = _signature(chance, world, topic)
        for position, course in enumerate(courses):
            code = f"P{len(planted) + 1}"
            other = f"P{len(planted) + (2 if position == 0 else 0)}"
            drafts = _drafts(chance, world, topic, course, lines, weekly / len(courses))
            planted.append(_planted(world, code, other, scenario, topic, course, drafts))
    return planted


def _topic(chance: Random, world: World, used: set[int]) -> int:
    fit = [
        number
        for number, topic in enumerate(world.topics)
        if number not in used
        and topic.weight >= _HEAVY
        and topic.where in ("house", "yard", "street")
        and len(_naming(topic.lines)) >= _LINES
    ]
    return chance.choice(fit)


def _naming(lines: Sequence[Phrase]) -> list[Phrase]:
    """Lines with room for any place, two streets too."""
    return [line for line in lines if "at" in line.slots]


def _signature(chance: Random, world: World, topic: int) -> list[Phrase]:
    """The few phrasings that one and the same trouble is told in."""
    return chance.sample(_naming(world.topics[topic].lines), _LINES)


def _neighbours(chance: Random, world: World, topic: int) -> tuple[int, int]:
    """Two streets of one asset."""
    network = world.topics[topic].network
    assets = [asset for asset in world.plan.assets if asset.network == network]
    first, second = chance.sample(chance.choice(assets).streets, 2)
    return first, second


def _courses(chance: Random, scenario: str, streets: tuple[int, int]) -> list[_Course]:
    born = chance.randint(*BORN)
    end = min(51, born + chance.randint(*LASTS))
    weeks = range(born, end)
    turn = born + (end - born) // 2
    first = _Course(streets[0], dict.fromkeys(weeks, 1.0), [ProblemEvent(born, "born")])
    courses = [first]
    if scenario == "grow":
        first.means = {week: 0.3 + 1.4 * (week - born) / len(weeks) for week in weeks}
        first.events.append(ProblemEvent(turn, "grew"))
    elif scenario == "reopen":
        gap = chance.randint(4, 7)
        first.means = {week: 1.3 for week in weeks if not turn <= week < turn + gap}
        first.events += [ProblemEvent(turn, "closed"), ProblemEvent(turn + gap, "reopened")]
    elif scenario == "merge":
        first.also = {week: streets[1] for week in weeks if week >= turn}
        first.means |= {week: 2.0 for week in weeks if week >= turn}
        means = {week: 1.0 for week in weeks if week < turn}
        events = [ProblemEvent(born, "born"), ProblemEvent(turn, "merged", "other")]
        courses.append(_Course(streets[1], means, events))
    elif scenario == "split":
        first.also = {week: streets[1] for week in weeks if week < turn}
        first.means |= {week: 2.0 for week in weeks if week < turn}
        means = {week: 1.0 for week in weeks if week >= turn}
        courses.append(_Course(streets[1], means, [ProblemEvent(turn, "split", "other")]))
    for course in courses:
        if not any(event.event == "merged" for event in course.events):
            course.events.append(ProblemEvent(end, "closed"))
    return courses


def _drafts(
    chance: Random,
    world: World,
    topic: int,
    course: _Course,
    lines: Sequence[Phrase],
    weekly: float,
) -> list[Draft]:
    houses = {
        street: chance.sample(world.plan.streets[street].houses, HOUSES)
        for street in (course.street, *dict.fromkeys(course.also.values()))
    }
    reopened = [event.week for event in course.events if event.event == "reopened"]
    drafts = []
    for week, mean in course.means.items():
        for _ in range(poisson(chance, mean * weekly)):
            street, other = course.street, course.also.get(week)
            if other is not None and chance.random() < 0.5:
                street, other = other, street
            house = chance.choice(houses[street])
            day = 7 * week + chance.randrange(7)
            draft = world.draft(chance, topic, day, street=street, house=house)
            draft.lines, draft.also_street = lines, other
            draft.again = bool(reopened) and week >= reopened[0] and chance.random() < 0.5
            drafts.append(draft)
    return drafts


def _planted(
    world: World,
    code: str,
    other: str,
    scenario: str,
    topic: int,
    course: _Course,
    drafts: list[Draft],
) -> Planted[LastingProblem]:
    plan = world.plan
    streets = dict.fromkeys((course.street, *course.also.values()))
    asset = plan.assets[plan.streets[course.street].assets[world.topics[topic].network]]
    record = LastingProblem(
        code,
        scenario,
        world.topics[topic].code,
        asset.name,
        tuple(plan.streets[street].name for street in streets),
        tuple(
            ProblemEvent(event.week, event.event, other if event.other else "")
            for event in course.events
        ),
    )
    return Planted(record, drafts)
