"""From what ships to what answers: layers merged into the base, quantised, put in place at once."""

import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

from otklik.datasets.errors import BadBundle, BadCheckpoint
from otklik.models.adapter import merge_adapter
from otklik.models.bundle import Bundle, BundleLayout, load_bundle
from otklik.models.checkpoint import Checkpoint, load_checkpoint
from otklik.models.quantise import build_int8
from otklik.models.swap import locked, replaced

SHIPPED = Path(__file__).with_name("default")
STUDENT = Path(__file__).with_name("student") / "student.safetensors"
STEPS = ("merging layers into the base", "quantising", "putting it in place")


def build_encoder(
    adapter: Path,
    base: Path,
    out: Path,
    *,
    texts: Iterable[str] | None = None,
    step: Callable[[str], None] = lambda _name: None,
) -> Checkpoint:
    """Build an encoder of the base's embeddings and an adapter's layers, quantised.

    Whatever goes wrong, a former one stays as it was.

    Raises
    ------
    BadCheckpoint
        Adapter or base is broken, or they do not belong together.
    """
    with locked(out), replaced(out) as part:
        step(STEPS[0])
        merge_adapter(base, adapter, part)
        step(STEPS[1])
        build_int8(part, texts)
        step(STEPS[2])
    return load_checkpoint(out)


def build_bundle(
    shipped: Path,
    base: Path,
    out: Path,
    *,
    texts: Iterable[str] | None = None,
    step: Callable[[str], None] = lambda _name: None,
) -> Bundle:
    """Build a bundle that can answer; whatever goes wrong, a former one stays as it was.

    Parameters
    ----------
    shipped : Path
        Bundle with `adapter.safetensors` and no encoder.
    base : Path
        The base encoder that its layers were made for.
    texts : iterable of str or None
        Masked messages that int8 is calibrated on; None takes the rubricator's own.

    Raises
    ------
    BadBundle, BadCheckpoint
        One of both is broken, or they do not belong together.
    """
    load_bundle(shipped)
    source = BundleLayout.of(shipped)
    if not source.adapter.is_file():
        raise BadBundle(f"{shipped} has no {source.adapter.name}: it is no shipped bundle.")
    with locked(out), replaced(out) as part:
        step(STEPS[0])
        encoder = BundleLayout.of(part).encoder
        shutil.copytree(
            shipped, part, dirs_exist_ok=True, ignore=shutil.ignore_patterns(encoder.name)
        )
        merge_adapter(base, source.adapter, encoder)
        step(STEPS[1])
        build_int8(encoder, texts)
        step(STEPS[2])
    return load_bundle(out)


def is_built(shipped: Path, out: Path) -> bool:
    """Whether an intact bundle of the very same shipped files is there, with its encoder.

    Raises
    ------
    BadBundle
        The shipped one is broken.
    """
    wanted = load_bundle(shipped).version
    try:
        found = load_bundle(out)
        load_checkpoint(found.layout.encoder)
    except (BadBundle, BadCheckpoint):
        return False
    return found.version == wanted
