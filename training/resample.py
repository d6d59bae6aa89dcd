"""What automatic routing would have got wrong, window after window, with and without drift.

Each round draws a calibration window and a later window, certifies a threshold on the first and
counts automatic errors in the second. Copies of one text never stand in both, and no message is
drawn twice into a window: repeated rows would spread the errors wider than any real window does.
Only label shift repeats rows, since without repetition a small pool would run out of the classes
that are to become frequent and the shift would be milder than named.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from otklik.models.risk import Risk, certified_threshold, crc_threshold

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Indices = npt.NDArray[np.int64]

WINDOWS = 200
_TILT = 1.0


@dataclass(frozen=True)
class Judged:
    """Answers of one head on messages it was neither trained nor calibrated on.

    Parameters
    ----------
    confidence : float64 of shape (n,)
    correct : bool of shape (n,)
    groups : int64 of shape (n,) or None
        Near-duplicates.
    labels : int64 of shape (n,) or None
        True classes, for label shift.
    times : datetime64 or number, shape (n,), or None
        For later windows.
    channels : int64 or str array of shape (n,), or None
        For windows of another channel.
    """

    confidence: Floats
    correct: Flags
    groups: Indices | None = None
    labels: Indices | None = None
    times: npt.NDArray[Any] | None = None
    channels: npt.NDArray[Any] | None = None


@dataclass(frozen=True, slots=True)
class Realised:
    """One line of the table.

    Parameters
    ----------
    drift, method : str
    alpha : float
    windows : int
        Rounds.
    kept : float
        Share of rounds in which the realised error of automatic answers was at most α; a round
        without automatic answers counts.
    kept_sent : float or None
        The same among rounds with automatic answers; None without any. Where most rounds are
        refused, `kept` is high for want of answers, and this is the figure to read.
    error, error_95 : float
        Over rounds with automatic answers: mean and 95th percentile of the realised error.
    coverage : float
        Mean share of messages that went out automatically.
    refused : float
        Share of rounds in which nothing could be certified.
    """

    drift: str
    method: str
    alpha: float
    windows: int
    kept: float
    kept_sent: float | None
    error: float
    error_95: float
    coverage: float
    refused: float

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self)


def realised_errors(
    judged: Judged,
    alphas: Sequence[float] = (0.03, 0.05, 0.10),
    *,
    calibration: int = 2000,
    horizon: int = 1000,
    windows: int = WINDOWS,
    seed: int = 7,
) -> list[Realised]:
    """Table of realised errors: each kind of drift that the data allows, each α, two methods.

    Drifts: `none`; `labels`, the frequency of each class in the later window multiplied by a
    random factor (log-normal of scale 1); `time`, calibrated on earlier messages than judged on;
    `channel NAME`, judged on a channel that the calibration window does not hold. Methods:
    `certified`, and conformal risk control as the yardstick, which bounds another share (see
    `models/risk.py`).

    Parameters
    ----------
    calibration, horizon : int
        Messages of the two windows; fewer where the data has fewer.
    windows : int
        Rounds for each drift.
    """
    rng = np.random.default_rng(seed)
    table: list[Realised] = []
    for drift, draw in _drifts(judged).items():
        rounds = [draw(rng, calibration, horizon) for _ in range(windows)]
        for alpha in alphas:
            risk = Risk(alpha, horizon=horizon)
            table.append(_realised(judged, rounds, drift, risk, "certified"))
            table.append(_realised(judged, rounds, drift, risk, "crc"))
    return table


Draw = Callable[[np.random.Generator, int, int], tuple[Indices, Indices]]


def _realised(
    judged: Judged,
    rounds: Sequence[tuple[Indices, Indices]],
    drift: str,
    risk: Risk,
    method: str,
) -> Realised:
    errors, coverages, refused = [], [], 0
    for fit, later in rounds:
        seen = judged.confidence[fit], judged.correct[fit]
        if method == "crc":
            threshold = crc_threshold(*seen, risk.alpha)
        else:
            threshold = certified_threshold(*seen, risk).value
        auto = judged.confidence[later] >= threshold
        refused += not np.isfinite(threshold)
        coverages.append(auto.mean())
        errors.append(1 - judged.correct[later][auto].mean() if auto.any() else np.nan)
    realised = np.array(errors)
    given = realised[~np.isnan(realised)]
    over = np.count_nonzero(given > risk.alpha + 1e-12)
    return Realised(
        drift=drift,
        method=method,
        alpha=risk.alpha,
        windows=len(rounds),
        kept=float(1 - over / len(rounds)),
        kept_sent=float(1 - over / len(given)) if len(given) else None,
        error=float(given.mean()) if len(given) else 0.0,
        error_95=float(np.quantile(given, 0.95)) if len(given) else 0.0,
        coverage=float(np.mean(coverages)),
        refused=refused / len(rounds),
    )


def _drifts(judged: Judged) -> dict[str, Draw]:
    rows = len(judged.confidence)
    group_of = np.arange(rows) if judged.groups is None else judged.groups
    everything = np.ones(rows, dtype=bool)
    drifts: dict[str, Draw] = {"none": _parted(group_of, everything, everything, None)}
    if judged.labels is not None:
        drifts["labels"] = _parted(group_of, everything, everything, judged.labels)
    if judged.times is not None:
        later = judged.times > np.sort(judged.times)[int(rows * 0.6)]
        drifts["time"] = _parted(group_of, ~later, later, None)
    if judged.channels is not None:
        for channel in np.unique(judged.channels):
            other = judged.channels == channel
            if 0 < np.count_nonzero(other) < rows:
                drifts[f"channel {channel}"] = _parted(group_of, ~other, other, None)
    return drifts


def _parted(group_of: Indices, early: Flags, late: Flags, labels: Indices | None) -> Draw:
    """Draw of two windows from two pools that may overlap; no group stands in both windows."""
    numbers = np.unique(group_of, return_inverse=True)[1]

    def draw(rng: np.random.Generator, calibration: int, horizon: int) -> tuple[Indices, Indices]:
        share = calibration / (calibration + horizon)
        first = rng.random(int(numbers.max()) + 1)[numbers] < share
        fit, later = np.flatnonzero(early & first), np.flatnonzero(late & ~first)
        weights, size = None, min(horizon, len(later))
        if labels is not None:
            factor = np.exp(_TILT * rng.standard_normal(int(labels.max()) + 2))[labels[later]]
            weights = factor / factor.sum()
        return (
            rng.choice(fit, min(calibration, len(fit)), replace=False),
            rng.choice(later, size, replace=weights is not None, p=weights),
        )

    return draw
