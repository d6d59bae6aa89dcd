"""OpenVINO and NNCF without their telemetry: a bare `import openvino` sends an event outside."""

import importlib
import logging
import sys
from types import ModuleType

from otklik.datasets.errors import MissingExtra

TELEMETRY = "openvino_telemetry"


def import_openvino() -> ModuleType:
    """OpenVINO, which finds no telemetry package and uses its own stub in the place of it."""
    if "openvino" not in sys.modules:
        sys.modules[TELEMETRY] = None  # type: ignore[assignment] # Python's way to say: not there
    return importlib.import_module("openvino")


def import_nncf() -> ModuleType:
    """NNCF, silent and offline.

    Raises
    ------
    MissingExtra
        It is not installed.
    """
    import_openvino()
    try:
        nncf = importlib.import_module("nncf")
    except ImportError as error:
        raise MissingExtra(
            "Quantising needs NNCF: pip install 'otklik[train]'. The result runs without."
        ) from error
    nncf.set_log_level(logging.ERROR)
    return nncf
