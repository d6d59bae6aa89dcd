"""The planted truth holds in the messages: rates are raised by what it says, copies are copies."""

from collections import Counter
from datetime import datetime
from math import sqrt
from statistics import median

import pytest

from otklik.datasets.city_causes import RATIOS
from otklik.datasets.city_topics import city_topics
from otklik.datasets.synthetic_city import make_city

SEEDS = range(20, 26)
N = 8000
NAMES = {topic.code: topic.name for topic in city_topics()}


@pytest.fixture(scope="module")
def cities():
    return [make_city(seed, N) for seed in SEEDS]


@pytest.fixture(scope="module")
def null():
    return make_city(31, N, null=True)


def by_id(city):
    return {message.external_id: message for message in city.messages}


def topic(message):
    return message.labels[1].name


def plain(city):
    """Messages that are no incident, no lasting problem, no copy and no second petition."""
    truth = city.truth
    other = {id_ for one in (*truth.incidents, *truth.problems) for id_ in one.ids}
    other |= {id_ for one in (*truth.copies, *truth.repeats) for id_ in one.ids[1:]}
    return [message for message in city.messages if message.external_id not in other]


def within(message, record):
    return record.starts <= message.posted_at.date().isoformat() < record.ends


def in_cause(message, cause):
    names = {NAMES[code] for code in cause.topics}
    return (
        within(message, cause) and topic(message) in names and message.place.street in cause.streets
    )


def in_rise(message, rise):
    value = {
        "topic": NAMES.get(rise.value),
        "district": rise.value,
        "channel": rise.value,
        "recipient": rise.value,
    }[rise.dimension]
    found = {
        "topic": topic(message),
        "district": message.place.district,
        "channel": message.raw["Источник"],
        "recipient": message.labels[2].name,
    }[rise.dimension]
    return within(message, rise) and found == value


@pytest.mark.parametrize(("kind", "belongs"), [("causes", in_cause), ("rises", in_rise)])
def test_rates_are_raised_by_the_stated_ratio(cities, kind, belongs):
    seen = planned = usual = expected = 0.0
    for city in cities:
        ordinary = plain(city)
        for record in getattr(city.truth, kind):
            cell = [message for message in ordinary if belongs(message, record)]
            assert set(record.ids) <= {message.external_id for message in cell}
            seen += len(cell)
            usual += len(cell) - len(record.ids)
            planned += record.expected * record.ratio
            expected += record.expected
    assert abs(seen - planned) < 4 * sqrt(planned)
    assert abs(usual - expected) < 4 * sqrt(expected)
    assert seen > 1.4 * usual


def test_causes_are_what_the_issue_asks_for(cities):
    causes = [cause for city in cities for cause in city.truth.causes]
    assert len(causes) == 3 * len(SEEDS)
    assert all(RATIOS[0] <= cause.ratio <= RATIOS[1] for cause in causes)
    assert len({cause.mechanism for cause in causes}) > 5
    assert any(cause.official_class != cause.cause_class for cause in causes)
    for city in cities:
        topics = [code for cause in city.truth.causes for code in cause.topics]
        assert len(topics) == len(set(topics))
        for cause in city.truth.causes:
            assert city.truth.assets[cause.asset]["streets"] == list(cause.streets)


def test_a_null_city_holds_no_cause_but_copies(null):
    truth = null.truth
    assert truth.null
    assert not [*truth.causes, *truth.rises, *truth.incidents, *truth.problems]
    assert truth.copies
    assert truth.false_solved
    assert len(null.messages) == N


def test_a_null_city_is_as_even_as_chance(null):
    """Counts of topic × stripe of the city vary as independent messages do."""
    ordinary = [message for message in plain(null) if message.place.street]
    street = Counter(message.place.street for message in ordinary)
    topics = Counter(map(topic, ordinary))
    pairs = Counter((topic(message), message.place.street) for message in ordinary)
    chi = cells = 0.0
    for name, count in topics.most_common(40):
        for place, share in street.items():
            mean = count * share / len(ordinary)
            chi += (pairs[name, place] - mean) ** 2 / mean
            cells += 1
    assert abs(chi - cells) < 6 * sqrt(2 * cells)


