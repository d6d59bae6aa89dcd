"""How mass incidents of made-up cities are found while their messages come, and the time it takes.

    python benchmarks/incidents.py [--seeds 100-104] [--messages 104000]
        [--places given|text|bare] [--json]

104,000 messages a year are 2,000 a week. `given` takes the place from the source's columns, `text`
resolves it from the masked text alone, as happens to a post of a social network, with the list of
the city's streets and districts that a gazetteer holds; `bare` does so in a city without one.
Topics are those of the source. Seeds 1 to 20 are for tuning, 1000 to 1099 are kept for judging.
"""

import argparse
import json
import math
import statistics
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from otklik.datasets.gazetteer import Entry, Gazetteer, fold
from otklik.datasets.place_records import PlaceKind
from otklik.datasets.places import PlaceFinder
from otklik.datasets.records import Message, Place
from otklik.datasets.rubricator_versions import load_rubricator
from otklik.datasets.street_key import street_key
from otklik.datasets.synthetic_city import City, make_city
from otklik.models.incident_rates import Rates
from otklik.models.incident_signal import Signal
from otklik.models.mass_incident import Matcher, Tuning

WEEKS = 365 / 7
PLACES = ("given", "text", "bare")


def signals_of(city: City, places: str) -> list[Signal]:
    """Messages as the matcher sees them, numbered from 1."""
    codes = {topic.name: topic.code for topic in load_rubricator("im-2026").topics}
    finder = PlaceFinder(register_of(city.messages) if places == "text" else None)
    found = []
    for number, message in enumerate(city.messages, 1):
        topic = next(label.name for label in message.labels if label.axis == "topic")
        place = message.place
        if places != "given":
            place = finder.resolve(message.text, Place(settlement=place.settlement))
        assert message.posted_at is not None
        found.append(
            Signal(
                number, message.posted_at, {codes[topic]: 1.0}, place, message.author, message.text
            )
        )
    return found


def register_of(messages: Sequence[Message]) -> Gazetteer:
    """Gazetteer of all streets and districts of a city, each by its name alone."""
    towns = Counter(one.place.settlement for one in messages if one.place.settlement)
    districts = sorted({one.place.district for one in messages if one.place.district})
    streets = {one.place.street: one.place.district for one in messages if one.place.street}
    entries = [Entry(PlaceKind.DISTRICT, name, fold(name), (name,)) for name in districts]
    entries += [
        Entry(PlaceKind.STREET, name, street_key(name), (name,), streets[name])
        for name in sorted(streets)
    ]
    return Gazetteer("register", max(towns, key=lambda name: towns[name]), tuple(entries))


def run(signals: Iterable[Signal], tuning: Tuning) -> tuple[dict[int, int], dict[int, int], float]:
    """Event of each message that stands in a flagged one, and the message that flagged each.

    Where pieces of one event were joined, the first flag counts.
    """
    matcher = Matcher(Rates(), tuning=tuning)
    of: dict[int, int] = {}
    flagged: dict[int, int] = {}
    joined: dict[int, int] = {}
    start = time.process_time()
    for signal in signals:
        linked = matcher.take(signal)
        of[signal.number] = linked.event.number
        joined.update(dict.fromkeys(linked.absorbed, linked.event.number))
        if linked.flags:
            flagged[linked.event.number] = signal.number
    spent = time.process_time() - start
    for number, event in joined.items():
        if number in flagged:
            flagged[event] = min(flagged[number], flagged[event])
    of = {number: last(joined, event) for number, event in of.items()}
    return {number: event for number, event in of.items() if event in flagged}, flagged, spent


def last(joined: dict[int, int], event: int) -> int:
    """Event that an event has become part of."""
    while event in joined:
        event = joined[event]
    return event


