"""How the automatic classification did this week, and what the data themselves lack."""

import pandas as pd
from scipy import stats

from otklik.pipelines.week import Week
from otklik.pipelines.week_counts import Scoped
from otklik.pipelines.week_expected import LEVEL, share_interval

AUTO = "auto"
CAVEATS = {
    "no_district": "district",
    "no_topic": "topic",
    "no_recipient": "recipient",
    "no_author": "author",
    "no_term": "due_at",
    "no_place": "latitude",
}
"""What is missing in a message, and the column that tells."""


def judge_routing(scopes: Scoped, week: Week, routed: pd.DataFrame) -> pd.DataFrame:
    """One row a scope.

    `routed` messages of the week were answered by the model, `auto` of them without a person;
    `checked` of these a person has looked at, `wrong` have another topic now. Shares have intervals
    of 95 %: Jeffreys for `auto`, Clopper and Pearson for errors.
    """
    rows = []
    for scope, part in scopes.items():
        now = part[part["week"] == week.name]
        mine = routed[routed["message_id"].isin(now["id"])]
        auto = mine["decision"] == AUTO
        checked = mine[mine["corrected"].notna()]
        wrong = checked["corrected"] != checked["predicted"]
        sent = auto.reindex(checked.index)
        n_sent, n_wrong = int(sent.sum()), int((wrong & sent).sum())
        n_auto = int(auto.sum())
        row: dict[str, object] = {"scope": scope, "routed": len(mine), "auto": n_auto}
        row |= {"corrected": int(wrong.sum()), "checked": n_sent, "wrong": n_wrong}
        if len(mine):
            low, high = share_interval(n_auto, len(mine))
            row |= {"auto_share": n_auto / len(mine), "auto_low": low, "auto_high": high}
        if n_sent:
            exact = stats.binomtest(n_wrong, n_sent).proportion_ci(LEVEL, method="exact")
            row |= {"error": n_wrong / n_sent, "error_low": exact.low, "error_high": exact.high}
        rows.append(row)
    columns = [
        "scope", "routed", "auto", "auto_share", "auto_low", "auto_high", "corrected", "checked",
        "wrong", "error", "error_low", "error_high",
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def count_caveats(scopes: Scoped, week: Week) -> pd.DataFrame:
    """What the messages of the week lack, by scope: scope, name, observed."""
    rows = []
    for scope, part in scopes.items():
        now = part[part["week"] == week.name]
        rows += [(scope, name, int(now[column].isna().sum())) for name, column in CAVEATS.items()]
        rows.append((scope, "copies", int(now["duplicate_of"].notna().sum())))
    return pd.DataFrame(rows, columns=["scope", "name", "observed"])


def count_tones(scopes: Scoped, week: Week) -> pd.DataFrame:
    """Tone of the week's messages, by scope: scope, sentiment, observed. Shown, never ranked by."""
    rows = []
    for scope, part in scopes.items():
        counts = part.loc[part["week"] == week.name, "sentiment"].value_counts().sort_index()
        rows += [(scope, str(name), int(amount)) for name, amount in counts.items()]
    return pd.DataFrame(rows, columns=["scope", "sentiment", "observed"])
