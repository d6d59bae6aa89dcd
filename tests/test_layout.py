"""The house keeps its shape: what is shipped, who imports whom, how long a module may be."""

import ast
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FOLDERS = ["datasets", "models", "training", "serving", "pipelines"]
MAY_IMPORT = {
    "datasets": {"datasets"},
    "models": {"datasets", "models"},
    "training": {"datasets", "models", "training"},
    "serving": {"datasets", "models", "serving"},
    "pipelines": set(FOLDERS),
}
DATA = {".toml", ".csv", ".txt", ".tsv", ".mako", ".json", ".gz", ".npz", ".safetensors"}
DATA |= {".css", ".docx", ".j2"}
MAX_LINES = 300
MAX_BYTES = 2_000_000
VAGUE = {"utils", "util", "helpers", "helper", "common", "misc", "manager"}


def modules(folder: str) -> list[Path]:
    return sorted((ROOT / folder).glob("**/*.py"))


ALL = [path for folder in FOLDERS for path in modules(folder)]


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_datasets_never_shadows_hugging_face():
    assert not (ROOT / "datasets" / "__init__.py").exists()


def test_hugging_face_datasets_is_importable_from_the_root():
    code = "import datasets; print(datasets.Dataset.__module__)"
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code], cwd=ROOT, capture_output=True, text=True
    )
    assert done.stdout.strip() == "datasets.arrow_dataset", done.stderr


@pytest.mark.parametrize("path", ALL, ids=relative)
def test_imports_point_left_only(path):
    allowed = MAY_IMPORT[path.relative_to(ROOT).parts[0]]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{relative(path)}:{node.lineno} imports relatively"
            names = [node.module or ""]
        for name in names:
            parts = name.split(".")
            if parts[0] == "otklik":
                assert parts[1] in allowed, f"{relative(path)}:{node.lineno} imports {name}"


@pytest.mark.parametrize("path", ALL, ids=relative)
def test_modules_are_short_and_named(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MAX_LINES
    assert path.stem not in VAGUE


def test_no_large_file_is_tracked():
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("not a git checkout")
    files = [ROOT / name for name in listed.stdout.splitlines()]
    large = [relative(f) for f in files if f.is_file() and f.stat().st_size > MAX_BYTES]
    assert [
        name for name in large if not name.startswith(("models/default/", "models/student/"))
    ] == []


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """A wheel of a clean copy: a stale build folder would ship deleted modules."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    if listed.returncode:
        pytest.skip("not a git checkout")
    for name in listed.stdout.splitlines():
        if (ROOT / name).is_file():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_bytes((ROOT / name).read_bytes())
    command = [sys.executable, "-m", "build", "--wheel", "--outdir", str(folder), str(source)]
    subprocess.run(command, check=True, capture_output=True)
    return next(folder.glob("*.whl"))


@pytest.mark.slow
@pytest.mark.xdist_group("wheel")
def test_wheel_holds_every_module_and_data_file_and_no_other(wheel):
    shipped = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    expected = set()
    for folder in [*FOLDERS, "config"]:
        for path in (ROOT / folder).glob("**/*"):
            data = path.suffix in DATA or path.parent == ROOT / "models" / "default"
            if path.is_file() and (path.suffix == ".py" or data):
                expected.add(f"otklik/{relative(path)}")
    assert shipped == expected


@pytest.mark.slow
@pytest.mark.xdist_group("wheel")
def test_wheel_works_in_a_fresh_environment_without_torch_and_mlflow(wheel, tmp_path):
    """What a serving-only machine does: `pip install otklik`, then the command."""
    home = tmp_path / "fresh"
    subprocess.run([sys.executable, "-m", "venv", str(home)], check=True)
    python = str(home / "bin" / "python")
    install = [python, "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    subprocess.run([*install, "-c", str(ROOT / "constraints.txt"), str(wheel)], check=True)
    listed = subprocess.run([python, "-m", "pip", "list"], capture_output=True, text=True).stdout
    names = {line.split()[0].lower() for line in listed.splitlines()[2:]}
    assert names.isdisjoint({"torch", "mlflow", "bertopic", "scikit-learn"})
    done = subprocess.run(
        [str(home / "bin" / "otklik"), "mask"],
        input="меня зовут Ислам Ахмадов, тел 8 928 000 11 22",
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.stdout.strip() == "меня зовут [ФИО], тел [ТЕЛЕФОН]", done.stderr
    checked = subprocess.run(
        [str(home / "bin" / "otklik"), "rubricator", "check"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert "im-2026: groups 26, topics 359" in checked.stdout, checked.stderr
