"""The account of a change: what every value of every dimension added, to the last message."""

import math
from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one value of a dimension added.

    Parameters
    ----------
    value : str
    before : Fraction
        Messages before, scaled to the length of the later period.
    after : int
        Messages after.
    surprise : float
        Part of the Jensen–Shannon divergence between the shares before and after, in nats.
    """

    value: str
    before: Fraction
    after: int
    surprise: float

    @property
    def change(self) -> Fraction:
        """Messages that the value added, exact; negative where it took some away."""
        return self.after - self.before


@dataclass(frozen=True, slots=True)
class Explanation:
    """One dimension's account of the change.

    Parameters
    ----------
    dimension : str
    contributions : tuple of Contribution
        Of every value, the largest change first; their changes add up to the whole change.
    named : tuple of str
        The values that changed apart from the others; empty where all changed alike.
    gain : float
        Log-likelihood gained by letting the named values change on their own, over the dispersion
        of the rest, less the price of naming them. Above 0 where any are named.
    """

    dimension: str
    contributions: tuple[Contribution, ...]
    named: tuple[str, ...]
    gain: float

    @property
    def change(self) -> Fraction:
        """The whole change, exact."""
        return sum((one.change for one in self.contributions), Fraction(0))

    @property
    def explained(self) -> Fraction:
        """Messages of the change that the named values added, exact."""
        named = (one.change for one in self.contributions if one.value in self.named)
        return sum(named, Fraction(0))

    @property
    def surprise(self) -> float:
        """Jensen–Shannon divergence between the shares before and after, in nats."""
        return math.fsum(one.surprise for one in self.contributions)

    def power(self, value: str) -> Fraction:
        """Explanatory power of a value: its part of the change, exact; 0 where nothing changed."""
        whole = self.change
        part = sum((one.change for one in self.contributions if one.value == value), Fraction(0))
        return part / whole if whole else Fraction(0)


@dataclass(frozen=True, slots=True)
class Attribution:
    """Why a number rose or fell.

    Parameters
    ----------
    before : Fraction
        Messages before, scaled to the length of the later period.
    after : int
        Messages after.
    explanations : tuple of Explanation
        One for each dimension, the best first.
    """

    before: Fraction
    after: int
    explanations: tuple[Explanation, ...]

    @property
    def change(self) -> Fraction:
        """Messages added, exact."""
        return self.after - self.before

    @property
    def best(self) -> Explanation | None:
        """The dimension that explains the change; None where all its values changed alike."""
        first = next(iter(self.explanations), None)
        return first if first is not None and first.named else None
