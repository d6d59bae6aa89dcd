"""Presets: which labelled sets a training reads, which heads it fits, and how."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from otklik.datasets.errors import BadSettings
from otklik.datasets.settings_file import read_settings_file

PRESETS = Path(__file__).with_name("configs")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Crossing(_Strict):
    """Labels of another rubricator that also teach the default one."""

    version: str
    column: str
    group: str | None = None


class LabelledSet(_Strict):
    """One file of labelled texts.

    Parameters
    ----------
    file : str
        Name under the data folder, any kind that `read_table` knows.
    text : str
        Column of the text.
    heads : dict of str to str
        Column of the labels of each head; empty cells teach nothing.
    words : dict of str to dict of str to str
        Per head, labels of the file by the name that the head knows; a label that is not listed
        teaches nothing. Heads that are not listed take labels as they are.
    time : str or None
        Column of the time; with it the later part is the test.
    crossing : Crossing or None
        How the labels teach the default rubricator.
    weight : float
        Weight of each text of the set in the loss.
    repeats : int
        How often each text is read in one pass of fitting the encoder: small sets of many topics
        need more passes than large ones.
    licence : str
        Of the texts, for the model card.
    """

    file: str
    text: str = "text"
    source: str = "im"
    heads: dict[str, str] = Field(default_factory=dict)
    words: dict[str, dict[str, str]] = Field(default_factory=dict)
    time: str | None = None
    crossing: Crossing | None = None
    weight: float = Field(default=1.0, gt=0)
    repeats: int = Field(default=1, ge=1, le=20)
    licence: str = ""


class Fit(_Strict):
    """How the encoder and its heads are fitted; see `otklik.training.finetune`."""

    epochs: int = Field(default=2, ge=1)
    rate: float = Field(default=2e-4, gt=0)
    head_rate: float = Field(default=2e-3, gt=0)
    decay: float = Field(default=0.9, gt=0, le=1)
    warmup: float = Field(default=0.06, ge=0, lt=1)
    tokens: int = Field(default=2048, ge=64)
    most: int = Field(default=192, ge=16, le=512)
    dropout: float = Field(default=0.1, ge=0, lt=1)
    smoothing: float = Field(default=0.05, ge=0, lt=1)
    checkpoint_steps: int = Field(default=200, ge=1)


class Preset(_Strict):
    """A whole training.

    Parameters
    ----------
    name : str
        Name of the model in the registry.
    rubricator : str
        Version that the topic head speaks; its names, hints and phrases teach too.
    parents : dict of str to str
        Head of topics → head of their groups, where both exist.
    head_weights : dict of str to float
        Weight of a head in the loss; 1 where not listed.
    prefix : str
        What the encoder reads before every text.
    test, calibration : float
        Shares of every set kept for the test and for calibration.
    correction_weight : float
        Weight in the loss of a text that a person corrected in the store.
    rare_pull : float
        How far answers are pulled from the shares that classes had in training: 0 to 1; see
        `otklik.training.rare`.
    direct : tuple of str
        Heads of few classes whose n-grams speak for themselves; see `otklik.training.direct`.
    kind : {"full", "heads"}
        Fit encoder and heads, or heads alone on the encoder as it is.
    """

    name: str
    seed: int = 7
    rubricator: str = "im-2026"
    sets: tuple[LabelledSet, ...]
    parents: dict[str, str] = Field(default_factory=dict)
    head_weights: dict[str, float] = Field(default_factory=dict)
    prefix: str = ""
    test: float = Field(default=0.1, ge=0, lt=1)
    calibration: float = Field(default=0.1, gt=0, lt=1)
    fit: Fit = Fit()
    correction_weight: float = Field(default=2.0, gt=0)
    rare_pull: float = Field(default=0.3, ge=0, le=1)
    direct: tuple[str, ...] = ()
    kind: Literal["full", "heads"] = "full"


def load_preset(path: Path) -> Preset:
    """Read a preset file, or a shipped one by name.

    Raises
    ------
    BadSettings
        No such file, not TOML, unknown key or value out of range; the message names the key.
    """
    if not path.is_file() and (shipped := PRESETS / f"{path.name.removesuffix('.toml')}.toml"):
        if not shipped.is_file():
            names = ", ".join(sorted(file.stem for file in PRESETS.glob("*.toml")))
            raise BadSettings(f"No preset {str(path)!r}; shipped ones are {names}.")
        path = shipped
    return read_settings_file(path, Preset)
