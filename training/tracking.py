"""The MLflow run of a training: parameters, data, code, figures by slice, plots, the bundle."""

import json
import re
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from otklik.models.bundle import Bundle, Window, load_bundle
from otklik.models.manifest import sha256_of
from otklik.training.backend import Backend
from otklik.training.holdout import Holdout
from otklik.training.metrics import Report

if TYPE_CHECKING:
    from mlflow.entities import Metric

BUNDLE, HOLDOUT, REPORTS, FILES = "bundle", "holdout.jsonl.gz", "reports.json", "files.json"
_AT_ONCE = 500
_MAX_PARAMETER = 500
_UNNAMEABLE = re.compile(r"[^\w\-. :/]")
"""What MLflow takes in no name: a preset may have labels such as «[0]» for keys."""


def log_training(
    backend: Backend,
    folder: Path,
    *,
    model: str,
    parameters: Mapping[str, Any],
    reports: Mapping[str, Report],
    holdout: Holdout,
    judged: Mapping[str, Window] | None = None,
) -> str:
    """Write a finished training into MLflow.

    Parameters
    ----------
    folder : Path
        Of the finished bundle; its facts become tags.
    model : str
        Name of the model, `Preset.name`; the experiment is called the same.
    parameters : mapping
        Of the training, nested as in the preset.
    reports : mapping of str to Report
        Per head, from `evaluate_head` on the hold-out.
    holdout : Holdout
        Test texts of the training: what champion and challenger are compared on.
    judged : mapping of str to Window or None
        Answers of each head on the hold-out, for the plots; without it those of the calibration
        window are drawn.

    Returns
    -------
    str
        Id of the run, which `Registry.register` takes.

    Raises
    ------
    BadBundle
        The folder holds no intact bundle.
    BadRegistry, MissingExtra
        MLflow cannot be reached or is not installed.
    """
    bundle = load_bundle(folder)
    experiment = backend.experiment(model)
    with backend.reached():
        client = backend.client
        run = client.create_run(experiment, tags=_tags(bundle), run_name=bundle.version)
        name = str(run.info.run_id)
        try:
            from mlflow.entities import Param

            given = [Param(key, value) for key, value in _flat(parameters)]
            for start in range(0, len(given), 100):
                client.log_batch(name, params=given[start : start + 100])
            figures = list(_figures(reports))
            for start in range(0, len(figures), _AT_ONCE):
                client.log_batch(name, metrics=figures[start : start + _AT_ONCE])
            with tempfile.TemporaryDirectory() as place:
                _write_artefacts(Path(place), bundle, reports, holdout, judged or bundle.windows)
                client.log_artifacts(name, place)
            client.log_artifacts(name, str(folder), BUNDLE)
        except BaseException:
            client.set_terminated(name, "FAILED")
            raise
        client.set_terminated(name)
    return name


def file_hashes(folder: Path) -> dict[str, str]:
    """SHA-256 of every file of a folder by its path within."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): sha256_of(path) for path in paths}


def folder_hash(folder: Path) -> str:
    """One hash for all files of a folder and their names."""
    return sha256(json.dumps(file_hashes(folder), sort_keys=True).encode()).hexdigest()


def git_revision() -> str:
    """Revision of the code, `+` behind it where files differ from it; empty without git."""
    here = Path(__file__).parent
    command = ["git", "describe", "--always", "--abbrev=40", "--exclude=*", "--dirty=+"]
    try:
        done = subprocess.run(command, cwd=here, capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def headline(reports: Mapping[str, Report]) -> dict[str, float]:
    """Accuracy and calibration error of each head: what a table of versions shows."""
    return {
        f"{head}.{figure}": round(report.scores[figure].value, 4)
        for head, report in reports.items()
        for figure in ("accuracy", "ece")
    }


def _tags(bundle: Bundle) -> dict[str, str]:
    facts = bundle.facts
    named = ("rubricator", "rubricator_fingerprint", "data", "revision", "seed")
    tags = {name: str(facts.get(name, "")) for name in named}
    return {f"otklik.{name}": value for name, value in (tags | {"bundle": bundle.version}).items()}


def _flat(parameters: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Nested parameters as MLflow keeps them: «fit.epochs» → «4»."""
    for key, value in parameters.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key}.")
        elif isinstance(value, list | tuple) and value and isinstance(value[0], Mapping):
            for place, inner in enumerate(value):
                yield from _flat(inner, f"{prefix}{key}.{place}.")
        else:
            yield _UNNAMEABLE.sub("_", f"{prefix}{key}"), str(value)[:_MAX_PARAMETER]


def _figures(reports: Mapping[str, Report]) -> Iterator["Metric"]:
    from mlflow.entities import Metric

    now = int(time.time() * 1000)
    for head, report in reports.items():
        parts = {"": report.scores}
        parts |= {f"slice {name}/": scores for name, (_, scores) in report.slices.items()}
        for part, scores in parts.items():
            for figure, one in scores.items():
                yield Metric(f"{head}/{part}{figure}", one.value, now, 0)


def _write_artefacts(
    place: Path,
    bundle: Bundle,
    reports: Mapping[str, Report],
    holdout: Holdout,
    judged: Mapping[str, Window],
) -> None:
    from otklik.training.plots import draw_confusion, draw_reliability

    texts = {
        REPORTS: {head: report.as_dict() for head, report in reports.items()},
        FILES: file_hashes(bundle.layout.folder),
    }
    for name, content in texts.items():
        text = json.dumps(content, ensure_ascii=False, indent=1) + "\n"
        (place / name).write_text(text, encoding="utf-8")
    holdout.save(place / HOLDOUT)
    plots = place / "plots"
    plots.mkdir()
    for head, window in judged.items():
        draw_reliability(window, head, plots / f"reliability_{head}.png")
        draw_confusion(window, bundle.heads[head].classes, head, plots / f"confusion_{head}.png")
