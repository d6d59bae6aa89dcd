"""Logits to probabilities: one temperature for a head, or one for each kind of message.

Guo et al. 2017, «On Calibration of Modern Neural Networks»: one number, fitted by likelihood on
messages the head has not seen, does nearly all that calibration can, and never changes a rank.
"""

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize_scalar
from scipy.special import logsumexp

Probabilities = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int64]

MIN_ROWS = 200
"""A stratum with fewer labelled rows takes the temperature of all."""
_COLDEST, _HOTTEST = 0.01, 100.0


def softmax(logits: npt.NDArray[np.floating], temperature: npt.ArrayLike = 1.0) -> Probabilities:
    """Probabilities, float64 of shape (n, k), each row of sum 1.

    Parameters
    ----------
    logits : float of shape (n, k)
    temperature : float, or float of shape (n,)
        Above 0; more than 1 flattens.
    """
    scaled = _divided(logits, temperature)
    scaled -= scaled.max(axis=1, keepdims=True)
    np.exp(scaled, out=scaled)
    scaled /= scaled.sum(axis=1, keepdims=True)
    return scaled


def fit_temperature(logits: npt.NDArray[np.floating], labels: Labels) -> float:
    """Temperature under which the labels are likeliest, between 0.01 and 100.

    Parameters
    ----------
    logits : float of shape (n, k)
    labels : int64 of shape (n,)
        Column of the true class; -1 (unknown to the head) does not count.

    Raises
    ------
    ValueError
        No row has a known label.
    """
    known = labels >= 0
    if not known.any():
        raise ValueError(
            f"none of {len(labels)} rows has a label of this head; a temperature needs some."
        )
    scores = np.asarray(logits[known], dtype=np.float64)
    hit = np.take_along_axis(scores, labels[known, None], axis=1)[:, 0]

    def loss(log_sharpness: float) -> float:
        sharpness = np.exp(log_sharpness)
        return float(np.mean(logsumexp(scores * sharpness, axis=1) - hit * sharpness))

    bounds = (-np.log(_HOTTEST), -np.log(_COLDEST))
    found = minimize_scalar(loss, bounds=bounds, method="bounded", options={"xatol": 1e-4})
    return float(np.exp(-found.x))


def fit_temperatures(
    logits: npt.NDArray[np.floating], labels: Labels, strata: npt.NDArray[np.int64]
) -> npt.NDArray[np.float64]:
    """One temperature for each stratum (channel, length), float64 of shape (n_strata,).

    A stratum with fewer than 200 known labels takes the temperature of all rows.

    Parameters
    ----------
    strata : int64 of shape (n,)
        From 0; `n_strata` is the largest number plus one.
    """
    pooled = fit_temperature(logits, labels)
    temperatures = np.full(int(strata.max()) + 1, pooled)
    for stratum in range(len(temperatures)):
        inside = strata == stratum
        if np.count_nonzero(inside & (labels >= 0)) >= MIN_ROWS:
            temperatures[stratum] = fit_temperature(logits[inside], labels[inside])
    return temperatures


def _divided(logits: npt.NDArray[np.floating], temperature: npt.ArrayLike) -> Probabilities:
    heat = np.asarray(temperature, dtype=np.float64)
    if not np.all(heat > 0):
        raise ValueError(f"temperature is {heat.min()}; expected more than 0.")
    divided: Probabilities = np.asarray(logits, dtype=np.float64) / heat[..., None]
    return divided
