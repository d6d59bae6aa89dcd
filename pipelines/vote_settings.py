"""Weights and limits by which questions are ranked: `config/votes.toml`, or the owner's copy."""

from enum import StrEnum
from functools import cached_property
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, field_validator

from otklik.datasets.settings_file import read_settings_file

SHIPPED = Path(__file__).parent.parent / "config" / "votes.toml"
FACTORS = (
    "burden",
    "reach",
    "persistence",
    "spread",
    "inequity",
    "importance",
    "solvable",
    "divided",
)
DEAREST = 4


class Unit(StrEnum):
    """What becomes a question: a problem of a place, or a topic of the whole city."""

    PROBLEM = "problem"
    TOPIC = "topic"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class MonteCarlo(_Strict):
    """How rank intervals are drawn: `weights` is the half-width of their uniform factors."""

    draws: int = Field(default=500, ge=50, le=100_000)
    weights: float = Field(default=0.2, ge=0, lt=1)
    seed: int = 7


class Counts(_Strict):
    """How people are counted."""

    least_authors: int = Field(default=5, ge=1)
    copier: float = Field(default=0.1, ge=0, le=1)
    most_lift: float = Field(default=3.0, ge=1)


class VoteSettings(_Strict):
    """How candidates are ranked.

    Parameters
    ----------
    weights : dict of str to float
        Of every factor; they are divided by their sum.
    competence : dict of str to float
        Code of a group or of a topic → 0 (never ask) to 1 (the city decides); 1 where not listed.
        A topic counts times its group.
    budget : dict of str to int
        Group code → class of cost, 1 to 4; 2 where not listed.
    residents : dict of str to float
        District → residents in thousands.
    """

    weights: dict[str, float]
    monte_carlo: MonteCarlo = MonteCarlo()
    counts: Counts = Counts()
    competence: dict[str, float] = Field(default_factory=dict)
    budget: dict[str, int] = Field(default_factory=dict)
    residents: dict[str, float] = Field(default_factory=dict)

    @field_validator("weights")
    @classmethod
    def _check_weights(cls, weights: dict[str, float]) -> dict[str, float]:
        if set(weights) != set(FACTORS):
            wrong = sorted(set(weights) ^ set(FACTORS))
            raise ValueError(f"weights must be {', '.join(FACTORS)}; wrong or missing: {wrong}")
        if min(weights.values()) < 0 or sum(weights.values()) <= 0:
            raise ValueError("weights must be 0 or more, and not all 0")
        return weights

    @field_validator("budget")
    @classmethod
    def _check_budget(cls, budget: dict[str, int]) -> dict[str, int]:
        for group, cost in budget.items():
            if not 1 <= cost <= DEAREST:
                raise ValueError(f"budget of {group} is {cost}, must be 1 to {DEAREST}")
        return budget

    @cached_property
    def shares(self) -> dict[str, float]:
        """Weights that sum to 1, in the order of `FACTORS`."""
        total = sum(self.weights.values())
        return {name: self.weights[name] / total for name in FACTORS}


def load_vote_settings(path: Path | None = None) -> VoteSettings:
    """Read the settings; None means the shipped ones.

    Raises
    ------
    BadSettings
        No such file, not TOML, an unknown key or a wrong value; the message names the key.
    """
    return read_settings_file(path or SHIPPED, VoteSettings)
