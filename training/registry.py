"""Registered versions: MLflow keeps and shows them, the history says who answers.

A change is made in one order: under the lock, first the line of the history, on disk, then MLflow's
alias. A process killed between the two leaves MLflow behind by one step; the next change, or
`Registry.mend`, brings it up.
"""

import getpass
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from otklik.datasets.errors import BadRegistry, NotPromoted, UnknownModel
from otklik.models.bundle import load_bundle
from otklik.models.history import (
    CHALLENGER,
    CHAMPION,
    Aliases,
    Change,
    Entry,
    History,
    aliases_of,
)
from otklik.models.registered import Version, registered_versions
from otklik.models.step_back import find_before
from otklik.models.swap import replaced
from otklik.training.backend import Backend, open_backend
from otklik.training.tracking import BUNDLE, HOLDOUT, folder_hash

TAG = "otklik.history"


class Registry:
    """Versions and aliases of models.

    Parameters
    ----------
    backend : Backend
        MLflow; imported by the first change, not by reading.
    """

    def __init__(self, backend: Backend) -> None:
        self.backend = backend
        self.history = History(backend.folder)

    def versions(self, model: str, at: datetime | None = None) -> list[Version]:
        """Versions in order, with their aliases now or at a time."""
        return registered_versions(model, self.backend.folder, at)

    def version(self, model: str, number: int) -> Version:
        """One version.

        Raises
        ------
        UnknownModel
            Not registered; the message lists those that are.
        """
        versions = self.versions(model)
        for one in versions:
            if one.number == number:
                return one
        there = ", ".join(str(one.number) for one in versions) or "none"
        raise UnknownModel(f"{model} has no version {number}; registered are {there}.")

    def register(
        self, run: str, model: str, *, metrics: Mapping[str, float], by: str | None = None
    ) -> Version:
        """Make the bundle of a run the next version and the challenger.

        Parameters
        ----------
        run : str
            From `log_training`.
        metrics : mapping of str to float
            From `headline`: what tables show.
        by : str or None
            Account; None means whoever runs the process.

        Raises
        ------
        BadRegistry
            The run has no intact bundle, or MLflow refuses.
        """
        folder = self._bundle_of(run)
        bundle = load_bundle(folder)
        facts = {
            "run": run,
            "bundle": bundle.version,
            "folder": folder.relative_to(self.backend.folder).as_posix(),
            "files": folder_hash(folder),
            "metrics": dict(metrics),
        }
        os.sync()  # the history must not outlive the bundle that it names
        with self.history.held():
            self.mend(model)
            with self.backend.reached():
                made = self.backend.client.create_model_version(
                    model, source=f"runs:/{run}/{BUNDLE}", run_id=run
                )
            number = int(made.version)
            self._change(model, Change.REGISTERED, number, by, facts=facts)
        return self.version(model, number)

    def promote(
        self,
        model: str,
        number: int,
        *,
        champion: int | None,
        by: str | None = None,
        reason: str = "",
        facts: Mapping[str, Any] | None = None,
    ) -> Version:
        """Make a version the champion, gates or not: `otklik.training.promotion` asks them.

        Parameters
        ----------
        champion : int or None
            With whom it was compared. If another one answers by now nothing is done.

        Raises
        ------
        NotPromoted
            It is the champion, or the champion has changed meanwhile.
        """
        self.version(model, number)
        with self.history.held():
            found = self.mend(model).champion
            if found == number:
                raise NotPromoted(f"{model}/{number} is the champion already.")
            if found != champion:
                raise NotPromoted(
                    f"{model}/{number} was compared with {_spoken(model, champion)}, but "
                    f"{_spoken(model, found)} answers by now. Promote again to compare with it."
                )
            self._change(model, Change.PROMOTED, number, by, reason, facts or {})
        return self.version(model, number)

    def roll_back(self, model: str, *, by: str | None = None, reason: str = "") -> Version:
        """Bring back the champion before the present one.

        Raises
        ------
        NotPromoted
            There was none before.
        BadBundle
            Its files are broken; the present champion goes on answering.
        """
        with self.history.held():
            self.mend(model)
            before = find_before(model, self.backend.folder)
            self._change(model, Change.ROLLED_BACK, before.number, by, reason)
        return self.version(model, before.number)

    def mend(self, model: str) -> Aliases:
        """Make MLflow's aliases those of the history.

        To be called under the lock of the history.

        Raises
        ------
        BadRegistry
            MLflow has seen entries that the history no longer has, or refuses.
        """
        aliases = aliases_of(self.history.entries(model))
        hashes = self.history.hashes
        with self.backend.reached():
            client = self.backend.client
            found = self._registered(model)
            seen = found.tags.get(TAG)
            if seen and seen not in hashes:
                raise BadRegistry(
                    f"{self.history.path} lacks the entry {seen[:16]} that MLflow has seen: lines "
                    "at its end are lost. Restore the file from a copy."
                )
            wanted = {CHAMPION: aliases.champion, CHALLENGER: aliases.challenger}
            for alias, number in wanted.items():
                stated = found.aliases.get(alias)
                if number is None:
                    if stated is not None:
                        client.delete_registered_model_alias(model, alias)
                elif stated is None or int(stated) != number:
                    client.set_registered_model_alias(model, alias, str(number))
            if hashes and seen != hashes[-1]:
                client.set_registered_model_tag(model, TAG, hashes[-1])
        return aliases

    def _change(
        self,
        model: str,
        change: Change,
        number: int,
        by: str | None,
        reason: str = "",
        facts: Mapping[str, Any] | None = None,
    ) -> None:
        who = by or account()
        self.history.append(
            Entry(datetime.now(UTC), model, change, number, who, reason, facts or {})
        )
        self.mend(model)

    def _registered(self, model: str) -> Any:  # noqa: ANN401 - MLflow's own RegisteredModel
        from mlflow.exceptions import MlflowException

        try:
            return self.backend.client.get_registered_model(model)
        except MlflowException as error:
            if error.error_code != "RESOURCE_DOES_NOT_EXIST":
                raise
            return self.backend.client.create_registered_model(model)

    def _bundle_of(self, run: str) -> Path:
        """Folder of a run's bundle within the registry's; a server's is fetched once."""
        kept = self.backend.folder / "bundles" / run
        with self.backend.reached():
            if not self.backend.is_local:
                from mlflow.artifacts import download_artifacts

                with replaced(kept) as part:
                    for path in (BUNDLE, HOLDOUT):
                        download_artifacts(
                            run_id=run,
                            artifact_path=path,
                            dst_path=str(part),
                            tracking_uri=self.backend.uri,
                        )
                return kept / BUNDLE
            info = self.backend.client.get_run(run).info
        return Path(info.artifact_uri.removeprefix("file://")) / BUNDLE


def open_registry() -> Registry:
    """Open the registry of the settings; nothing is made or imported yet."""
    return Registry(open_backend())


def account() -> str:
    """Name of whoever runs the process; its number where the system knows no name."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())


def _spoken(model: str, *champion: int | None) -> str:
    return f"{model}/{champion[0]}" if champion and champion[0] else "no version"
