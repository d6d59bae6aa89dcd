"""From judged answers to a threshold: how sure an answer must be to go out without a person.

The owner names α, the share of wrong answers among those sent out automatically. That share is a
ratio, and it need not fall as the threshold rises, so plain conformal risk control (Angelopoulos
et al. 2022), which bounds the *expectation* of a *monotone* loss, does not apply to it; applied to
the monotone loss «sent out and wrong» it bounds the share among all messages (`crc_threshold`),
which at a coverage of 30 % allows three times α among the automatic ones. And a mean kept at α
is exceeded in every second window.

So the threshold is certified by Learn then Test (Angelopoulos et al. 2021): thresholds are tried
from the one that the stated confidences call safest to ever laxer ones, each by an exact test, and
the last one before the first failure is taken (fixed-sequence testing: no price for the number of
thresholds). Two tests must pass. That the share in the long run is above α is rejected at level δ
(binomial, Clopper and Pearson). And of the next window of `horizon` messages, which the owner
will look at, the realised share exceeds α with probability δ at most (prediction limit of the
hypergeometric law, Thatcher 1964). The first promise holds for the threshold that is taken; the
second is exact for each threshold by itself, and for the one taken it is checked by simulation in
the tests and by `training/resample.py`. Both need messages that come as the window's did: drift is
not insured.
"""

from dataclasses import dataclass
from math import inf

import numpy as np
import numpy.typing as npt
from scipy.special import bdtr, betaincinv

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Counts = npt.NDArray[np.int64]

DELTA = 0.05
"""Share of windows in which the realised error may exceed α."""
HORIZON = 1000
"""Messages of a window in which the owner looks at the error."""
_STEP = 1.05


@dataclass(frozen=True, slots=True)
class Risk:
    """What the owner allows.

    Parameters
    ----------
    alpha : float
        Largest share of wrong answers among the automatic ones, more than 0, less than 1.
    delta : float
        Share of windows that may exceed it all the same.
    horizon : int or None
        Messages in a window; None: the share in the long run.

    Raises
    ------
    ValueError
        A number is out of range.
    """

    alpha: float
    delta: float = DELTA
    horizon: int | None = HORIZON

    def __post_init__(self) -> None:
        for name, share in (("alpha", self.alpha), ("delta", self.delta)):
            if not 0 < share < 1:
                raise ValueError(f"{name} is {share}; expected more than 0 and less than 1.")
        if self.horizon is not None and self.horizon < 1:
            raise ValueError(f"horizon is {self.horizon}; expected 1 message or more, or None.")


@dataclass(frozen=True, slots=True)
class Threshold:
    """A certified threshold and the evidence for it.

    Parameters
    ----------
    value : float
        Answers of at least this confidence go out; inf: none do.
    rows, accepted, errors : int
        Judged answers in the window, those at or above `value`, and how many of them were wrong.
    """

    value: float
    rows: int
    accepted: int
    errors: int

    @property
    def coverage(self) -> float:
        """Share of the window's answers that go out."""
        return self.accepted / self.rows if self.rows else 0.0


def certified_threshold(
    confidence: Floats, correct: Flags, risk: Risk, *, rows: int | None = None
) -> Threshold:
    """Lowest threshold that is certified, together with those on the way to it.

    Parameters
    ----------
    confidence : float64 of shape (n,)
        Calibrated probabilities of being right. If they are not, the promise holds all the same,
        but the search begins in the wrong place and more is refused.
    correct : bool of shape (n,)
        Judged by people, on messages that neither head nor calibrator has seen.
    rows : int or None
        Messages of the window where some had no chance to go out; None: as many as `confidence`.
    """
    rows = len(confidence) if rows is None else rows
    value, accepted, errors, stated = _steps(confidence, correct)
    if not len(value):
        return Threshold(inf, rows, 0, 0)
    grid = _grid(accepted)
    tails = _tails(errors[grid], accepted[grid], rows, risk)
    # The start looks at stated confidences only, never at what was right: the test stays exact.
    start = int(np.argmin(_tails(stated[grid], accepted[grid], rows, risk)))
    failed = np.flatnonzero(tails[start:] > risk.delta)
    stop = start + int(failed[0]) if len(failed) else len(grid)
    if stop == start:
        return Threshold(inf, rows, 0, 0)
    last = grid[stop - 1]
    return Threshold(float(value[last]), rows, int(accepted[last]), int(errors[last]))


