"""Calibration of one head: temperature, then the curve of the first answer."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from otklik.models.temperature import (
    Labels,
    Probabilities,
    fit_temperature,
    fit_temperatures,
    softmax,
)
from otklik.models.venn_abers import TopCurve, corrected_top, fit_top_curve

Strata = npt.NDArray[np.int64]


def _ones() -> npt.NDArray[np.float64]:
    return np.ones(1)


def _no_curve() -> TopCurve:
    return TopCurve(np.empty(0), np.empty(0))


@dataclass(frozen=True, slots=True)
class Calibrator:
    """What turns the logits of one head into probabilities that can be believed.

    Parameters
    ----------
    temperatures : float64 of shape (n_strata,)
        One for all messages, or one for each stratum.
    curve : TopCurve
        Correction of the first answer; may be empty.
    """

    temperatures: npt.NDArray[np.float64] = field(default_factory=_ones)
    curve: TopCurve = field(default_factory=_no_curve)

    def apply(
        self, logits: npt.NDArray[np.floating], strata: Strata | None = None
    ) -> Probabilities:
        """Calibrated probabilities, float64 of shape (n, k), rows of sum 1.

        Parameters
        ----------
        logits : float of shape (n, k)
        strata : int64 of shape (n,) or None
            Stratum of each row; needed where there are several temperatures.

        Raises
        ------
        ValueError
            Strata are missing or unknown.
        """
        return corrected_top(self.tempered(logits, strata), self.curve)

    def tempered(
        self, logits: npt.NDArray[np.floating], strata: Strata | None = None
    ) -> Probabilities:
        """Probabilities before the curve; what a tree of two heads is built from."""
        if len(self.temperatures) == 1:
            return softmax(logits, self.temperatures[0])
        if strata is None or (len(strata) and int(strata.max()) >= len(self.temperatures)):
            found = "none" if strata is None else f"up to {int(strata.max())}"
            raise ValueError(
                f"the calibrator has {len(self.temperatures)} strata, strata given: {found}; "
                "give each row the stratum it had when the calibrator was fitted."
            )
        return softmax(logits, self.temperatures[strata])

    def dump(self) -> dict[str, npt.NDArray[np.float64]]:
        """Arrays for a safetensors file; `load_calibrator` reads them."""
        return {
            "temperatures": self.temperatures,
            "curve.knots": self.curve.knots,
            "curve.levels": self.curve.levels,
        }


def load_calibrator(arrays: Mapping[str, npt.NDArray[np.float64]]) -> Calibrator:
    """Calibrator from what `Calibrator.dump` returned.

    Raises
    ------
    KeyError
        An array is missing.
    """
    return Calibrator(
        arrays["temperatures"], TopCurve(arrays["curve.knots"], arrays["curve.levels"])
    )


def fit_calibrator(
    logits: npt.NDArray[np.floating],
    labels: Labels,
    strata: Strata | None = None,
    *,
    curve: bool = True,
) -> Calibrator:
    """Fit on messages that the head was not trained on.

    Parameters
    ----------
    logits : float of shape (n, k)
    labels : int64 of shape (n,)
        Column of the true class; -1 (unknown to the head) counts as a wrong answer for the curve
        and not at all for the temperature.
    strata : int64 of shape (n,) or None
        Channel or length class, from 0; each gets its own temperature where it has the rows.
    curve : bool
        False leaves the temperature alone, for heads that `hierarchy` joins first.

    Raises
    ------
    ValueError
        No row has a known label.
    """
    if strata is None:
        temperatures = np.array([fit_temperature(logits, labels)])
    else:
        temperatures = fit_temperatures(logits, labels, strata)
    calibrator = Calibrator(temperatures)
    if not curve:
        return calibrator
    tempered = calibrator.tempered(logits, strata)
    right = tempered.argmax(axis=1) == labels
    return Calibrator(temperatures, fit_top_curve(tempered.max(axis=1), right))
