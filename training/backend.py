"""The MLflow behind the registry: SQLite and files in the data folder, or a server.

MLflow is slow to import and talkative: it is imported when first needed, its telemetry is off, and
its own warnings are silenced here by name.
"""

import logging
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from otklik.datasets.errors import BadRegistry, MissingExtra
from otklik.datasets.settings import load_settings
from otklik.models.registered import registry_folder

if TYPE_CHECKING:
    from mlflow.tracking import MlflowClient

_QUIET = ("mlflow", "alembic")


class Backend:
    """Access to MLflow.

    Parameters
    ----------
    folder : Path
        Of the registry: history, and without a server database and artefacts too.
    uri : str
        Of an MLflow server; empty means SQLite and files in the folder.
    """

    def __init__(self, folder: Path, uri: str = "") -> None:
        self.folder = folder.absolute()
        self.is_local = not uri
        self.uri = uri or f"sqlite:///{self.folder / 'mlflow.db'}"

    @cached_property
    def client(self) -> "MlflowClient":
        """Client of the tracking server and the registry.

        Raises
        ------
        MissingExtra
            MLflow is not installed.
        BadRegistry
            It cannot be reached.
        """
        # Read when the package is imported; the second is a convention of several tools.
        os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
        os.environ["DO_NOT_TRACK"] = "true"
        self.folder.mkdir(parents=True, exist_ok=True)
        with self.reached():
            try:
                from mlflow.tracking import MlflowClient
            except ImportError as error:
                raise MissingExtra(
                    "The registry of models needs MLflow: pip install 'otklik[train]'."
                ) from error
            for name in _QUIET:
                logging.getLogger(name).setLevel(logging.WARNING)
            return MlflowClient(tracking_uri=self.uri, registry_uri=self.uri)

    def experiment(self, name: str) -> str:
        """Id of the experiment of a model, made when it is not there."""
        with self.reached():
            found = self.client.get_experiment_by_name(name)
            if found is not None:
                return str(found.experiment_id)
            place = (self.folder / "artifacts").as_uri() if self.is_local else None
            return str(self.client.create_experiment(name, artifact_location=place))

    @contextmanager
    def reached(self) -> Iterator[None]:
        """Turn what MLflow and its database complain of into one error of ours."""
        with warnings.catch_warnings():
            # MLflow 3 maps its tables with an option that SQLAlchemy 2.1 is about to drop.
            warnings.filterwarnings("ignore", message="The ``noload`` loader strategy")
            try:
                yield
            except (BadRegistry, MissingExtra):
                raise
            except Exception as error:
                if not _is_refusal(error):
                    raise
                first = str(error).strip().splitlines()[0] if str(error) else repr(error)
                where = str(self.folder) if self.is_local else "the server of OTKLIK_MLFLOW_URI"
                raise BadRegistry(
                    f"MLflow in {where} refuses: {first} Check that it can be reached and written "
                    "to, then repeat: what was done so far stays."
                ) from error

    def close(self) -> None:
        """Give the database's connections back."""
        if not self.is_local or "client" not in self.__dict__:
            return
        client: Any = self.client
        for store in (client._tracking_client.store, client._get_registry_client().store):
            store.engine.dispose()


def open_backend() -> Backend:
    """Open what OTKLIK_VAR and OTKLIK_MLFLOW_URI name; nothing is made or imported yet."""
    return Backend(registry_folder(), load_settings().mlflow_uri)


def _is_refusal(error: Exception) -> bool:
    """Whether MLflow, its database or its server refused, in contrast to a fault of our own."""
    import requests
    from mlflow.exceptions import MlflowException
    from sqlalchemy.exc import SQLAlchemyError

    return isinstance(error, MlflowException | SQLAlchemyError | requests.RequestException)
