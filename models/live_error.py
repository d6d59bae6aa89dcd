"""Whether what people correct still agrees with the error that automatic routing may make.

Two counts are held against α. Of everything that went out without a person, what people corrected:
whoever meets a wrong answer may correct it or not, and who meets a right one rarely says so, so
this share is never too high, whatever people do, and a share above α is proof enough. And of what
people were handed to check, at random, what was wrong: this share is what it seems.

Each is tested after every label, by a bet that a fair error rate of α or less would lose in the
long run: the likelihood of what was seen under rates above α, all equally likely, against α
itself. Such a bet is multiplied by 1/δ with probability δ at most, however often one looks (Ville
1939; testing by betting, Shafer 2021). A bet is multiplied the more, the further the truth is above
α; a rate only a little above it takes long to prove.
"""

from dataclasses import dataclass
from math import inf, log, log1p

from scipy.special import betaincc, betaln

DELTA = 0.05
"""Probability that automatic routing which keeps its α is ever switched off, for both tests."""


@dataclass(frozen=True, slots=True)
class LiveError:
    """What people said of the automatic answers of one model version.

    Parameters
    ----------
    sent, corrected : int
        Automatic answers, and those of them that a person's label contradicts.
    checked, wrong : int
        Answers that were drawn at random and labelled, and those of them that were wrong.
    """

    sent: int = 0
    corrected: int = 0
    checked: int = 0
    wrong: int = 0

    def disproves(self, alpha: float, delta: float = DELTA) -> bool:
        """Whether the error is above α; false with probability 1 - δ for ever where it is not."""
        limit = log(2 / delta)
        return (
            max(log_bet(self.sent, self.corrected, alpha), log_bet(self.checked, self.wrong, alpha))
            >= limit
        )


def log_bet(trials: int, errors: int, alpha: float) -> float:
    """Logarithm of what a bet against «the error is α or less» has been multiplied by.

    Raises
    ------
    ValueError
        More errors than trials, or α is out of range.

    Examples
    --------
    >>> log_bet(0, 0, 0.05), log_bet(100, 5, 0.05) < 0 < log_bet(100, 20, 0.05)
    (0.0, True)
    """
    if not 0 < alpha < 1:
        raise ValueError(f"alpha is {alpha}; expected more than 0 and less than 1.")
    if not 0 <= errors <= trials:
        raise ValueError(f"{errors} errors in {trials} trials; expected 0 to {trials}.")
    right = trials - errors
    above = float(betaincc(errors + 1, right + 1, alpha))
    if above <= 0:
        return -inf
    mixed = float(betaln(errors + 1, right + 1)) + log(above) - log1p(-alpha)
    return mixed - errors * log(alpha) - right * log1p(-alpha)
