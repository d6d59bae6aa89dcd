"""Attribution: how often the dimension that was raised is the one that is named.

Rises of one factor alone: those of made-up cities, with what else was planted there (causes,
incidents, problems, the other rise, copies) left out, since it changes other dimensions too; and
rises planted here into null cities, of 1.5 to 3 times and 40 messages or more. The base is six
weeks on either side, and for the second figure of each only the six weeks before.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
from null_city import null_years

from otklik.datasets.city_truth import Rise, Truth
from otklik.datasets.rubricator_versions import load_rubricator
from otklik.datasets.synthetic_city import make_city
from otklik.pipelines.attribution import attribute_period
from otklik.pipelines.attribution_rows import Attribution
from otklik.pipelines.periods import ZONE
from otklik.pipelines.snapshot import snapshot_of_messages

N_MESSAGES = 50_000
DIMENSIONS = ("topic", "district", "recipient", "channel", "asset")
PLANTED = ("topic", "district", "recipient", "channel")
PLANTS = 8
LEAST = 40
"""Messages that a rise planted here adds at least."""


def run(seeds: list[int]) -> Iterator[dict[str, Any]]:
    """Rows for the benchmark."""
    found = [one for seed in seeds for one in (*_cities(seed), *_null_cities(seed))]
    for kind in ("rises of cities", "rises in null cities"):
        ours = [one for one in found if one["kind"] == kind]
        for base, asked in (("around", ">= 0.90"), ("before", "")):
            right = [one[base].best is not None and _right(one, base) for one in ours]
            what = f"right dimension, {kind}, weeks {base} ({len(ours)})"
            yield {"what": what, "asked": asked, "reached": round(float(np.mean(right)), 4)}
        named = [one["value"] in one["around"].best.named for one in ours if _right(one, "around")]
        what = f"right value, where the dimension is right, {kind}"
        yield {"what": what, "asked": "", "reached": round(float(np.mean(named)), 4)}
    wrong = sum(not _exact(one[base]) for one in found for base in ("around", "before"))
    yield {"what": "attributions that do not add up exactly", "asked": "== 0", "reached": wrong}


def _right(one: dict[str, Any], base: str) -> bool:
    best = one[base].best
    return best is not None and best.dimension == one["dimension"]


def _exact(found: Attribution) -> bool:
    return all(
        sum((c.change for c in one.contributions), Fraction(0)) == found.change
        for one in found.explanations
    )


def _cities(seed: int) -> Iterator[dict[str, Any]]:
    city = make_city(seed, N_MESSAGES)
    table = snapshot_of_messages(city.messages).table
    names = {topic.code: topic.name for topic in load_rubricator("im-2026").topics}
    for rise in city.truth.rises:
        kept = table[~table["external_id"].isin(_others(city.truth, rise))]
        value = names.get(rise.value, rise.value)
        since, until = (date.fromisoformat(day) for day in (rise.starts, rise.ends))
        yield _judged("rises of cities", kept, rise.dimension, value, since, until)


def _others(truth: Truth, rise: Rise) -> set[str]:
    planted = (*truth.causes, *truth.incidents, *truth.problems, *truth.rises)
    others = {id_ for one in planted if one is not rise for id_ in one.ids}
    return others | {id_ for one in truth.copies for id_ in one.ids[1:]}


def _null_cities(seed: int) -> Iterator[dict[str, Any]]:
    chance = np.random.default_rng(seed)
    table = null_years(seed, N_MESSAGES, (2025,))
    table = table[table["duplicate_of"].isna()]
    day = table["dated_at"].dt.tz_convert(ZONE).dt.date
    for number in range(PLANTS):
        dimension = PLANTED[number % len(PLANTED)]
        while True:
            since = date(2025, 2, 20) + timedelta(days=int(chance.integers(0, 240)))
            until = since + timedelta(weeks=int(chance.integers(2, 6)))
            inside = (day >= since) & (day < until)
            counts = table.loc[inside, dimension].value_counts()
            value, ratio = str(chance.choice(counts.index)), float(chance.uniform(1.5, 3))
            added = int(chance.poisson((ratio - 1) * counts[value]))
            if added >= LEAST:
                break
        # More of what the factor brings in these weeks, each in its own proportion.
        ours = table[inside & (table[dimension] == value)]
        more = ours.sample(added, replace=True, random_state=int(chance.integers(2**31)))
        grown = pd.concat([table, more], ignore_index=True)
        yield _judged("rises in null cities", grown, dimension, value, since, until)


def _judged(
    kind: str, table: pd.DataFrame, dimension: str, value: str, since: date, until: date
) -> dict[str, Any]:
    end = pd.Timestamp(until).tz_localize(ZONE)
    return {
        "kind": kind,
        "dimension": dimension,
        "value": value,
        "around": attribute_period(table, since, until, DIMENSIONS, direction="rise"),
        "before": attribute_period(
            table[table["dated_at"] < end], since, until, DIMENSIONS, direction="rise"
        ),
    }
