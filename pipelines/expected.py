"""What each cell should have got: season, trend, holidays and its own level, no cell on its own.

A chain of three links. The total of all messages gives the common course of the year. Each series
of one dimension (a topic, a district, an asset) bends that course where its counts say so. A cell
of several dimensions takes a share of its first dimension's forecast; the share is drawn towards
what independence would make it, the more so the fewer messages the cell has.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from otklik.pipelines.periods import Periods
from otklik.pipelines.poisson_glm import Fit, fit_rates, trust
from otklik.pipelines.rate_filter import LEVELS, SHARES, Forecast, foretell

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

SEASON_DAYS = 400
"""Days of history from which on the season can be told from the unusual."""
_HARMONICS = 4
_DRIFT = 0.15
"""Least share by which a season that was never seen may move a series within two weeks."""
_TREND_DAYS = 364
_WORTH = 8.0
"""Messages that a fitted course counts for against the recent level."""
_HALF = 0.5
_WARM_UP = 3
_POOLINGS = 3
_LEAST_SD = 0.02
_TAIL = 3.0
"""Degrees of freedom of Student's law."""
_SHIFT_WEEKS = 1.5
"""By how much the first snow or the thaw may come earlier or later than in other years."""


@dataclass(frozen=True, slots=True)
class Terms:
    """Regressors of the periods.

    Parameters
    ----------
    values : float64 of shape (n_periods, n_terms)
    sd_total, sd_series : float64 of shape (n_terms,)
        How far a coefficient may lie from 0 for the total, and for a series beside the total.
    slopes : float64 of shape (n_periods, n_terms)
        Change of the seasonal ones in a week; 0 for the others.
    weeks : float
        Length of a period.
    """

    values: Floats
    sd_total: Floats
    sd_series: Floats
    slopes: Floats
    weeks: float


def terms_of(periods: Periods, n_known: int) -> Terms:
    """Regressors that a history of this length can bear.

    Parameters
    ----------
    n_known : int
        Periods of history, those under test not counted.
    """
    days = n_known * periods.days
    years = periods.years()
    columns = [np.ones(periods.n), periods.off_days()]
    total, series = [3.0, 0.6], [1.0, 0.3]
    if days >= _TREND_DAYS:
        columns.append(years - years.mean())
        total.append(0.7)
        series.append(0.5)
    if periods.unit == "day":
        weekdays = periods.weekdays()
        columns += [(weekdays == day) - 1 / 7 for day in range(6)]
        total += 6 * [0.5]
        series += 6 * [0.3]
    slopes = [np.zeros(periods.n)] * len(columns)
    if days >= SEASON_DAYS:
        for order in range(1, _HARMONICS + 1):
            angle, turn = 2 * np.pi * order * years, 2 * np.pi * order * 7 / 365.25
            columns += [np.sin(angle), np.cos(angle)]
            slopes += [turn * np.cos(angle), -turn * np.sin(angle)]
            total += 2 * [0.5 / order]
            series += 2 * [1.0 / order]
    return Terms(
        np.stack(columns, axis=1),
        np.array(total),
        np.array(series),
        np.stack(slopes, axis=1),
        periods.days / 7,
    )


def expect_total(totals: Ints, terms: Terms, seen: Floats) -> Floats:
    """Course of all messages, mean 1 over what was seen, shape (n_periods,)."""
    counts = totals[None].astype(np.float64)
    level = np.log((counts @ seen + _HALF) / max(seen.sum(), 1.0))
    offset = np.broadcast_to(level[:, None], counts.shape)
    fit = fit_rates(counts, terms.values, offset, terms.sd_total, seen[None])
    course = np.exp(fit.log_rate(terms.values)[0])
    scaled: Floats = course / (course @ seen / max(seen.sum(), 1.0))
    return scaled


def expect_series(counts: Ints, course: Floats, terms: Terms, seen: Floats) -> Forecast:
    """Forecasts of series of one dimension.

    Parameters
    ----------
    counts : int64 of shape (n_series, n_periods)
    course : float64 of shape (n_periods,)
        From `expect_total`.
    seen : float64 of shape (n_periods,)
        1 where a period may be learnt from.
    """
    got = counts.astype(np.float64)
    level = (got @ seen + _HALF) / max(seen.sum(), 1.0)
    offset = np.log(level[:, None] * course)
    fit = _pooled_fit(got, terms, offset, np.tile(seen, (len(got), 1)))
    fitted = np.exp(offset + fit.log_rate(terms.values))
    fades = [fade**terms.weeks for fade in LEVELS]
    found = foretell(got, fitted, seen, np.full(len(got), _WORTH), fades)
    doubt = found.doubt + _bend(fit, terms)
    moved = max(_restless(got, found, seen), 0.0)
    doubt += moved if terms.slopes.any() else max(_DRIFT**2, 2 * moved)
    return Forecast(found.mean, doubt, found.dispersion)


