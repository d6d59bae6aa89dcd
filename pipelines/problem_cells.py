"""Cells of a window of weeks: what is complained of, and at which asset, street or district.

A cell is «mechanism @ place». Where the place is narrow (a named asset, a street), the mechanism
is the topic: neighbours complain of one trouble in many words. Where it is wide (a district, the
whole city), a topic holds many troubles, and the mechanism is a cluster of like messages.
"""

import re
from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from otklik.datasets.problem_book import FACTS
from otklik.pipelines.beliefs import Beliefs
from otklik.pipelines.snapshot import Snapshot

Cluster = Callable[
    [npt.NDArray[np.float32], Sequence[str | None], Beliefs | None], npt.NDArray[np.int64]
]
"""Vectors, their groups and what models said to labels, -1 for messages like no others; never
across groups."""

WINDOW_WEEKS = 8
SAME_ASSET = 0.8
"""Share of the messages of one topic and street with an asset that name the same one: where it is
reached, the messages that name none are taken to mean it too."""
COLUMNS = ("dated_at", "text", *FACTS)
ANYWHERE = "город"
UNKNOWN = "тема неизвестна"
_DAY_NS = 86_400e9
_BUS = re.compile(r"^(?:автобус(?:ный маршрут)?|маршрутка|маршрутное такси)(?= №)")


@dataclass(frozen=True)
class Window:
    """Messages of the last weeks in one order, whatever order they came in.

    Parameters
    ----------
    columns : dict of str to list of n
        Columns of a snapshot's table, by time, source and name in the source; `asset` only where
        it has a name of its own.
    ids : int64 of shape (n,)
        Message ids.
    ages : float64 of shape (n,)
        Days from the message to the end of the week.
    authors : list of n str
        Who wrote; a message without an author counts as one of its own.
    counted : bool of shape (n,)
        Whether a message is more than a copy of an earlier one.
    cells : list of n str or None
        «Mechanism @ place»; None for messages like no others.
    narrow : bool of shape (n,)
        Whether the place is an asset or a street.
    labels : int64 of shape (n,)
        Cluster within the group, -1 for none.
    addresses : list of n str or None
        Street and house.
    vectors : float32 of shape (n, dim)
        Less the mean of the window, unit rows, zeros where a message was not encoded.
    """

    columns: dict[str, list[Any]]
    ids: npt.NDArray[np.int64]
    ages: npt.NDArray[np.float64]
    authors: list[str]
    counted: npt.NDArray[np.bool_]
    cells: list[str | None]
    narrow: npt.NDArray[np.bool_]
    labels: npt.NDArray[np.int64]
    addresses: list[str | None]
    vectors: npt.NDArray[np.float32]

    @cached_property
    def rows_of_topic(self) -> dict[str | None, list[int]]:
        """Rows of every topic."""
        found: dict[str | None, list[int]] = {}
        for row, topic in enumerate(self.columns["topic"]):
            found.setdefault(topic, []).append(row)
        return found

    def people(self, rows: Sequence[int]) -> int:
        """How many different people wrote these messages, copies aside."""
        return len({self.authors[row] for row in rows if self.counted[row]})


def build_window(
    snapshot: Snapshot,
    start: datetime,
    stop: datetime,
    cluster: Cluster | None,
    beliefs: Beliefs | None = None,
) -> Window:
    """Cut a window out of a snapshot and find the cell of every message.

    Parameters
    ----------
    start, stop : datetime
        With time zone; `stop` is excluded.
    cluster : callable or None
        None: wide places are told apart by topic alone.
    beliefs : Beliefs or None
        What models said of the messages of the snapshot, row by row.
    """
    at = snapshot.table["dated_at"]
    inside = ((at >= start) & (at < stop)).to_numpy()
    table = snapshot.table[inside]
    order = np.lexsort(
        [table[name].astype(str).to_numpy() for name in ("external_id", "source")]
        + [table["dated_at"].astype("int64").to_numpy()]
    )
    table = table.iloc[order]
    vectors = centred(snapshot.vectors[inside][order])
    known = _known(table)
    said = None if beliefs is None else beliefs.part(np.flatnonzero(inside)[order])
    labels = _labels(known["group"], vectors, cluster, said)
    anchors, narrow = _anchors(table, known["topic"])
    table = table.assign(topic=known["topic"], group=known["group"])
    copies = _copies(table, anchors, narrow)
    cells = _cells(known, anchors, narrow, labels, clustered=bool(vectors.any()) and bool(cluster))
    ids = table.index.to_numpy("int64")
    end = pd.Timestamp(stop).tz_convert("UTC").value
    houses = zip(table["street_key"], table["house"], strict=True)
    columns = {name: table[name].tolist() for name in COLUMNS}
    columns["asset"] = [one if _is(one) and asset_key(one) else None for one in columns["asset"]]
    return Window(
        columns=columns,
        ids=ids,
        ages=(end - table["dated_at"].astype("int64").to_numpy()) / _DAY_NS,
        authors=[
            author if isinstance(author, str) else f"#{number}"
            for author, number in zip(table["author"], ids, strict=True)
        ],
        counted=copies == -1,
        # a copy lies where its original does, whatever its own channel said of the place
        cells=[cells[copy if copy >= 0 else row] for row, copy in enumerate(copies)],
        narrow=np.array([narrow[c if c >= 0 else row] for row, c in enumerate(copies)], bool),
        labels=labels,
        addresses=[f"{s}, {h}" if _is(s) and _is(h) else None for s, h in houses],
        vectors=vectors,
    )


