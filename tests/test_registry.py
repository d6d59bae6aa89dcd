"""The registry: versions in MLflow, aliases under a history that only grows."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from commands import run, run_json
from registering import tiny_holdout, tiny_reports, write_tiny

from otklik.datasets.errors import BadRegistry, NotPromoted, UnknownModel
from otklik.models.bundle import load_bundle
from otklik.models.history import Change, Entry, History
from otklik.models.registered import registered_versions, resolve_bundle
from otklik.models.step_back import step_back
from otklik.pipelines.lent import mend
from otklik.training.backend import Backend
from otklik.training.holdout import load_holdout
from otklik.training.registry import Registry
from otklik.training.tracking import HOLDOUT, headline, log_training

NAMES = count(1)
NOBODY = ("127.0.0.1", 9)


@pytest.fixture(scope="module")
def registry(tmp_path_factory):
    """A registry that notes whom it tries to reach."""
    reached = []
    connect = socket.socket.connect

    def noted(self, address):
        if address != NOBODY:
            reached.append(address)
        return connect(self, address)

    socket.socket.connect = noted
    try:
        opened = Registry(Backend(tmp_path_factory.mktemp("var") / "mlflow"))
        yield opened
        assert not reached, "MLflow called somebody"
    finally:
        socket.socket.connect = connect
        opened.backend.close()


@pytest.fixture(scope="module")
def runs(registry, tmp_path_factory):
    """Three trainings in MLflow."""
    folder = tmp_path_factory.mktemp("bundles")
    made = []
    for noise in (0.45, 0.4, 0.35):
        bundle = write_tiny(folder / str(noise), noise=noise)
        made.append(
            log_training(
                registry.backend,
                bundle,
                model="otklik",
                parameters={"seed": 7, "fit": {"epochs": 4}, "sets": [{"file": "a.csv"}]},
                reports=tiny_reports(bundle),
                holdout=tiny_holdout(),
            )
        )
    return made


@pytest.fixture
def model(registry, runs):
    """Name of a model with three versions, none promoted."""
    name = f"model{next(NAMES)}"
    for run_id in runs:
        registry.register(run_id, name, metrics={"im_2026.accuracy": 0.8, "im_2026.ece": 0.02})
    return name


def mlflow_aliases(registry, model):
    return {
        k: int(v) for k, v in registry.backend.client.get_registered_model(model).aliases.items()
    }


def test_run_holds_all_that_a_training_was(registry, runs):
    client = registry.backend.client
    found = client.get_run(runs[0])
    assert found.info.status == "FINISHED"
    assert found.data.params["fit.epochs"] == "4"
    assert found.data.params["sets.0.file"] == "a.csv"
    tags = found.data.tags
    bundle = load_bundle(Path(found.info.artifact_uri.removeprefix("file://")) / "bundle")
    assert tags["otklik.bundle"] == bundle.version
    assert tags["otklik.rubricator"] == "im-2026"
    assert tags["otklik.rubricator_fingerprint"] == bundle.facts["rubricator_fingerprint"]
    assert tags["otklik.data"] == "0123456789abcdef"
    assert tags["otklik.seed"] == "7"
    assert 0.7 < found.data.metrics["im_2026/accuracy"] < 1
    assert "im_2026/slice im/accuracy" in found.data.metrics
    names = {item.path for item in client.list_artifacts(runs[0])}
    assert names == {"bundle", "files.json", HOLDOUT, "plots", "reports.json"}
    plots = {Path(item.path).name for item in client.list_artifacts(runs[0], "plots")}
    assert {"confusion_im_2026.png", "reliability_mood.png"} <= plots


def test_holdout_comes_back_as_it_was(registry, runs):
    artefacts = registry.backend.client.get_run(runs[0]).info.artifact_uri
    assert load_holdout(Path(artefacts.removeprefix("file://")) / HOLDOUT) == tiny_holdout()


def test_telemetry_is_off(registry, runs):
    from mlflow.telemetry.client import get_telemetry_client
    from mlflow.telemetry.utils import is_telemetry_disabled

    assert is_telemetry_disabled()
    assert get_telemetry_client() is None


def test_latest_version_is_the_challenger_here_and_in_mlflow(registry, model):
    assert [one.aliases for one in registry.versions(model)] == [(), (), ("challenger",)]
    assert mlflow_aliases(registry, model) == {"challenger": 3}
    found = registry.backend.client.get_model_version(model, "3")
    assert found.run_id == registry.version(model, 3).facts["run"]


def test_promotion_moves_aliases_here_and_in_mlflow(registry, model):
    registry.promote(model, 3, champion=None)
    assert registry.history.aliases(model).champion == 3
    assert mlflow_aliases(registry, model) == {"champion": 3}


def test_bundle_by_every_name(registry, model):
    registry.promote(model, 1, champion=None)
    folder = registry.backend.folder
    first, third = registry.version(model, 1).folder, registry.version(model, 3).folder
    assert resolve_bundle(f"{model}@champion", folder) == first
    assert resolve_bundle(f"{model}@challenger", folder) == third
    assert resolve_bundle(f"{model}/1", folder) == first
    assert resolve_bundle(str(third), folder) == third
    assert load_bundle(first).version == registry.version(model, 1).facts["bundle"]


@pytest.mark.parametrize("name", ["{model}/9", "{model}@champion", "champion", "no/such/folder"])
def test_unknown_name_is_told_what_there_is(registry, model, name):
    with pytest.raises(UnknownModel) as error:
        resolve_bundle(name.format(model=model), registry.backend.folder)
    assert any(word in str(error.value) for word in (f"{model}/1", "is registered", "no folder"))


def test_roll_back_goes_back_step_by_step(registry, model):
    for number, before in ((1, None), (2, 1), (3, 2)):
        registry.promote(model, number, champion=before)
    assert registry.roll_back(model).number == 2
    assert registry.roll_back(model).number == 1
    assert mlflow_aliases(registry, model) == {"champion": 1}
    with pytest.raises(NotPromoted, match="nothing to return to"):
        registry.roll_back(model)
    registry.promote(model, 3, champion=1)
    assert registry.roll_back(model).number == 1


def test_roll_back_without_any_champion_is_refused(registry, model):
    with pytest.raises(NotPromoted, match="before no version"):
        registry.roll_back(model)


def test_champion_that_changed_meanwhile_stops_a_promotion(registry, model):
    registry.promote(model, 1, champion=None)
    with pytest.raises(NotPromoted, match=f"{model}/1 answers by now"):
        registry.promote(model, 2, champion=None)
    with pytest.raises(NotPromoted, match="already"):
        registry.promote(model, 1, champion=1)


def test_two_promotions_at_once_do_not_interleave(registry, model):
    outcomes = []
    start = threading.Barrier(2)

    def promote(number):
        own = Registry(Backend(registry.backend.folder))
        start.wait()
        try:
            outcomes.append(own.promote(model, number, champion=None).number)
        except NotPromoted:
            outcomes.append(None)
        own.backend.close()

    threads = [threading.Thread(target=promote, args=(number,)) for number in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    winner = next(number for number in outcomes if number)
    assert sorted(outcomes, key=bool) == [None, winner]
    assert mlflow_aliases(registry, model)["champion"] == winner
    promoted = [e for e in registry.history.entries(model) if e.change is Change.PROMOTED]
    assert [entry.version for entry in promoted] == [winner]


KILLED = """
import os, signal, sys
from pathlib import Path
from otklik.models.step_back import step_back
from otklik.pipelines.lent import mend
from otklik.training.backend import Backend
from otklik.training.registry import Registry

