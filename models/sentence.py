"""What `sentence-transformers` keeps beside a checkpoint: pooling and the prompt before a text."""

import json
import re
from pathlib import Path
from typing import Any

from otklik.datasets.errors import BadCheckpoint
from otklik.models.checkpoint import Layout

E5_PREFIX = "query: "
_KNOWN = ("Transformer", "Pooling", "Normalize")
_MODES = {"pooling_mode_mean_tokens": "mean", "pooling_mode_cls_token": "cls"}
_E5 = re.compile(r"(?<![a-z0-9])e5(?![a-z0-9])", re.IGNORECASE)


def read_pooling(layout: Layout) -> str:
    """How a checkpoint's own modules make one vector of many; `mean` where it has none.

    Raises
    ------
    BadCheckpoint
        A module or a pooling that would give other vectors than ours.
    """
    if not layout.modules.is_file():
        return "mean"
    paths = {}
    for module in _read(layout.modules):
        kind = str(module["type"]).rpartition(".")[2]
        if kind not in _KNOWN:
            raise BadCheckpoint(
                f"{layout.modules} has a module {kind}; known are {', '.join(_KNOWN)}. Remove the "
                "file to take the mean of the encoder's states."
            )
        paths[kind] = module["path"]
    if "Pooling" not in paths:
        return "mean"
    path = layout.folder / paths["Pooling"] / "config.json"
    config = _read(path)
    modes = [name for name, on in config.items() if name.startswith("pooling_mode_") and on is True]
    named = config.get("pooling_mode") or [_MODES.get(mode, mode) for mode in modes]
    pooling = named[0] if isinstance(named, list) and len(named) == 1 else named
    if pooling not in _MODES.values():
        raise BadCheckpoint(
            f"{path} asks for the pooling {pooling}; known are {', '.join(_MODES.values())}. "
            f"Remove {layout.modules.name} to take the mean."
        )
    return str(pooling)


def read_prefix(layout: Layout, name: str) -> str:
    """What stands before a text: the default prompt, or that of e5 where the name says so."""
    config = _read(layout.prompts) if layout.prompts.is_file() else {}
    default = config.get("default_prompt_name")
    if default is not None:
        return str(config.get("prompts", {}).get(default, ""))
    return E5_PREFIX if _E5.search(name) else ""


def _read(path: Path) -> Any:  # noqa: ANN401 - whatever JSON holds
    try:
        return json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise BadCheckpoint(
            f"{path} cannot be read: {error}. Fetch the checkpoint again."
        ) from error
