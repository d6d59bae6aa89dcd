"""What rose this week, in the order of how much, and what is known of why and of the measures."""

import pandas as pd

from otklik.pipelines.week import Week

COLUMNS = (
    "place", "group", "topic", "district", "observed", "expected", "low", "high", "excess",
    "authors", "voices", "top_district", "top_observed", "answered", "overdue", "waiting",
    "recipient", "recipient_observed", "recipients", "cause", "incident",
)  # fmt: skip
LEAST_SHARED = 0.3
"""A cause or incident belongs to a rise when it holds that share of its messages."""


def find_rises(
    messages: pd.DataFrame,
    week: Week,
    topics: pd.DataFrame,
    cells: pd.DataFrame,
    parts: dict[str, pd.DataFrame],
) -> pd.DataFrame:
    """Rises of topics in the whole city, then of cells whose topic did not rise; `COLUMNS`.

    The order is that of the excess over what was expected; tone plays no part in it. Cause and
    incident are those that most messages of the rise belong to, None where few do. `waiting` has
    no answer yet and still time for one; `recipient` is the commonest of `recipients`.
    """
    now = messages[messages["week"] == week.name]
    rising = topics[topics["rise"] == 1].assign(district=None)
    named = set(zip(rising["group"], rising["topic"], strict=True))
    local = cells[cells["rise"] == 1]
    alone = [pair not in named for pair in zip(local["group"], local["topic"], strict=True)]
    # An empty part would change the types of the other one.
    both = [part for part in (rising, local[alone]) if len(part)]
    if not both:
        return pd.DataFrame(columns=list(COLUMNS))
    found = pd.concat(both, ignore_index=True)
    found = found.sort_values(
        ["excess", "group", "topic", "district"], ascending=[False, True, True, True]
    )
    rows = []
    for place, row in enumerate(found.itertuples(index=False), 1):
        inside = (now["group"] == row.group) & (now["topic"] == row.topic)
        district = None if pd.isna(row.district) else row.district
        if district is not None:
            inside &= now["district"] == district
        part = now[inside]
        top, amount = _most(part["district"]) if district is None else (None, None)
        recipient, theirs = _most(part["recipient"])
        silent = part["answered_at"].isna() & part["due_at"].notna() & (part["overdue"] == 0)
        rows.append(
            {
                "place": place,
                **{name: getattr(row, name) for name in COLUMNS[1:11] if name != "district"},
                "district": district,
                "top_district": top,
                "top_observed": amount,
                "answered": int(part["answered_at"].notna().sum()),
                "overdue": int(part["overdue"].sum()),
                "waiting": int(silent.sum()),
                "recipient": recipient,
                "recipient_observed": theirs,
                "recipients": int(part["recipient"].nunique()),
                "cause": _owner(part, parts.get("cause_messages"), "cause"),
                "incident": _owner(part, parts.get("incident_messages"), "incident"),
            }
        )
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype(
        dict.fromkeys(("top_observed", "recipient_observed", "cause", "incident"), "Int64")
    )


def _most(column: pd.Series) -> tuple[str | None, int | None]:
    counts = column.value_counts()
    if counts.empty:
        return None, None
    top = min(counts[counts == counts.iloc[0]].index)
    return str(top), int(counts.iloc[0])


def _owner(part: pd.DataFrame, members: pd.DataFrame | None, name: str) -> int | None:
    """Whose messages the rise is made of."""
    if members is None or part.empty:
        return None
    inside = members[members["message_id"].isin(part["id"])]
    counts = inside.groupby(name)["message_id"].nunique()
    if counts.empty or counts.max() < LEAST_SHARED * len(part):
        return None
    return int(min(counts[counts == counts.max()].index))
