"""The messages of a week and of those before it, as they were known when the week ended."""

import numpy as np
import pandas as pd

from otklik.pipelines.week import Week
from otklik.pipelines.week_input import WeekInput

NO_GROUP = "Тема не определена"
TREND_WEEKS = 26
_HOUR, _MINUTE = pd.Timedelta(hours=1), pd.Timedelta(minutes=1)


def messages_of(given: WeekInput) -> pd.DataFrame:
    """One row a message, plain columns, in the order of ids.

    Times are ISO texts in the zone of the city. What became known after the week is left out:
    the report of an old week is the same whenever it is built.

    Returns
    -------
    DataFrame
        `late` is 1 where the term ended before the week did and no answer came in time, 0 where
        one did, missing where no term is known or it has not ended; `overdue` 1 where the answer
        is still owed; `hours` from message to first answer, `waited` the same or, where there is
        none, to the end of the week.
    """
    stop = pd.Timestamp(given.week.stop(given.zone)).tz_convert("UTC")
    start = pd.Timestamp(given.week.back(TREND_WEEKS).start(given.zone)).tz_convert("UTC")
    table = given.snapshot.table
    table = table[(table["dated_at"] >= start) & (table["dated_at"] < stop)]
    answered = table["answered_at"].where(table["answered_at"] < stop)
    due = _due_at(given, table)
    ended = due.notna() & (due < stop)
    # «In time» is judged by the moment of the term, whatever week is asked.
    missed = ended & ~(answered <= due)
    out = pd.DataFrame({"id": table.index, "external_id": table["external_id"].to_numpy()})
    out["at"] = _local(table["dated_at"], given)
    out["week"] = _weeks(table["dated_at"], given)
    for name in ("source", "channel", "kind", "author"):
        out[name] = _texts(table[name])
    out["group"] = _texts(table["group"].fillna(NO_GROUP))
    for name in ("topic", "district", "street", "house", "asset", "recipient", "sentiment"):
        out[name] = _texts(table[name])
    for name in ("importance", "latitude", "longitude"):
        out[name] = table[name].to_numpy()
    out["duplicate_of"] = table["duplicate_of"].array
    out["answered_at"] = _local(answered, given)
    out["answered_week"] = _weeks(answered, given)
    out["hours"] = ((answered - table["dated_at"]) / _HOUR).round(2).to_numpy()
    out["waited"] = ((answered.fillna(stop) - table["dated_at"]) / _HOUR).round(2).to_numpy()
    out["due_at"] = _local(due, given)
    out["due_week"] = _weeks(due.where(ended), given)
    out["late"] = missed.astype("Int64").where(ended).array
    out["overdue"] = (ended & answered.isna()).astype("int64").to_numpy()
    out["state"] = _texts(_states(given, stop).reindex(table.index))
    return out


def week_names(week: Week, back: int) -> list[str]:
    """Names of the weeks before, the oldest first; the week itself is not among them."""
    return [week.back(number).name for number in range(back, 0, -1)]


def history_weeks(messages: pd.DataFrame, week: Week, most: int) -> list[str]:
    """Names of the whole weeks before that hold data, `most` at the most, the oldest first.

    The first week of the data is left out: it may have begun in its middle.
    """
    first = str(messages["week"].min())
    return [name for name in week_names(week, most) if name > first]


def _due_at(given: WeekInput, table: pd.DataFrame) -> pd.Series:
    if given.due_at is None:
        return pd.Series(pd.NaT, index=table.index, dtype="datetime64[ns, UTC]")
    return given.due_at.reindex(table.index)


def _states(given: WeekInput, stop: pd.Timestamp) -> pd.Series:
    """The last state of each message that was entered before the week's end."""
    statuses = given.snapshot.statuses
    known = statuses[~(statuses["at"] >= stop)]
    return known.groupby("message_id", sort=True)["name"].last()


def _local(moments: pd.Series, given: WeekInput) -> list[str | None]:
    """ISO texts with their offsets; written column by column, a table has many."""
    local = moments.dt.tz_convert(given.zone).dt.tz_localize(None)
    offsets = (local - moments.dt.tz_convert("UTC").dt.tz_localize(None)) // _MINUTE
    signs = {one: _offset(int(one)) for one in offsets.dropna().unique()}
    texts = np.datetime_as_string(local.to_numpy("datetime64[s]"))
    return [
        f"{text}{signs[offset]}" if offset in signs else None
        for text, offset in zip(texts, offsets, strict=True)
    ]


def _offset(minutes: int) -> str:
    hours, rest = divmod(abs(minutes), 60)
    return f"{'-' if minutes < 0 else '+'}{hours:02}:{rest:02}"


def _weeks(moments: pd.Series, given: WeekInput) -> list[str | None]:
    """ISO weeks by the day in the city's zone."""
    days = moments.dt.tz_convert(given.zone).dt.tz_localize(None).dt.normalize()
    mondays = days - pd.to_timedelta(days.dt.day_of_week, unit="D")
    names = {monday: Week(monday.date()).name for monday in mondays.dropna().unique()}
    return [names.get(monday) for monday in mondays]


def _texts(column: pd.Series) -> list[str | None]:
    return [
        value if type(value) is str else None if pd.isna(value) else str(value) for value in column
    ]
