"""natasha 1.6 on Python 3.11, for comparison only: nothing of the package imports this file.

pymorphy2, which natasha leans on, calls `inspect.getargspec` (gone since Python 3.11) and asks
`pkg_resources` (gone since setuptools 81) where its dictionary lies.
"""

import importlib
import inspect
import sys
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any


class _DictionaryEntry:
    """The one entry point pymorphy2 looks for: its Russian dictionary."""

    name = "ru"

    def load(self) -> ModuleType:
        return importlib.import_module("pymorphy2_dicts_ru")


class _WorkingSet:
    def iter_entry_points(self, group: str) -> Iterator[_DictionaryEntry]:
        if group == "pymorphy2_dicts":
            yield _DictionaryEntry()


def _getargspec(function: Callable[..., Any]) -> tuple[list[str], str | None, str | None, Any]:
    spec = inspect.getfullargspec(function)
    return spec.args, spec.varargs, spec.varkw, spec.defaults


def load_natasha() -> Any:  # noqa: ANN401  (an untyped package)
    """Import natasha with both gaps filled.

    The gaps stay filled for the rest of the process: pymorphy2 falls into them when an analyser
    is made, long after the import.
    """
    if not hasattr(inspect, "getargspec"):
        inspect.getargspec = _getargspec  # type: ignore[attr-defined]
    if "pkg_resources" not in sys.modules:
        stand_in = ModuleType("pkg_resources")
        stand_in.WorkingSet = _WorkingSet  # type: ignore[attr-defined]
        sys.modules["pkg_resources"] = stand_in
    return importlib.import_module("natasha")