folder, model, where = sys.argv[1:]
registry = Registry(Backend(Path(folder)))
kill = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
if where == "before":
    registry.history.append = kill
else:
    append = registry.history.append
    registry.history.append = lambda entry: (append(entry), kill())
registry.promote(model, 2, champion=1)
"""


@pytest.mark.slow
@pytest.mark.parametrize(("where", "champion"), [("before", 1), ("after", 2)])
def test_killed_promotion_is_whole_or_not_at_all(registry, model, where, champion):
    registry.promote(model, 1, champion=None)
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(registry.backend.folder), model, where],
        stderr=subprocess.PIPE,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    assert registry.history.aliases(model).champion == champion
    assert mlflow_aliases(registry, model)["champion"] == 1, "MLflow was not reached"
    with registry.history.held():
        registry.mend(model)
    assert mlflow_aliases(registry, model)["champion"] == champion


def test_alias_moved_by_hand_in_mlflow_is_moved_back(registry, model):
    registry.promote(model, 1, champion=None)
    registry.backend.client.set_registered_model_alias(model, "champion", "2")
    assert registry.history.aliases(model).champion == 1
    registry.promote(model, 3, champion=1)
    assert mlflow_aliases(registry, model) == {"champion": 3}


def test_history_that_lost_its_end_is_noticed(registry, model):
    kept = registry.history.path.read_bytes()
    try:
        lines = kept.splitlines(keepends=True)
        registry.history.path.write_bytes(b"".join(lines[:-1]))
        with pytest.raises(BadRegistry, match="lines at its end are lost"):
            registry.promote(model, 1, champion=None)
    finally:
        registry.history.path.write_bytes(kept)


def test_moved_registry_still_answers(registry, model, tmp_path):
    """Folders are kept relative: a copy of the data folder is a whole registry."""
    import shutil

    copy = shutil.copytree(registry.backend.folder, tmp_path / "mlflow")
    assert resolve_bundle(f"{model}/1", copy).is_relative_to(copy)
    assert load_bundle(resolve_bundle(f"{model}/1", copy))


def test_unreachable_server_is_one_error(tmp_path, runs, monkeypatch):
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    backend = Backend(tmp_path, "http://{}:{}".format(*NOBODY))
    with pytest.raises(BadRegistry, match="OTKLIK_MLFLOW_URI"):
        backend.experiment("otklik")


def entry(at, version, change=Change.REGISTERED, model="otklik"):
    return Entry(at, model, change, version, "анна", facts={"folder": "b", "metrics": {}})


@pytest.fixture
def history(tmp_path):
    return History(tmp_path)


NOON = datetime(2026, 3, 14, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def fill(history):
    history.path.parent.mkdir(exist_ok=True)
    history.append(entry(NOON, 1))
    history.append(entry(NOON + HOUR, 1, Change.PROMOTED))
    history.append(entry(NOON + 2 * HOUR, 2))
    history.append(entry(NOON + 3 * HOUR, 2, Change.PROMOTED))
    history.append(entry(NOON + 4 * HOUR, 1, Change.ROLLED_BACK))


@pytest.mark.parametrize(
    ("hours", "champion", "challenger"),
    [
        (-1, None, None),
        (0, None, 1),
        (0.9, None, 1),
        (1, 1, None),
        (2.5, 1, 2),
        (3, 2, None),
        (3.99, 2, None),
        (4, 1, None),
        (999, 1, None),
    ],
)
def test_history_tells_who_answered_when(history, hours, champion, challenger):
    fill(history)
    found = history.aliases("otklik", NOON + hours * HOUR)
    assert (found.champion, found.challenger) == (champion, challenger)
    assert found.champion == next(
        (
            one.number
            for one in registered_versions("otklik", history.path.parent, NOON + hours * HOUR)
            if "champion" in one.aliases
        ),
        None,
    )


def test_clock_that_went_back_does_not_reorder(history):
    history.append(entry(NOON, 1))
    assert history.append(entry(NOON - HOUR, 1, Change.PROMOTED)).at == NOON
    assert history.aliases("otklik", NOON).champion == 1


@pytest.mark.parametrize("torn", [b'{"at": "2026-', b"\xd0"])
def test_half_a_line_is_none(history, torn):
    fill(history)
    before = history.entries()
    with history.path.open("ab") as file:
        file.write(torn)
    assert history.entries() == before
    history.append(entry(NOON + 9 * HOUR, 3))
    assert len(history.entries()) == len(before) + 1


@pytest.mark.parametrize("line", [0, 2, 4])
@pytest.mark.parametrize("how", ["changed", "removed", "garbage"])
def test_changed_history_is_noticed(history, line, how):
    fill(history)
    lines = history.path.read_bytes().splitlines(keepends=True)
    if how == "changed":
        lines[line] = lines[line].replace(b'"version": ', b'"version": 4')
    elif how == "garbage":
        lines[line] = b"???\n"
    elif line == 4:
        return  # a lost end is noticed by MLflow, see above
    else:
        del lines[line]
    history.path.write_bytes(b"".join(lines))
    with pytest.raises(BadRegistry, match=f"line {line + 1} "):
        history.entries()


def test_models_of_one_registry_do_not_mix(history):
    fill(history)
    history.append(entry(NOON + 5 * HOUR, 1, model="other"))
    assert history.aliases("other").challenger == 1
    assert history.aliases("otklik").champion == 1


def test_commands_tell_who_answered(registry, model):
    registry.promote(model, 1, champion=None)
    at = registry.history.entries(model)[-1].at
    registry.promote(model, 2, champion=1)
    var = registry.backend.folder.parent
    then = f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}"
    now = run_json("models", "--model", model, var=var)
    assert now["champion"] == f"{model}/2"
    assert [one["aliases"] for one in now["versions"]] == [[], ["champion"], ["challenger"]]
    before = run_json("models", "--model", model, "--as-of", then, var=var, timezone="UTC")
    assert before["champion"] is None, "whole seconds: a moment before"
    shown = run("models", "--model", model, var=var, columns=200)
    assert f"answering  {model}/2" in shown.stdout
    back = run_json("rollback", "--model", model, "--reason", "ошибки", var=var)
    assert back["champion"] == f"{model}/1"
    entries = registry.history.entries(model)
    assert (entries[-1].change, entries[-1].reason) == (Change.ROLLED_BACK, "ошибки")
    again = run("rollback", "--model", model, var=var)
    assert (again.returncode, again.stdout) == (1, "")
    assert again.stderr.count("\n") == 1
    assert "nothing to return to" in again.stderr


def test_listing_models_needs_no_mlflow(registry, model):
    code = (
        "import sys; sys.modules['mlflow'] = None; sys.modules['torch'] = None\n"
        "sys.argv = ['otklik', 'models', '--json']\n"
        "from otklik.pipelines.cli import main; main()"
    )
    var = {"OTKLIK_VAR": str(registry.backend.folder.parent)}
    done = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, **var}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["model"] == "otklik"


def test_headline_is_what_tables_show(tmp_path):
    figures = headline(tiny_reports(write_tiny(tmp_path / "b")))
    assert set(figures) == {
        f"{head}.{name}"
        for head in ("im_2026", "im_2026_group", "mood")
        for name in ("accuracy", "ece")
    }


def test_what_the_service_rolls_back_mlflow_shows_later(registry, runs, monkeypatch):
    first, second = (registry.register(one, "otklik", metrics={}).number for one in runs[:2])
    registry.promote("otklik", first, champion=None)
    registry.promote("otklik", second, champion=first)
    back, left = step_back(by="Анна", reason="неверные темы", folder=registry.backend.folder)
    assert (back.number, left) == (first, f"otklik/{second}")
    assert mlflow_aliases(registry, "otklik")["champion"] == second
    monkeypatch.setenv("OTKLIK_VAR", str(registry.backend.folder.parent))
    asyncio.run(mend())
    assert mlflow_aliases(registry, "otklik")["champion"] == first
