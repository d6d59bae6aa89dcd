"""Log-linear rates of many count series at once, past outbreaks weighed down.

Quasi-Poisson regression by iteratively reweighted least squares with a Gaussian prior on the
coefficients, after Farrington (1996) and Noufaily (2012). All series share the regressors, so one
step is two matrix products and a batch of small solves: a thousand series take less time than a
few take one by one.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

OUTLYING = 2.58
"""Standardised Anscombe residual above which a past period counts less."""
_PASSES = 3
_STEPS = 40
_ENOUGH = 1e-8
_WIDEST = 12.0


@dataclass(frozen=True, slots=True)
class Fit:
    """Fitted series.

    Parameters
    ----------
    coef : float64 of shape (n_series, n_terms)
    covariance : float64 of shape (n_series, n_terms, n_terms)
        Of the coefficients, times the dispersion.
    weights : float64 of shape (n_series, n_periods)
        How much each period counted, 0 to 1.
    dispersion : float64 of shape (n_series,)
        Variance over mean, at least 1.
    """

    coef: Floats
    covariance: Floats
    weights: Floats
    dispersion: Floats

    def log_rate(self, terms: Floats) -> Floats:
        """Linear predictor without the offset, shape (n_series, n_rows)."""
        return np.clip(self.coef @ terms.T, -_WIDEST, _WIDEST)

    def variance(self, terms: Floats) -> Floats:
        """Variance of `log_rate`, shape (n_series, n_rows)."""
        found: Floats = np.einsum("tp,npq,tq->nt", terms, self.covariance, terms)
        return found


def fit_rates(
    counts: Floats,
    terms: Floats,
    offset: Floats,
    prior_sd: Floats,
    weights: Floats | None = None,
    *,
    passes: int = _PASSES,
) -> Fit:
    """Fit log E(counts) = offset + terms · coef for every series.

    Parameters
    ----------
    counts : float64 of shape (n_series, n_periods)
    terms : float64 of shape (n_periods, n_terms)
        Regressors; a constant is one of them where wanted.
    offset : float64 of shape (n_series, n_periods)
        Log of what is expected before fitting.
    prior_sd : float64 of shape (n_terms,) or (n_series, n_terms)
        Standard deviation of each coefficient around 0 before seeing counts; inf for no prior.
    weights : float64 of shape (n_series, n_periods), optional
        0 where nothing was observed.
    passes : int
        Fits; between two of them outlying periods lose weight. 1 weighs nothing down.
    """
    base = np.ones_like(counts) if weights is None else weights
    precision = np.broadcast_to(prior_sd**-2.0, (len(counts), terms.shape[1]))
    penalty = precision[:, :, None] * np.eye(terms.shape[1])
    used = base
    coef = np.zeros((len(counts), terms.shape[1]))
    dispersion = np.ones(len(counts))
    information = np.zeros((len(counts), terms.shape[1], terms.shape[1]))
    for number in range(passes):
        coef, information, rates = _solve(counts, terms, offset, penalty, used, coef)
        dispersion = _dispersion(counts, rates, used, information, penalty)
        if number < passes - 1:
            used = base * trust(counts, rates, dispersion)
    covariance = np.linalg.inv(information) * dispersion[:, None, None]
    return Fit(coef, covariance, used, dispersion)


def anscombe(counts: Floats, rates: Floats) -> Floats:
    """Residuals of Poisson counts, close to standard normal."""
    rates = np.maximum(rates, 1e-9)
    found: Floats = 1.5 * (np.cbrt(counts) ** 2 - np.cbrt(rates) ** 2) / rates ** (1 / 6)
    return found


def _solve(
    counts: Floats,
    terms: Floats,
    offset: Floats,
    penalty: Floats,
    weights: Floats,
    coef: Floats,
) -> tuple[Floats, Floats, Floats]:
    n_terms = terms.shape[1]
    squares = (terms[:, :, None] * terms[:, None, :]).reshape(len(terms), -1)
    information, rates = penalty, np.exp(offset)
    for _ in range(_STEPS):
        linear = np.clip(coef @ terms.T, -_WIDEST, _WIDEST)
        rates = np.exp(np.clip(offset + linear, -30.0, 30.0))
        weighed = weights * rates
        information = (weighed @ squares).reshape(-1, n_terms, n_terms) + penalty
        target = (weighed * linear + weights * (counts - rates)) @ terms
        solved = np.linalg.solve(information, target[:, :, None])[:, :, 0]
        step = np.clip(solved - coef, -2.0, 2.0)
        coef = coef + step
        if np.abs(step).max(initial=0.0) < _ENOUGH:
            break
    return coef, information, rates


def _dispersion(
    counts: Floats, rates: Floats, weights: Floats, information: Floats, penalty: Floats
) -> Floats:
    """Pearson dispersion over the degrees of freedom that the prior leaves, at least 1."""
    spent = information.shape[1] - np.trace(np.linalg.solve(information, penalty), axis1=1, axis2=2)
    squares = weights * (counts - rates) ** 2 / np.maximum(rates, 1e-9)
    left = np.maximum(weights.sum(axis=1) - spent, 1.0)
    found: Floats = np.maximum(squares.sum(axis=1) / left, 1.0)
    return found


def trust(counts: Floats, rates: Floats, dispersion: Floats) -> Floats:
    """Weights of periods: 1 for usual ones, falling with the square of a residual that is not.

    Parameters
    ----------
    counts, rates : float64 of shape (n_series, n_periods)
    dispersion : float64 of shape (n_series,)
    """
    residual = anscombe(counts, rates) / np.sqrt(dispersion)[:, None]
    found: Floats = np.minimum(1.0, (OUTLYING / np.maximum(residual, OUTLYING)) ** 2)
    return found
