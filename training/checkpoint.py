"""State of a long training on disk, so that it can be broken off and gone on with."""

from pathlib import Path
from typing import Any

import torch


class Checkpoint:
    """One file; written beside and renamed, so a kill leaves the former state.

    Parameters
    ----------
    path : Path
        The file.
    fingerprint : str
        Names the training: texts, configuration, start. The state of another one is passed over.
    parts : mapping of str to object
        Whatever has `state_dict` and `load_state_dict`: network, optimizer, schedule.
    """

    def __init__(self, path: Path, fingerprint: str, parts: dict[str, Any]) -> None:
        self.path, self._fingerprint, self._parts = path, fingerprint, parts

    def load(self) -> int:
        """Steps that are done; the parts are set to their state after them. 0 if none."""
        if not self.path.is_file():
            return 0
        state = torch.load(self.path, weights_only=True)
        if state["fingerprint"] != self._fingerprint:
            return 0
        for name, part in self._parts.items():
            part.load_state_dict(state[name])
        torch.set_rng_state(state["random"])
        return int(state["step"])

    def save(self, step: int) -> None:
        """Keep the state after `step` steps."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        part = self.path.with_suffix(".part")
        state = {name: part.state_dict() for name, part in self._parts.items()}
        facts = {"fingerprint": self._fingerprint, "step": step, "random": torch.get_rng_state()}
        torch.save(facts | state, part)
        part.replace(self.path)

    def remove(self) -> None:
        """Forget the state: the training is complete."""
        self.path.unlink(missing_ok=True)
