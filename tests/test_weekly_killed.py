"""Kill -9 the weekly reports at many points: the next run goes on and ends with the same bytes."""

import os
import subprocess
import sys
import textwrap

import pytest
from weeks import make_week

from otklik.pipelines.weekly import build_week

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("weekly")]

# A process that dies before, in the middle of, and after a stage, as the first argument says.
DYING = """
    import os, pickle, signal, sys
    from pathlib import Path
    from otklik.pipelines import week_stages, weekly

    at, moment = sys.argv[1], sys.argv[2]
    finish, replace = week_stages._finish, week_stages._replace

    def die(here, name):
        if here == moment and name.split(".")[0] == at:
            os.kill(os.getpid(), signal.SIGKILL)

    def dying_finish(part, fingerprint, folder):
        die("written", folder.name)
        finish(part, fingerprint, folder)
        die("renamed", folder.name)

    def dying_replace(part, folder):
        die("marked", folder.name)
        if moment == "between" and folder.name == at and folder.exists():
            folder.rename(folder.with_name(folder.name + week_stages.OLD))
            os.kill(os.getpid(), signal.SIGKILL)
        replace(part, folder)

    week_stages._finish, week_stages._replace = dying_finish, dying_replace
    with open(sys.argv[3], "rb") as file:
        given = pickle.load(file)
    weekly.build_week(given, Path(sys.argv[4]))
"""
POINTS = [
    ("snapshot", "written"),
    ("snapshot", "renamed"),
    ("tables", "marked"),
    ("mayor", "written"),
    ("mayor", "renamed"),
    ("summary", "marked"),
    ("roads", "written"),
    ("roads", "renamed"),
    ("bi", "written"),
    ("bi", "renamed"),
]


@pytest.fixture(scope="module")
def given():
    return make_week(messages=800)


@pytest.fixture(scope="module")
def whole(given, tmp_path_factory):
    return bytes_of(build_week(given, tmp_path_factory.mktemp("whole")).folder)


@pytest.fixture(scope="module")
def pickled(given, tmp_path_factory):
    import pickle

    path = tmp_path_factory.mktemp("given") / "week.pickle"
    path.write_bytes(pickle.dumps(given))
    return path


def bytes_of(folder):
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def part_of(files, name):
    return {key.removeprefix(f"{name}/"): value for key, value in files.items()
            if key.startswith(f"{name}/")}  # fmt: skip


def die(at, moment, pickled, out):
    command = [sys.executable, "-c", textwrap.dedent(DYING), at, moment, str(pickled), str(out)]
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ, timeout=300)
    assert done.returncode == -9, done.stderr


def test_killed_at_ten_points_in_a_row_then_completed(given, whole, pickled, tmp_path):
    """Every death comes later than the one before: each run goes on where the last one died."""
    folder = tmp_path / given.week.name
    for at, moment in POINTS:
        die(at, moment, pickled, tmp_path)
        # What has its name is whole.
        for name in {path.parent.name for path in folder.glob("*/fingerprint")}:
            if "." not in name:
                assert bytes_of(folder / name) == part_of(whole, name)
    assert bytes_of(build_week(given, tmp_path).folder) == whole


def test_killed_while_a_changed_week_replaces_the_old_one(given, whole, pickled, tmp_path):
    build_week(make_week(seed=6, messages=800), tmp_path)
    die("mayor", "between", pickled, tmp_path)
    assert not (tmp_path / given.week.name / "mayor").exists()
    assert bytes_of(build_week(given, tmp_path).folder) == whole