def centred(vectors: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Vectors less their mean, unit rows: raw ones all lie close together."""
    encoded = _encoded(vectors)
    if not encoded.any():
        return np.zeros((len(vectors), 0), np.float32)
    moved = vectors - vectors[encoded].mean(axis=0)
    moved[~encoded] = 0
    length = np.linalg.norm(moved, axis=1, keepdims=True)
    return np.asarray(moved / np.where(length > 0, length, 1), np.float32)


def most_common(values: Sequence[Hashable]) -> Hashable | None:
    """The value met most, the first of several in the order of their text; None for none."""
    counts = Counter(value for value in values if _is(value))
    return min(counts, key=lambda value: (-counts[value], str(value)), default=None)


def _known(table: pd.DataFrame) -> dict[str, list[str | None]]:
    """Topic and group, the source's own where ours are not known."""
    return {
        name: [
            str(ours) if _is(ours) else str(theirs) if _is(theirs) else None
            for ours, theirs in zip(table[name], table[f"source_{name}"], strict=True)
        ]
        for name in ("topic", "group")
    }


def _labels(
    groups: list[str | None],
    vectors: npt.NDArray[np.float32],
    cluster: Cluster | None,
    beliefs: Beliefs | None,
) -> npt.NDArray[np.int64]:
    labels = np.full(len(groups), -1, np.int64)
    encoded = _encoded(vectors)
    if cluster is None or not encoded.any():
        return labels
    rows = np.flatnonzero(encoded)
    said = None if beliefs is None else beliefs.part(rows)
    labels[rows] = cluster(vectors[rows], [groups[row] for row in rows], said)
    return labels


def _anchors(table: pd.DataFrame, topics: list[str | None]) -> tuple[list[str], list[bool]]:
    """Place of every message, and whether it is narrow."""
    towns = [town if _is(town) else "" for town in table["settlement"]]
    streets = table["street_key"].tolist()
    assets = [asset_key(asset) if _is(asset) else None for asset in table["asset"]]
    named: dict[tuple[object, object, object], list[str]] = {}
    for key in zip(topics, towns, streets, assets, strict=True):
        if _is(key[2]) and _is(key[3]):
            named.setdefault(key[:3], []).append(str(key[3]))
    meant = {key: found for key, names in named.items() if (found := _same(names))}
    anchors, narrow = [], []
    columns = zip(topics, towns, streets, assets, table["district"], strict=True)
    for topic, town, street, asset, district in columns:
        thing = asset if _is(asset) else meant.get((topic, town, street))
        if thing:
            anchors.append(f"{thing} ({town})" if town else thing)
        elif _is(street):
            anchors.append(f"{street} ({town})" if town else street)
        else:
            anchors.append(district if _is(district) else town or ANYWHERE)
        narrow.append(bool(thing) or _is(street))
    return anchors, narrow


def asset_key(name: str) -> str | None:
    """One key for the spellings of a named object; None for what has no name of its own.

    Examples
    --------
    >>> asset_key("Автобус № 8"), asset_key("маршрут № 8"), asset_key("двор")
    ('маршрут № 8', 'маршрут № 8', None)
    """
    if not any(letter.isdigit() or letter.isupper() for letter in name):
        return None
    return _BUS.sub("маршрут", name.lower().replace("ё", "е"))


def _same(names: list[str]) -> str | None:
    name, count = Counter(sorted(names)).most_common(1)[0]
    return name if count >= 2 and count >= SAME_ASSET * len(names) else None


def _cells(
    known: dict[str, list[str | None]],
    anchors: list[str],
    narrow: list[bool],
    labels: npt.NDArray[np.int64],
    *,
    clustered: bool,
) -> list[str | None]:
    cells: list[str | None] = []
    columns = zip(known["topic"], known["group"], anchors, narrow, labels, strict=True)
    for topic, group, anchor, is_narrow, label in columns:
        if topic is not None and (is_narrow or not clustered):
            cells.append(f"{topic} @ {anchor}")
        elif clustered and label >= 0:
            # the number of a cluster is good for this window only
            cells.append(f"{group or UNKNOWN} #{label} @ {anchor}")
        elif clustered:
            cells.append(None)
        else:
            cells.append(f"{group or UNKNOWN} @ {anchor}")
    return cells


def _copies(table: pd.DataFrame, anchors: list[str], narrow: list[bool]) -> npt.NDArray[np.int64]:
    """Row of the original of every copy, -1 for what is none.

    The original is the earliest in the window, whichever was stored first: that depends on the
    order of import. The same few words about another house are no copy: «граффити, закрасить».
    """
    first: dict[tuple[int, str], int] = {}
    copies = np.full(len(table), -1, np.int64)
    columns = (table.index, table["duplicate_of"], table["district"], anchors, narrow)
    for row, (number, original, district, anchor, is_narrow) in enumerate(
        zip(*columns, strict=True)
    ):
        root = int(number) if pd.isna(original) else int(original)
        wide = f"{district} (район)" if _is(district) else ""
        copies[row] = first.setdefault((root, anchor if is_narrow else wide), row)
        # what follows without a street, or without a district, may mean this place
        first.setdefault((root, wide), row)
        first.setdefault((root, ""), row)
    return np.where(copies == np.arange(len(table)), -1, copies)


def lasting(cell: str) -> str:
    """Name of a cell that means the same in the next window: without the cluster's number."""
    mechanism, _, anchor = cell.partition(" @ ")
    return f"{mechanism.partition(' #')[0]} @ {anchor}"


def _encoded(vectors: npt.NDArray[np.float32]) -> npt.NDArray[np.bool_]:
    """Which rows hold a vector."""
    return np.asarray((vectors != 0).any(axis=1), np.bool_)


def _is(value: object) -> bool:
    return isinstance(value, str) and value != ""