def test_incidents_come_fast_and_from_one_place(cities):
    waits, sizes = [], []
    for city in cities:
        messages = by_id(city)
        for incident in city.truth.incidents:
            reports = [messages[id_] for id_ in incident.ids]
            sizes.append(len(reports))
            assert {topic(report) for report in reports} == {NAMES[incident.topic]}
            assert {report.place.street for report in reports} <= set(incident.streets)
            if incident.house:
                assert {report.place.house for report in reports} == {incident.house}
            first, last = map(datetime.fromisoformat, (incident.starts, incident.ends))
            times = sorted(report.posted_at for report in reports)
            assert (times[0], times[-1]) == (first, last)
            waits.append((times[4] - times[0]).total_seconds() / 60)
    assert min(sizes) >= 6
    assert median(waits) < 10


def test_twins_lie_in_one_street_at_two_houses(cities):
    seen = 0
    for city in cities:
        found = {incident.code: incident for incident in city.truth.incidents}
        for incident in found.values():
            if incident.twin:
                other = found[incident.twin]
                assert other.twin == incident.code
                assert (other.kind, other.streets) == (incident.kind, incident.streets)
                assert other.house != incident.house
                seen += 1
    assert seen


def test_planned_works_explain_some_incidents_and_no_others(cities):
    linked = 0
    for city in cities:
        works = {work.code: work for work in city.truth.works}
        assert len(works) > sum(1 for i in city.truth.incidents if i.work)
        for incident in city.truth.incidents:
            if incident.work:
                work = works[incident.work]
                assert (work.topic, work.asset) == (incident.topic, incident.asset)
                assert work.starts <= incident.starts < work.ends
                linked += 1
    assert linked


def test_copies_repeat_the_first_of_them(cities):
    kinds = Counter()
    for city in cities:
        messages = by_id(city)
        for copies in city.truth.copies:
            first, *rest = (messages[id_] for id_ in copies.ids)
            kinds[copies.kind] += len(rest)
            assert all(first.text in copy.text for copy in rest)
            assert all(first.posted_at <= copy.posted_at for copy in rest)
            if copies.kind == "resend":
                assert (rest[0].text, rest[0].author) == (first.text, first.author)
            if copies.kind == "repost":
                assert rest[0].raw["Источник"] != first.raw["Источник"]
            if copies.kind == "brigade":
                assert len(rest) >= 5
                assert len({copy.author for copy in rest}) > 2
    assert sum(kinds.values()) == round(0.045 * N) * len(SEEDS)
    assert kinds["brigade"] > 0.2 * sum(kinds.values())


def test_second_petitions_come_from_the_same_author_and_house(cities):
    for city in cities:
        messages = by_id(city)
        assert len(city.truth.repeats) == round(0.02 * N)
        for repeat in city.truth.repeats:
            first, second = (messages[id_] for id_ in repeat.ids)
            assert (first.author, first.place.house) == (second.author, second.place.house)
            assert (second.posted_at - first.posted_at).days >= 4
            assert city.truth.qualities[first.external_id] in ("false", "boilerplate")


def weeks(city, problem):
    start = city.messages[0].posted_at.date().replace(month=1, day=1)
    messages = by_id(city)
    return Counter((messages[id_].posted_at.date() - start).days // 7 for id_ in problem.ids)


def test_problems_live_as_their_ledger_says(cities):
    scenarios = Counter()
    for city in cities:
        problems = {problem.code: problem for problem in city.truth.problems}
        for problem in problems.values():
            scenarios[problem.scenario] += 1
            seen = weeks(city, problem)
            events = {event.event: event for event in problem.events}
            ends = [event for event in problem.events if event.event in ("closed", "merged")]
            begins = [event for event in problem.events if event.event in ("born", "split")]
            assert begins[0].week <= min(seen)
            assert max(seen) < ends[-1].week
            if "reopened" in events:
                gap = range(ends[0].week, events["reopened"].week)
                assert len(gap) >= 4
                assert not any(seen[week] for week in gap)
                assert max(seen) >= events["reopened"].week
            for event in problem.events:
                assert bool(event.other) == (event.event in ("merged", "split"))
                assert not event.other or event.other in problems
            if problem.scenario == "grow":
                turn = events["grew"].week
                early = sum(count for week, count in seen.items() if week < turn)
                assert sum(seen.values()) > 1.5 * early
    assert {"grow", "reopen", "merge", "split"} <= set(scenarios)


def test_problem_messages_keep_to_their_topic_and_streets(cities):
    for city in cities:
        messages = by_id(city)
        for problem in city.truth.problems:
            assert {topic(messages[id_]) for id_ in problem.ids} == {NAMES[problem.topic]}
            assert {messages[id_].place.street for id_ in problem.ids} <= set(problem.streets)
