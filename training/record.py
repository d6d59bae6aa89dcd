"""Put a finished training on record: an MLflow run, a registered version, the challenger."""

from otklik.models.registered import Version
from otklik.training.backend import Backend
from otklik.training.config import Preset
from otklik.training.examples import Examples
from otklik.training.holdout import make_holdout
from otklik.training.job import Trained
from otklik.training.registry import Registry
from otklik.training.tracking import headline, log_training


def record_training(
    backend: Backend, preset: Preset, examples: Examples, trained: Trained
) -> Version:
    """Log a training and register its bundle.

    Called again after a failure it makes another run: the bundle is on disk, only MLflow's part is
    done anew.

    Raises
    ------
    BadRegistry, MissingExtra
        MLflow cannot be reached or is not installed.
    """
    run = log_training(
        backend,
        trained.layout.folder,
        model=preset.name,
        parameters=preset.model_dump(mode="json"),
        reports=trained.reports,
        holdout=make_holdout(examples, trained.targets),
        judged=trained.judged,
    )
    return Registry(backend).register(run, preset.name, metrics=headline(trained.reports))
