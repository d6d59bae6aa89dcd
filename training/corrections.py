"""What people corrected in the store, as examples for the next training."""

from collections.abc import Iterator
from typing import NamedTuple

from otklik.datasets.crosswalk_routes import resolve_code
from otklik.datasets.errors import UnknownTopic, UnknownVersion
from otklik.datasets.rubricator import Rubricator
from otklik.datasets.rubricator_versions import load_rubricator
from otklik.datasets.store import Store
from otklik.training.labelstudio import TOPIC


class Corrected(NamedTuple):
    """A masked text, its channel, and the topics of the default rubricator that are right."""

    text: str
    source: str
    shares: dict[str, float]


def read_corrections(store: Store, rubricator: str) -> tuple[list[Corrected], int]:
    """Latest topic of every message that a person labelled.

    Returns
    -------
    list of Corrected
    int
        Labels left out: of a rubricator that is not installed, or of a topic that it lacks.
    """
    found, lost = [], 0
    for text, source, name, version in store.labelled(TOPIC):
        shares = _shares(name, version or rubricator, rubricator)
        if shares:
            found.append(Corrected(text, source, shares))
        else:
            lost += 1
    return found, lost


def _shares(name: str, version: str, rubricator: str) -> dict[str, float]:
    try:
        source = load_rubricator(version)
        code = next(_codes(name, source))
    except (UnknownVersion, UnknownTopic, StopIteration):
        return {}
    return resolve_code(code, version, rubricator)


def _codes(name: str, rubricator: Rubricator) -> Iterator[str]:
    """Code of a topic that was labelled by its code or by its name."""
    if name in rubricator:
        yield name
    yield rubricator.find(name).code