def crc_threshold(confidence: Floats, correct: Flags, alpha: float) -> float:
    """Threshold of conformal risk control: «sent out and wrong» in at most α of *all* messages.

    Expectation over windows; the correction 1 / (n + 1) is the paper's. Kept as the yardstick for
    `certified_threshold`: it accepts more, and promises less.

    Returns
    -------
    float
        inf where even sending nothing out cannot be certified (n < 1 / α - 1).
    """
    value, _, errors, _ = _steps(confidence, correct)
    within = np.flatnonzero((errors + 1) / (len(confidence) + 1) <= alpha)
    return float(value[within[-1]]) if len(within) else inf


def upper_error(errors: int, accepted: int, delta: float = DELTA) -> float:
    """Share of wrong answers that the evidence does not exclude (Clopper and Pearson, one side)."""
    if errors >= accepted:
        return 1.0
    return float(betaincinv(errors + 1, accepted - errors, 1 - delta))


def rows_needed(alpha: float, error: float, delta: float = DELTA) -> int | None:
    """Accepted answers needed to certify α when this share of them is wrong.

    Returns
    -------
    int or None
        None where no number suffices: the share is α or more.
    """
    if error >= alpha:
        return None
    low, high = 1, 1
    while upper_error(int(error * high), high, delta) > alpha:
        low, high = high, high * 2
        if high > 1 << 40:
            return None
    while low < high:
        middle = (low + high) // 2
        if upper_error(int(error * middle), middle, delta) > alpha:
            low = middle + 1
        else:
            high = middle
    return high


def _steps(confidence: Floats, correct: Flags) -> tuple[Floats, Counts, Counts, Counts]:
    """Distinct confidences from the highest down; what each as a threshold lets through.

    The counts are of answers, of wrong ones, and of wrong ones as the confidences expect them.
    """
    order = np.argsort(-confidence, kind="stable")
    ranked = confidence[order]
    last = np.flatnonzero(np.append(ranked[1:] != ranked[:-1], True)[: len(ranked)])
    errors = np.cumsum(~correct[order], dtype=np.int64)
    stated = np.ceil(np.cumsum(1 - ranked) - 1e-9).astype(np.int64)
    accepted: Counts = (last + 1).astype(np.int64)
    return ranked[last], accepted, errors[last], stated[last]


def _grid(accepted: Counts) -> Counts:
    """Steps that let 5 % more answers through than the one before, the first and last included."""
    ratio = np.log(accepted[-1] / accepted[0]) / np.log(_STEP)
    wanted = accepted[0] * _STEP ** np.arange(int(ratio) + 1)
    steps = np.append(np.searchsorted(accepted, wanted), len(accepted) - 1)
    return np.unique(steps).astype(np.int64)


def _tails(errors: Counts, accepted: Counts, rows: int, risk: Risk) -> Floats:
    """Chance of so few errors if the promise did not hold, float64 of shape (n_steps,)."""
    long_run = np.asarray(bdtr(errors, accepted, risk.alpha), dtype=np.float64)
    if risk.horizon is None:
        return long_run
    from scipy.stats import hypergeom

    # So many answers go out in the next window, and so many errors would be one too many.
    coming = np.maximum(1, np.rint(accepted / rows * risk.horizon)).astype(np.int64)
    beyond = np.floor(risk.alpha * coming + 1e-9).astype(np.int64) + 1
    window = hypergeom.cdf(errors, accepted + coming, errors + beyond, accepted)
    both: Floats = np.maximum(long_run, window)
    return both