def judge(
    city: City, of: dict[int, int], flagged: dict[int, int], numbers: dict[str, int]
) -> dict[str, Any]:
    """Compare with what was planted."""
    truth = {numbers[one]: incident for incident in city.truth.incidents for one in incident.ids}
    at = {numbers[message.external_id]: message.posted_at for message in city.messages}
    holds: dict[int, list[int]] = {}
    for number, event in of.items():
        holds.setdefault(event, []).append(number)
    false = [
        event
        for event, members in holds.items()
        if 2 * sum(number in truth for number in members if number <= flagged[event])
        < sum(number <= flagged[event] for number in members)
    ]
    positions, minutes, main = [], [], {}
    for incident in city.truth.incidents:
        ids = sorted(numbers[one] for one in incident.ids)
        events = Counter(of[number] for number in ids if number in of)
        if not events:
            positions.append(math.inf)
            minutes.append(math.inf)
            continue
        main[incident.code] = event = events.most_common(1)[0][0]
        by = flagged[event]
        positions.append(float(sum(number <= by for number in ids)))
        minutes.append((at[by] - at[ids[0]]).total_seconds() / 60)
    twins = [one for one in city.truth.incidents if one.twin and one.code < one.twin]
    apart = sum(
        one.code in main and one.twin in main and main[one.code] != main[one.twin] for one in twins
    )
    right, said, planted = pairs(of, {number: one.code for number, one in truth.items()})
    return {
        "positions": positions,
        "minutes": minutes,
        "false": len(false),
        "twins": len(twins),
        "apart": apart,
        "pairs": (right, said, planted),
    }


def pairs(of: dict[int, int], truth: dict[int, str]) -> tuple[int, int, int]:
    """Pairs that are right, said and planted."""

    def count(keys: Iterable[object]) -> int:
        return sum(n * (n - 1) // 2 for n in Counter(keys).values())

    both = count((event, truth[number]) for number, event in of.items() if number in truth)
    return both, count(of.values()), count(truth.values())


def figures(seeds: Sequence[int], n_messages: int, places: str, tuning: Tuning) -> dict[str, Any]:
    """All cities together."""
    results, spent = [], 0.0
    for seed in seeds:
        city = make_city(seed, n_messages)
        numbers = {message.external_id: n for n, message in enumerate(city.messages, 1)}
        of, flagged, seconds = run(signals_of(city, places), tuning)
        spent += seconds
        results.append(judge(city, of, flagged, numbers))
    positions = [one for result in results for one in result["positions"]]
    minutes = [one for result in results for one in result["minutes"]]
    right, said, planted = (sum(result["pairs"][n] for result in results) for n in range(3))
    twins = sum(result["twins"] for result in results)
    return {
        "places": places,
        "incidents": len(positions),
        "flagged": round(sum(map(math.isfinite, positions)) / len(positions), 3),
        "flagged_by_message_median": statistics.median(positions),
        "flagged_within_minutes_median": round(statistics.median(minutes), 1),
        "within_10_minutes": round(sum(one <= 10 for one in minutes) / len(minutes), 3),
        "false_flags_a_week": round(
            sum(result["false"] for result in results) / WEEKS / len(seeds), 3
        ),
        "pair_precision": round(right / max(said, 1), 3),
        "pair_recall": round(right / max(planted, 1), 3),
        "pair_f1": round(2 * right / max(said + planted, 1), 3),
        "twins": twins,
        "twins_apart": round(sum(result["apart"] for result in results) / max(twins, 1), 3),
        "us_a_message": round(1e6 * spent / (n_messages * len(seeds))),
    }


def main() -> None:
    """Print the figures, or JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", default="100-104")
    parser.add_argument("--messages", type=int, default=104_000)
    parser.add_argument("--places", choices=PLACES, default="given")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    first, _, last = options.seeds.partition("-")
    seeds = range(int(first), int(last or first) + 1)
    result = figures(seeds, options.messages, options.places, Tuning())
    if options.json:
        print(json.dumps(result, indent=2))
        return
    for name, value in result.items():
        print(f"{name:<30}{value:>10}")


if __name__ == "__main__":
    main()
