"""Ways between rubricator versions: crosswalks walked forwards, backwards and in chains."""

from collections import deque
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

from otklik.datasets.crosswalk import Crosswalk, load_crosswalk, mix
from otklik.datasets.errors import UnknownVersion
from otklik.datasets.rubricator_versions import load_rubricator
from otklik.datasets.settings import load_settings

SHIPPED = Path(__file__).with_name("crosswalks")
ARROW = "--"


def crosswalk_paths() -> dict[tuple[str, str], Path]:
    """Files by (source, target) version: shipped ones, then the owner's in `OTKLIK_VAR`."""
    found = {}
    for folder in (SHIPPED, load_settings().var / "crosswalks"):
        for path in sorted(folder.glob(f"*{ARROW}*.csv")):
            source, _, target = path.stem.partition(ARROW)
            found[source, target] = path
    return found


@lru_cache(maxsize=32)
def crosswalk_between(source: str, target: str) -> Crosswalk:
    """The one step from `source` to `target`: a file, or the way back along a file.

    Raises
    ------
    UnknownVersion
        There is no such step; see `route_between` for chains.
    """
    paths = crosswalk_paths()
    if (source, target) in paths:
        return load_crosswalk(
            paths[source, target], load_rubricator(source), load_rubricator(target)
        )
    if (target, source) in paths:
        return crosswalk_between(target, source).inverse
    raise UnknownVersion(f"No crosswalk joins {source!r} and {target!r}.")


def route_between(source: str, target: str) -> list[str]:
    """Shortest chain of versions from `source` to `target`, both included.

    Raises
    ------
    UnknownVersion
        No chain of crosswalks joins them.
    """
    steps: dict[str, set[str]] = {}
    for left, right in crosswalk_paths():
        steps.setdefault(left, set()).add(right)
        steps.setdefault(right, set()).add(left)
    queue = deque([[source]])
    seen = {source}
    while queue:
        route = queue.popleft()
        if route[-1] == target:
            return route
        for version in sorted(steps.get(route[-1], set()) - seen):
            seen.add(version)
            queue.append([*route, version])
    raise UnknownVersion(f"No chain of crosswalks joins {source!r} and {target!r}.")


def resolve_code(code: str, source: str, target: str) -> dict[str, float]:
    """Shares of a code of one version among the codes of another.

    Returns
    -------
    dict of str to float
        In falling weight. Sums to 1 forwards; less on the way back where nothing of the older
        version ever corresponded (empty: nothing does).

    Examples
    --------
    A St Petersburg reason reaches a Perm topic by way of `im-2026`:

    >>> shares = resolve_code("189", "spb-2021", "im-perm-2023")
    >>> 0 < sum(shares.values()) <= 1 + 1e-9
    True
    """
    load_rubricator(source).group_code(code)
    shares = {code: 1.0}
    route = route_between(source, target)
    for left, right in pairwise(route):
        step = crosswalk_between(left, right)
        shares = mix((weight, step.resolve(name)) for name, weight in shares.items())
    return shares


def resolve_label(
    name: str, source: str, target: str, group: str | None = None
) -> dict[str, float]:
    """Shares of a label, as it was stored (name or code), among the codes of another version.

    `group` is the name of its group, where namesakes stand in several.

    Raises
    ------
    UnknownTopic
        `source` has no such topic.
    """
    rubricator = load_rubricator(source)
    code = name if name in rubricator else rubricator.find(name, group).code
    return resolve_code(code, source, target)
