"""Notebooks run from the first cell to the last, on a tiny encoder."""

from pathlib import Path

import nbformat
import pytest
from checkpoints import make_bert
from nbclient import NotebookClient

from otklik.models.base import Order, build_base

NOTEBOOKS = sorted((Path(__file__).parents[1] / "notebooks").glob("*.ipynb"))


@pytest.mark.slow
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_runs(path, tmp_path, monkeypatch):
    make_bert(tmp_path / "source")
    build_base(tmp_path / "base", tmp_path / "cache", Order(str(tmp_path / "source")))
    monkeypatch.setenv("OTKLIK_NOTEBOOK_BASE", str(tmp_path / "base"))
    monkeypatch.setenv("OTKLIK_NOTEBOOK_WORK", str(tmp_path))
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, timeout=600, resources={"metadata": {"path": tmp_path}}).execute()
    errors = [
        output for cell in notebook.cells for output in cell.get("outputs", ())
        if output.output_type == "error"
    ]  # fmt: skip
    assert errors == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_is_kept_without_outputs(path):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(not cell.outputs and cell.execution_count is None for cell in code)
