"""The bundle: everything one model version answers with, in one folder.

`bundle.json` names heads, rubricator and training; `heads.safetensors` holds weights and
calibration, `lexical.safetensors` the n-gram vectors, `window.safetensors` the judged answers of
the calibration window, `sets.safetensors` the bounds of prediction sets. The shipped form has
`adapter.safetensors` instead of the folder `encoder`; `otklik model build` makes the one from the
other.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from otklik.datasets.errors import BadBundle
from otklik.models.heads import Head, load_head
from otklik.models.lexical_table import LexicalTable, load_lexical
from otklik.models.manifest import sha256_of
from otklik.models.prediction_set import SetRule, load_set_rule

FORMAT = 1
Arrays = dict[str, npt.NDArray[np.generic]]


@dataclass(frozen=True, slots=True)
class BundleLayout:
    """Where the parts of a bundle stand."""

    folder: Path
    manifest: Path
    heads: Path
    lexical: Path
    window: Path
    sets: Path
    adapter: Path
    encoder: Path
    card: Path

    @classmethod
    def of(cls, folder: Path) -> Self:
        """Layout of a folder, there or not."""
        return cls(
            folder=folder,
            manifest=folder / "bundle.json",
            heads=folder / "heads.safetensors",
            lexical=folder / "lexical.safetensors",
            window=folder / "window.safetensors",
            sets=folder / "sets.safetensors",
            adapter=folder / "adapter.safetensors",
            encoder=folder / "encoder",
            card=folder / "README.md",
        )

    @property
    def hashed(self) -> tuple[Path, ...]:
        """Files that every bundle has, and whose hashes the manifest keeps."""
        return (self.heads, self.lexical, self.window, self.sets)


@dataclass(frozen=True)
class Window:
    """Judged answers of one head on the calibration window.

    Parameters
    ----------
    answers, labels : int64 of shape (n,)
        Class answered, class that was right (-1 where the head does not know it).
    confidence : float64 of shape (n,)
        Calibrated probability of the answer.
    """

    answers: npt.NDArray[np.int64]
    labels: npt.NDArray[np.int64]
    confidence: npt.NDArray[np.float64]

    def probabilities(self, classes: int) -> npt.NDArray[np.float64]:
        """The answers as rows of probabilities of which only the largest is set."""
        rows = np.zeros((len(self.answers), classes))
        rows[np.arange(len(self.answers)), self.answers] = self.confidence
        return rows


@dataclass(frozen=True)
class Bundle:
    """One model version in memory, without its encoder.

    Parameters
    ----------
    version : str
        Hash of all that answers (16 digits).
    sets : dict of str to SetRule
        How prediction sets are made, for heads of topics.
    facts : dict
        What else the manifest says: rubricator, training data, metrics, licence notes.
    """

    layout: BundleLayout
    version: str
    heads: dict[str, Head]
    lexical: LexicalTable
    windows: dict[str, Window]
    sets: dict[str, SetRule] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)


def save_bundle(
    folder: Path,
    heads: Mapping[str, Head],
    lexical: LexicalTable,
    windows: Mapping[str, Window],
    facts: Mapping[str, Any],
    sets: Mapping[str, SetRule] | None = None,
) -> BundleLayout:
    """Write all but layers and encoder into a folder; equal arguments give equal bytes.

    Layers that are there already are part of the version.
    """
    from safetensors.numpy import save

    layout = BundleLayout.of(folder)
    folder.mkdir(parents=True, exist_ok=True)
    layout.heads.write_bytes(save(_flat({n: head.dump() for n, head in heads.items()})))
    layout.lexical.write_bytes(save(_contiguous(lexical.dump())))
    judged = {
        name: {"answers": w.answers, "labels": w.labels, "confidence": w.confidence}
        for name, w in windows.items()
    }
    layout.window.write_bytes(save(_flat(judged)))
    rules = sets or {}
    kept = (*layout.hashed, layout.adapter)
    layout.sets.write_bytes(save(_flat({name: rule.dump() for name, rule in rules.items()})))
    record = {
        "format": FORMAT,
        "heads": [
            {"name": head.name, "parent": head.parent, "classes": list(head.classes)}
            for head in heads.values()
        ],
        "windows": sorted(windows),
        "sets": sorted(rules),
        "files": {path.name: sha256_of(path) for path in kept if path.is_file()},
        "facts": dict(facts),
    }
    text = json.dumps(record, ensure_ascii=False, indent=1)
    layout.manifest.write_text(text + "\n", encoding="utf-8")
    return layout


def load_bundle(folder: Path) -> Bundle:
    """Read a bundle, shipped or built; the encoder is opened by `otklik.models.predictor`.

    Raises
    ------
    BadBundle
        Not there, of another format, changed or truncated; the message says what to do.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load

    layout = BundleLayout.of(folder)
    record = _read_manifest(layout)
    for name in sorted({path.name for path in layout.hashed} | set(record["files"])):
        path = folder / name
        found = sha256_of(path) if path.is_file() else "missing"
        if found != record["files"].get(name):
            raise BadBundle(
                f"{path}: SHA-256 {found}, bundle.json says {record['files'].get(name)}. "
                "Build the bundle again: `otklik model build`, or take another version."
            )
    try:
        weights = load(layout.heads.read_bytes())
        judged = load(layout.window.read_bytes())
        heads = {
            entry["name"]: load_head(
                entry["name"], entry["classes"], entry["parent"], _part(weights, entry["name"])
            )
            for entry in record["heads"]
        }
        windows = {
            name: Window(**{key: _plain(value) for key, value in _part(judged, name).items()})
            for name in record["windows"]
        }
        bounds = load(layout.sets.read_bytes())
        sets = {name: load_set_rule(_part(bounds, name)) for name in record["sets"]}
        lexical = load_lexical(load(layout.lexical.read_bytes()))
    except (SafetensorError, KeyError, ValueError, TypeError) as error:
        raise BadBundle(f"{folder} contradicts itself: {error}. Take another version.") from error
    version = sha256_of(layout.manifest)[:16]
    return Bundle(layout, version, heads, lexical, windows, sets, record["facts"])


def _read_manifest(layout: BundleLayout) -> dict[str, Any]:
    try:
        record: dict[str, Any] = json.loads(layout.manifest.read_bytes())
        found = record["format"]
    except FileNotFoundError as error:
        raise BadBundle(
            f"{layout.folder} holds no bundle. `otklik model build` makes the default one."
        ) from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadBundle(
            f"{layout.manifest} cannot be read ({error}). Build the bundle again."
        ) from error
    if found != FORMAT:
        raise BadBundle(
            f"{layout.manifest} has format {found!r}, this version of otklik reads {FORMAT}. "
            "Use the version that wrote it, or train the model anew."
        )
    return record


def _flat(parts: Mapping[str, Mapping[str, npt.NDArray[np.generic]]]) -> Arrays:
    return _contiguous(
        {f"{name}/{key}": value for name, part in parts.items() for key, value in part.items()}
    )


def _contiguous(arrays: Mapping[str, npt.NDArray[np.generic]]) -> Arrays:
    return {name: np.ascontiguousarray(arrays[name]) for name in sorted(arrays)}


def _part(arrays: Mapping[str, npt.NDArray[np.generic]], name: str) -> Arrays:
    prefix = f"{name}/"
    return {k.removeprefix(prefix): v for k, v in arrays.items() if k.startswith(prefix)}


def _plain(array: npt.NDArray[np.generic]) -> Any:  # noqa: ANN401 - the window's own types
    return array
