"""A roll-back: the champion before the present one answers again, in one line of the history.

It needs neither MLflow nor training, so a service can do it by itself within a second.
"""

from datetime import UTC, datetime
from pathlib import Path

from otklik.datasets.errors import NotPromoted
from otklik.models.bundle import load_bundle
from otklik.models.history import Change, Entry, History
from otklik.models.registered import MODEL, Version, registered_versions, registry_folder


def find_before(model: str, folder: Path) -> Version:
    """The version that a roll-back would bring back, its files checked.

    Raises
    ------
    NotPromoted
        There was none before.
    BadBundle
        Its files are broken.
    """
    champions = History(folder).aliases(model).champions
    if len(champions) < 2:
        now = f"{model}/{champions[-1]}" if champions else "no version"
        raise NotPromoted(
            f"There is no champion of {model} before {now}: nothing to return to. "
            "`otklik models` lists the versions, `otklik promote VERSION` takes one of them."
        )
    versions = {one.number: one for one in registered_versions(model, folder)}
    before = versions[champions[-2]]
    load_bundle(before.folder)
    return before


def step_back(
    model: str = MODEL,
    *,
    by: str,
    reason: str = "",
    leave: str | None = None,
    folder: Path | None = None,
) -> tuple[Version, str]:
    """Bring back the champion before the present one.

    MLflow's own pages are behind until `otklik.training.registry.Registry.mend`.

    Parameters
    ----------
    by : str
        Who does it.
    leave : str or None
        The version that must be the champion now; None: any.
    folder : Path or None
        Of the registry; None means the one in OTKLIK_VAR.

    Returns
    -------
    (Version, str)
        Who answers now, and the name of the version that was left.

    Raises
    ------
    NotPromoted, BadBundle, BadRegistry
        Nothing was changed.
    """
    folder = folder or registry_folder()
    history = History(folder)
    with history.held():
        left = f"{model}/{history.aliases(model).champion}"
        if leave is not None and leave != left:
            raise NotPromoted(
                f"{leave} was to be left, but {left} is the champion: nothing was changed. "
                "`otklik models` lists the versions."
            )
        before = find_before(model, folder)
        history.append(
            Entry(datetime.now(UTC), model, Change.ROLLED_BACK, before.number, by, reason)
        )
    return before, left
