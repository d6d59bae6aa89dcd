"""All tables of one week: what is stored, asked by facts, and given to BI."""

from typing import Any

import pandas as pd

from otklik.pipelines.recipients_rating import WINDOW_WEEKS, rate_recipients
from otklik.pipelines.week_counts import (
    LEAST_AUTHORS,
    Scoped,
    count_cells,
    count_topics,
    count_weeks,
    indicators,
    scoped,
)
from otklik.pipelines.week_expected import LEVEL, WEEKS
from otklik.pipelines.week_input import PARTS, WeekInput
from otklik.pipelines.week_messages import TREND_WEEKS, messages_of
from otklik.pipelines.week_quality import count_caveats, count_tones, judge_routing
from otklik.pipelines.week_rises import find_rises

Tables = dict[str, pd.DataFrame]

NOTICED = 5
"""Messages of the week, copies aside, from which a problem or an incident is told of by name."""
ABOUT = (
    "city", "days", "name", "last_day", "level", "history", "window", "authors", "noticed", "trend",
)  # fmt: skip
"""What the table `week` says of the week, beside the notes."""


def freeze(given: WeekInput) -> Tables:
    """The input of a week as plain tables: messages, and every part that is there.

    `texts` holds the masked words of the week's messages, for the lists; no query asks it.
    """
    messages = messages_of(given)
    now = messages.loc[messages["week"] == given.week.name, "id"]
    texts = given.snapshot.table["text"].reindex(now)
    tables: Tables = {
        "messages": messages,
        "texts": pd.DataFrame({"id": now.to_numpy(), "text": texts.to_numpy()}),
    }
    for name, columns in PARTS.items():
        if name in given.parts:
            part = given.parts[name][list(columns)].reset_index(drop=True)
            tables[name] = _texts(part)
    tables["week"] = pd.DataFrame(_about(given))
    return tables


def derive(frozen: Tables, given: WeekInput) -> Tables:
    """Everything that is counted from the frozen tables."""
    messages, week = frozen["messages"], given.week
    scopes = scoped(messages)
    bursts = frozen.get("bursts")
    topics, cells = count_topics(messages, week, bursts), count_cells(messages, week, bursts)
    tables = {
        "weeks": count_weeks(scopes, week),
        "indicators": indicators(scopes, week),
        "topics": topics,
        "cells": cells,
        "districts": _districts(scopes, week.name),
        "rises": find_rises(messages, week, topics, cells, frozen),
        "recipients": rate_recipients(scopes, week, frozen.get("essence")),
        "caveats": count_caveats(scopes, week),
        "tones": count_tones(scopes, week),
    }
    if "routed" in frozen:
        tables["quality"] = judge_routing(scopes, week, frozen["routed"])
    return tables


def _about(given: WeekInput) -> list[dict[str, Any]]:
    week = given.week
    facts = {"name": week.name, "days": week.days, "city": given.city}
    facts |= {"last_day": week.sunday.isoformat(), "zone": str(given.zone)}
    facts |= {
        "level": f"{round(100 * LEVEL)}\u00a0%",
        "history": f"{WEEKS} предыдущим неделям",
        "window": f"последние {WINDOW_WEEKS} недели",
        "authors": f"{LEAST_AUTHORS} человек",
        "noticed": f"{NOTICED} раз",
        "trend": f"{TREND_WEEKS} недель",
    }
    facts |= {f"note{place}": note for place, note in enumerate(given.notes)}
    return [{"key": key, "value": value} for key, value in facts.items()]


def _districts(scopes: Scoped, week: str) -> pd.DataFrame:
    rows = []
    for scope, part in scopes.items():
        counts = part.loc[part["week"] == week, "district"].value_counts().sort_index()
        rows += [(scope, str(name), int(amount)) for name, amount in counts.items()]
    return pd.DataFrame(rows, columns=["scope", "district", "observed"])


def _texts(part: pd.DataFrame) -> pd.DataFrame:
    """Times as ISO texts: SQL asks them."""
    for name in part.columns:
        if pd.api.types.is_datetime64_any_dtype(part[name]):
            part[name] = [None if pd.isna(at) else at.isoformat() for at in part[name]]
    return part
