"""Charts of a report: readable on paper, in grey and on a phone; the same bytes every time."""

import io
import textwrap
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from otklik.pipelines.fact_base import quoted
from otklik.pipelines.report_recipients import MOST
from otklik.pipelines.report_scope import Scope
from otklik.pipelines.week import Week

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH = 4.9
DPI = 160
INK, ACCENT, PALE, GREY = "#1a1a1a", "#1f4e79", "#c9d7e6", "#767676"
LEAST_WEEKS = 3
"""Fewer are no line."""
HEAT_TOPICS, HEAT_DISTRICTS = 12, 12
_LABEL, _NARROW = 34, 28
_STYLE: dict[str, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": GREY,
    "axes.labelcolor": INK,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    # Glyphs as outlines: the chart looks the same where the font is not there.
    "svg.fonttype": "path",
    "svg.hashsalt": "otklik",
    "figure.constrained_layout.use": True,
}


@dataclass(frozen=True, slots=True)
class Chart:
    """Pictures of one chart, and the query that its numbers came from."""

    svg: bytes
    png: bytes
    query: str


def trend_chart(scope: Scope) -> Chart | None:
    """Messages of the last weeks, and what was expected of this one."""
    query = f"SELECT week, received, answered FROM weeks WHERE scope = {quoted(scope.scope)}"
    rows = scope.evidence.rows(f"{query} ORDER BY week")
    if len(rows) < LEAST_WEEKS:
        return None
    received, answered = ([int(row[place] or 0) for row in rows] for place in (1, 2))
    expected = scope.evidence.row(
        "SELECT expected, low, high FROM indicators WHERE name = 'received' "
        f"AND scope = {quoted(scope.scope)}"
    )
    with _drawing(2.6) as (figure, axes):
        places = np.arange(len(rows))
        if expected[0] is not None:
            mean, low, high = map(_float, expected)
            axes.errorbar(
                places[-1:], [mean], [[max(0.0, mean - low)], [max(0.0, high - mean)]],
                fmt="s", color=GREY, markerfacecolor="white", capsize=5, linewidth=1.4,
                label="ожидалось", zorder=2,
            )  # fmt: skip
        axes.plot(places, received, color=ACCENT, linewidth=1.8, label="поступило")
        axes.plot(places[-1:], received[-1:], "o", color=ACCENT, zorder=3)
        axes.plot(places, answered, color=GREY, linestyle="--", linewidth=1.2, label="отвечено")
        axes.set_ylim(bottom=0)
        axes.set_ylabel("сообщений в неделю")
        axes.set_xlabel("неделя, по понедельникам")
        ticks = places[::-1][:: max(1, len(rows) // 6)][::-1]
        axes.set_xticks(ticks, [_monday(str(rows[place][0])) for place in ticks])
        figure.legend(loc="outside upper left", ncols=3, frameon=False)
        return _saved(figure, query)


def heat_chart(scope: Scope) -> Chart | None:
    """District × topic: how many more messages than expected; thin cells are grey."""
    where = f"{scope.inside}observed > 0"
    topics = _names(
        scope,
        f"SELECT topic FROM cells WHERE {where} GROUP BY topic "
        f"ORDER BY max(rise) DESC, sum(observed) DESC, topic LIMIT {HEAT_TOPICS}",
    )
    districts = _names(
        scope,
        f"SELECT district FROM cells WHERE {where} GROUP BY district "
        f"ORDER BY sum(observed) DESC, district LIMIT {HEAT_DISTRICTS}",
    )
    if len(topics) < 2 or len(districts) < 2:
        return None
    query = f"SELECT topic, district, excess, small, rise, verdict FROM cells WHERE {where}"
    excess = np.full((len(topics), len(districts)), np.nan)
    marks: list[tuple[int, int, str, bool]] = []
    for topic, district, more, small, rise, verdict in scope.evidence.rows(query):
        if topic not in topics or district not in districts or more is None or small:
            continue
        row, column = topics.index(str(topic)), districts.index(str(district))
        excess[row, column] = max(0.0, _float(more))
        # A number in every cell is noise, and twelve columns of them cannot be read.
        if rise or verdict == "above":
            marks.append((row, column, str(round(_float(more))), bool(rise)))
    if not np.isfinite(excess).any():
        return None
    with _drawing(2.1 + 0.3 * len(topics)) as (figure, axes):
        _heat(figure, axes, excess, marks)
        labels = [_wrap(name, _NARROW) for name in topics]
        axes.set_yticks(range(len(topics)), labels, fontsize=7)
        axes.set_xticks(
            range(len(districts)), [_short(name) for name in districts], rotation=90, fontsize=7
        )
        axes.xaxis.tick_top()
        return _saved(figure, query)


def map_chart(scope: Scope) -> Chart | None:
    """Where the week's messages come from, gathered in squares of some 400 m."""
    query = (
        "SELECT round(latitude / 0.004) * 0.004 AS lat, round(longitude / 0.007) * 0.007 AS lon, "
        f"count(*) AS amount FROM messages WHERE {scope.inside}week = {scope.name} "
        "AND latitude IS NOT NULL GROUP BY lat, lon ORDER BY amount, lat, lon"
    )
    rows = scope.evidence.rows(query)
    if len(rows) < 3:
        return None
    latitude, longitude, amount = (np.array([_float(row[n]) for row in rows]) for n in range(3))
    middle = float(np.median(latitude))
    with _drawing(4.6) as (figure, axes):
        axes.scatter(
            longitude, latitude, s=8 + 14 * amount, c=amount, cmap="Blues", vmin=-amount.max() / 2,
            edgecolors=INK, linewidths=0.3,
        )  # fmt: skip
        axes.set_aspect(1 / np.cos(np.radians(middle)))
        axes.set_xlabel("восточная долгота, °")
        axes.set_ylabel("северная широта, °")
        axes.grid(color="#e4e4e4", linewidth=0.6)
        axes.set_axisbelow(True)
        for size in sorted({1, int(np.ceil(amount.max() / 2)), int(amount.max())}):
            axes.scatter([], [], s=8 + 14 * size, color=PALE, edgecolors=INK, linewidths=0.3,
                         label=str(size))  # fmt: skip
        figure.legend(loc="outside upper left", ncols=4, frameon=False, title="сообщений")
        return _saved(figure, query)


def forest_chart(scope: Scope) -> Chart | None:
    """Share of answers in time, each recipient with its interval, the groups apart."""
    query = (
        "SELECT recipient, in_time_share, in_time_low, in_time_high, time_place FROM recipients "
        f"WHERE scope = {quoted(scope.scope)} AND time_place IS NOT NULL"
    )
    shown = f"SELECT recipient FROM recipients WHERE scope = {quoted(scope.scope)} AND received > 0"
    shown += f" ORDER BY received DESC, due DESC, recipient LIMIT {MOST}"
    rows = scope.evidence.rows(
        f"{query} AND recipient IN ({shown}) ORDER BY time_place, in_time_share DESC, recipient"
    )
    if len(rows) < 2:
        return None
    with _drawing(0.9 + 0.34 * len(rows)) as (figure, axes):
        for place, (_, share, low, high, group) in enumerate(rows):
            middle, left, right = (100 * _float(part) for part in (share, low, high))
            color = ACCENT if _float(group) % 2 else GREY
            axes.plot([left, right], [place, place], color=color, linewidth=1.6)
            sign = "o" if _float(group) % 2 else "s"
            axes.plot([middle], [place], sign, color=color, clip_on=False, zorder=3)
            axes.text(102, place, chr(1039 + int(_float(group))), va="center", fontsize=8)
        axes.set_ylim(len(rows) - 0.5, -0.5)
        axes.set_xlim(0, 108)
        axes.set_xticks([0, 25, 50, 75, 100])
        axes.set_yticks(range(len(rows)), [_wrap(str(row[0])) for row in rows], fontsize=8)
        axes.set_xlabel("ответов в срок, %\n(справа — буква группы)")
        axes.grid(axis="x", color="#e4e4e4", linewidth=0.6)
        return _saved(figure, query)


def _heat(
    figure: "Figure", axes: "Axes", excess: np.ndarray, marks: Sequence[tuple[int, int, str, bool]]
) -> None:
    top = float(max(5.0, np.nanmax(excess))) if np.isfinite(excess).any() else 5.0
    axes.set_facecolor("#ededed")
    image = axes.imshow(excess, cmap="Blues", vmin=0, vmax=top * 1.3, aspect="auto")
    for row, column, text, rise in marks:
        known = np.isfinite(excess[row, column])
        dark = known and excess[row, column] > 0.75 * top
        color = "white" if dark else INK if known else GREY
        weight = "bold" if rise else "normal"
        axes.text(column, row, text, ha="center", va="center", color=color, weight=weight,
                  fontsize=7)  # fmt: skip
        if rise:
            axes.add_patch(_frame(row, column))
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
    if not np.isfinite(excess).any():
        return
    bar = figure.colorbar(image, ax=axes, location="bottom", shrink=0.6, aspect=40, pad=0.02)
    bar.set_label("сообщений сверх ожидаемого", fontsize=8)
    bar.outline.set_visible(False)


def _frame(row: int, column: int) -> Any:  # noqa: ANN401 - matplotlib's patch
    from matplotlib.patches import Rectangle

    return Rectangle((column - 0.48, row - 0.48), 0.96, 0.96, fill=False, edgecolor=INK, lw=1.6)


@contextmanager
def _drawing(height: float) -> "Iterator[tuple[Figure, Axes]]":
    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    # Somebody's own matplotlibrc must not change a report.
    plain: dict[Any, Any] = {**mpl.rcParamsDefault, **_STYLE}
    del plain["backend"]
    with mpl.rc_context(plain):
        figure = Figure(figsize=(WIDTH, height), dpi=DPI)
        FigureCanvasAgg(figure)
        yield figure, figure.subplots()


def _saved(figure: "Figure", query: str) -> Chart:
    svg, png = io.BytesIO(), io.BytesIO()
    figure.savefig(svg, format="svg", metadata={"Date": None, "Creator": None})
    figure.savefig(png, format="png", metadata={"Software": None})
    return Chart(svg.getvalue(), png.getvalue(), " ".join(query.split()))


def _names(scope: Scope, query: str) -> list[str]:
    return [str(name) for (name,) in scope.evidence.rows(query)]


def _monday(name: str) -> str:
    return f"{Week.parse(name).monday:%d.%m}"


def _wrap(name: str, width: int = _LABEL) -> str:
    return "\n".join(textwrap.wrap(name, width, max_lines=2, placeholder=" …"))


def _short(name: str) -> str:
    return textwrap.shorten(name, 20, placeholder=" …")


def _float(value: object) -> float:
    return float(value)  # type: ignore[arg-type]
