"""Promotion: gates first, a reason may overrule most of them, and all of it is kept."""

from datetime import UTC, datetime

import pytest
from commands import run
from registering import TEST, TRAINING, Clock, open_tiny, tiny_holdout, write_tiny

from otklik.datasets.errors import BadBundle, BadFile, NotPromoted
from otklik.models.history import Change
from otklik.training.backend import Backend
from otklik.training.promotion import promote, weigh
from otklik.training.registry import Registry
from otklik.training.tracking import log_training

GOOD = {"noise": 0.35}
SLOW = {"noise": 0.35, "ticks": 3}
OTHER = {"facts": {"rubricator_fingerprint": "0" * 16}}
LEAKING = {"rows": [*TRAINING, *TEST[:100]]}


@pytest.fixture(scope="module")
def registry(tmp_path_factory):
    opened = Registry(Backend(tmp_path_factory.mktemp("var") / "mlflow"))
    yield opened
    opened.backend.close()


@pytest.fixture
def add(registry, tmp_path, request):
    """Register a tiny bundle under a model named after the test."""
    model = request.node.name.split("[")[0]

    def register(**how):
        folder = write_tiny(tmp_path / f"bundle{datetime.now(UTC):%H%M%S%f}", **how)
        run_id = log_training(
            registry.backend, folder, model=model, parameters={}, reports={}, holdout=tiny_holdout()
        )
        return registry.register(run_id, model, metrics={})

    return register


@pytest.fixture
def ticking(monkeypatch):
    """Let the gates' clock be that of the encoders."""
    from otklik.training import gates, promotion

    clock = Clock()
    monkeypatch.setattr(promotion, "judge", lambda *a, **k: gates.judge(*a, **k, clock=clock))
    return lambda folder: open_tiny(folder, clock)


def test_challenger_that_passes_becomes_champion(registry, add, ticking):
    first = add()
    promote(registry, weigh(registry, first.model, open_model=ticking))
    better = add(**GOOD)
    found = weigh(registry, first.model, open_model=ticking)
    assert (found.candidate.number, found.champion.number) == (better.number, first.number)
    assert promote(registry, found).aliases == ("champion",)
    last = registry.history.entries(first.model)[-1]
    assert (last.change, last.version, last.reason) == (Change.PROMOTED, 2, "")
    assert last.facts == {"compared": 1, "closed": []}


def test_closed_gate_stops_and_changes_nothing(registry, add, ticking):
    first = add()
    promote(registry, weigh(registry, first.model, open_model=ticking))
    add(**SLOW)
    found = weigh(registry, first.model, open_model=ticking)
    with pytest.raises(NotPromoted, match=r"latency: 3\.000 against 1\.250.*--force-reason"):
        promote(registry, found)
    assert registry.history.aliases(first.model).champion == 1
    assert registry.history.aliases(first.model).challenger == 2


def test_reason_overrules_and_is_kept_with_the_gate(registry, add, ticking):
    first = add()
    promote(registry, weigh(registry, first.model, open_model=ticking))
    add(**SLOW)
    found = weigh(registry, first.model, open_model=ticking)
    promote(registry, found, reason="новая тема важнее скорости", by="анна")
    last = registry.history.entries(first.model)[-1]
    assert (last.by, last.reason) == ("анна", "новая тема важнее скорости")
    assert [gate["name"] for gate in last.facts["closed"]] == ["latency"]


def test_no_reason_overrules_a_wrong_rubricator(registry, add, ticking):
    first = add(**OTHER)
    with pytest.raises(NotPromoted, match="cannot answer: rubricator"):
        promote(registry, weigh(registry, first.model, open_model=ticking), reason="надо")
    assert registry.history.aliases(first.model).champion is None


def test_no_reason_overrules_broken_files(registry, add, ticking):
    first = add()
    heads = first.folder / "heads.safetensors"
    heads.write_bytes(heads.read_bytes()[:-1])
    with pytest.raises(NotPromoted, match="cannot answer: files"):
        promote(registry, weigh(registry, first.model, open_model=ticking), reason="надо")


def test_leak_is_stopped_before_there_is_a_champion(registry, add, ticking):
    first = add(**LEAKING)
    with pytest.raises(NotPromoted, match="learned by heart"):
        promote(registry, weigh(registry, first.model, open_model=ticking))


def test_roll_back_to_broken_files_is_refused(registry, add, ticking):
    first = add()
    promote(registry, weigh(registry, first.model, open_model=ticking))
    add(**GOOD)
    promote(registry, weigh(registry, first.model, open_model=ticking))
    (first.folder / "heads.safetensors").unlink()
    with pytest.raises(BadBundle):
        registry.roll_back(first.model)
    assert registry.history.aliases(first.model).champion == 2


def test_nothing_to_promote_is_told(registry, add, ticking):
    with pytest.raises(NotPromoted, match="has no challenger"):
        weigh(registry, "nobody", open_model=ticking)
    first = add()
    promote(registry, weigh(registry, first.model, open_model=ticking))
    with pytest.raises(NotPromoted, match="champion already"):
        weigh(registry, first.model, first.number, open_model=ticking)


def test_missing_holdout_is_told(registry, add, ticking, tmp_path):
    first = add()
    with pytest.raises(BadFile, match="no hold-out"):
        weigh(registry, first.model, open_model=ticking, holdout=tmp_path / "none.jsonl.gz")


def test_command_without_a_challenger_ends_in_one_line(registry, tmp_path):
    done = run("promote", "--model", "nobody", var=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.count("\n") == 1
    assert "otklik train" in done.stderr