def expect_cells(
    counts: Ints, parent: Ints, parents: Forecast, child: Ints, terms: Terms, seen: Floats
) -> Forecast:
    """Forecasts of cells that lie in series.

    Parameters
    ----------
    counts : int64 of shape (n_cells, n_periods)
    parent, child : int64 of shape (n_cells,)
        Number of each cell's series in `parents`, and of its value in the other dimensions.
    """
    got = counts.astype(np.float64)
    sums = got @ seen
    of_parent = np.bincount(parent, sums, minlength=len(parents.mean))
    of_child = np.bincount(child, sums)
    # Part of a series' messages that lie in any cell: not every message has a district.
    whole = parents.mean @ seen
    placed = (of_parent + _HALF) / np.maximum(whole, _HALF)
    share = placed[parent] * (of_child[child] + _HALF) / max(of_child.sum(), 1.0)
    expected = parents.mean[parent] * share[:, None]
    strength = _strength(sums, expected @ seen)
    expected *= _ratio(got, expected, seen, strength)[:, None]
    fades = [fade**terms.weeks for fade in SHARES]
    return foretell(got, expected, seen, strength, fades)


def _pooled_fit(counts: Floats, terms: Terms, offset: Floats, seen: Floats) -> Fit:
    """Fit of all series, each drawn towards no season as far as the series together allow.

    Where no series has a season, none is looked for in the noise of each. A few may have a strong
    one among many that have none: how far a series may go has a long tail, of Student's kind.
    """
    common = terms.sd_series
    fit = fit_rates(counts, terms.values, offset, common, seen)
    for _ in range(_POOLINGS):
        # Steps of expectation and maximisation.
        size = fit.coef**2 + np.diagonal(fit.covariance, axis1=1, axis2=2)
        calm = (_TAIL + size.shape[1]) / (_TAIL + (size / common**2).sum(axis=1, keepdims=True))
        common = np.clip(np.sqrt((calm * size).mean(axis=0)), _LEAST_SD, terms.sd_series)
        wide = np.minimum(common / np.sqrt(calm), terms.sd_series)
        fit = fit_rates(counts, terms.values, offset, wide, seen)
    return fit


def _bend(fit: Fit, terms: Terms) -> Floats:
    """Doubt about season, trend and holidays; that about the level is the filter's."""
    loose = terms.values.copy()
    loose[:, 0] = 0
    found: Floats = fit.variance(loose) + (_SHIFT_WEEKS * (fit.coef @ terms.slopes.T)) ** 2
    return found


def _restless(counts: Floats, forecast: Forecast, seen: Floats) -> float:
    """Squared share by which all series moved within a period beyond what was foretold."""
    later = seen * (np.cumsum(seen) > _WARM_UP)
    mean = forecast.mean
    excess = (counts - mean) ** 2 - mean - mean**2 * forecast.doubt
    return float((excess @ later).sum() / max(((mean**2) @ later).sum(), 1e-9))


def _ratio(counts: Floats, expected: Floats, seen: Floats, strength: Floats) -> Floats:
    """How many times its expectation each cell gets, drawn towards 1; outbreaks weigh less."""
    weights = np.broadcast_to(seen, counts.shape)
    ratio = np.ones(len(counts))
    for _ in range(3):
        ratio = (strength + (weights * counts).sum(axis=1)) / (
            strength + (weights * expected).sum(axis=1)
        )
        weights = seen * trust(counts, expected * ratio[:, None], np.ones(len(counts)))
    return ratio


def _strength(sums: Floats, expected: Floats) -> Floats:
    """Messages that independence counts for: few where cells differ from it much.

    Moment estimate of the variance of the ratios around 1.
    """
    if not len(sums):
        return np.empty(0)
    variance = ((sums - expected) ** 2 - expected).sum() / max((expected**2).sum(), 1e-9)
    return np.full(len(sums), float(np.clip(1 / max(variance, 1e-3), 0.5, 100.0)))
