"""One gate before promotion: what was found, what stands against it, what to do."""

from dataclasses import dataclass
from typing import Any

Value = float | str


@dataclass(frozen=True, slots=True)
class Gate:
    """A judged gate.

    Parameters
    ----------
    name : str
        What is judged: «rubricator», «accuracy of perm_topic».
    passed : bool
    candidate, against : float or str
        The candidate's value, and the champion's or the limit that it was held against.
    sentence : str
        Where it failed, what to do about it; else what was found.
    """

    name: str
    passed: bool
    candidate: Value
    against: Value
    sentence: str

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Verdict:
    """All gates of one candidate."""

    gates: tuple[Gate, ...]

    @property
    def passed(self) -> bool:
        """Whether every gate is open."""
        return all(gate.passed for gate in self.gates)

    @property
    def failed(self) -> tuple[Gate, ...]:
        """The closed gates."""
        return tuple(gate for gate in self.gates if not gate.passed)


def shown(value: Value) -> str:
    """A value for a table: three digits after the point, words as they are."""
    return value if isinstance(value, str) else f"{value:.3f}"
