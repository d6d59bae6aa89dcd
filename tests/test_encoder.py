"""The encoder as its callers meet it: order, batches, long texts, threads, forks, refusals."""

import multiprocessing
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from checkpoints import make_bert, make_xlm_r, sealed

from otklik.datasets.errors import BadCheckpoint, BadSettings
from otklik.models.encoder import Encoder, Limits
from otklik.models.runtime import cores, share_cores

ROOT = Path(__file__).parents[1]
TEXTS = [
    "нет воды",
    "",
    "дороги",
    "нет",
    "вода нет вода нет дороги",
    "нет воды",
    "ё" * 30,
    "\ud800",
]
WINDOWS = Limits(window=20, overlap=4)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return sealed(make_xlm_r, tmp_path_factory.mktemp("encoder"), prefix="нет: ")


@pytest.fixture(scope="module", params=["fp32", "bf16", "torch"])
def encoder(request, folder):
    return Encoder(folder, request.param, threads=1, streams=1)


@pytest.fixture(scope="module")
def exact(folder):
    return Encoder(folder, "fp32", threads=1)


def test_vectors_are_unit_float32_in_order(encoder):
    vectors = encoder.encode(TEXTS)
    assert vectors.dtype == np.float32
    assert vectors.shape == (len(TEXTS), encoder.dim)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    order = np.random.default_rng(3).permutation(len(TEXTS))
    shuffled = encoder.encode([TEXTS[place] for place in order])
    assert (shuffled * vectors[order]).sum(1).min() > 0.999


def test_company_changes_nothing(exact):
    together = exact.encode(TEXTS)
    alone = np.concatenate([exact.encode([text]) for text in TEXTS])
    np.testing.assert_allclose(together, alone, atol=1e-5)
    assert (together[0] == together[5]).all()


def test_no_text_gives_no_row(encoder):
    assert encoder.encode([]).shape == (0, encoder.dim)


def test_runtimes_agree(folder, exact):
    vectors = exact.encode(TEXTS)
    for runtime, least in (("torch", 0.99999), ("bf16", 0.999)):
        other = Encoder(folder, runtime, threads=1, streams=1).encode(TEXTS)
        assert (vectors * other).sum(1).min() >= least


def test_prefix_comes_from_the_manifest(tmp_path, exact):
    bare = sealed(make_xlm_r, tmp_path / "bare")
    plain = Encoder(bare, "fp32", threads=1, streams=1)
    prefixed = plain.encode(["нет: " + text for text in TEXTS[:3]])
    np.testing.assert_allclose(exact.encode(TEXTS[:3]), prefixed, atol=1e-6)


def test_pooling_comes_from_the_manifest(tmp_path):
    mean = sealed(make_bert, tmp_path / "mean")
    first = sealed(make_bert, tmp_path / "cls", pooling="cls")
    vectors = {
        (folder.name, runtime): Encoder(folder, runtime, threads=1, streams=1).encode(["нет воды"])
        for folder in (mean, first)
        for runtime in ("fp32", "torch")
    }
    for name in ("mean", "cls"):
        np.testing.assert_allclose(vectors[name, "fp32"], vectors[name, "torch"], atol=1e-5)
    assert (vectors["mean", "fp32"] * vectors["cls", "fp32"]).sum() < 0.999


def test_long_texts_are_read_to_their_end(folder):
    encoder = Encoder(folder, "fp32", threads=1, streams=1, limits=WINDOWS)
    start = "нет воды " * 30
    vectors = encoder.encode([start, start + "дороги " * 30, "нет"])
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert (vectors[0] * vectors[1]).sum() < 0.9999
    np.testing.assert_allclose(vectors[2], encoder.encode(["нет"])[0], atol=1e-6)


def test_stream_gives_chunks_lazily(exact):
    asked = []

    def texts():
        for number in range(10):
            asked.append(number)
            yield TEXTS[number % 3]

    stream = exact.encode_stream(texts(), chunk=4)
    first = next(stream)
    assert (len(first), len(asked)) == (4, 4)
    rest = list(stream)
    assert [len(chunk) for chunk in rest] == [4, 2]
    np.testing.assert_allclose(np.concatenate([first, *rest])[:3], exact.encode(TEXTS[:3]))


def test_many_threads_share_one_encoder(exact):
    wanted = exact.encode(TEXTS)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: exact.encode(TEXTS), range(24)))
    for vectors in found:
        np.testing.assert_allclose(vectors, wanted, atol=1e-6)


def encode_in_child(encoder, pipe):
    pipe.send(encoder.encode(TEXTS))


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_fork_compiles_anew(exact):
    wanted = exact.encode(TEXTS)
    context = multiprocessing.get_context("fork")
    here, there = context.Pipe()
    child = context.Process(target=encode_in_child, args=(exact, there))
    child.start()
    assert here.poll(120)
    np.testing.assert_allclose(here.recv(), wanted, atol=1e-6)
    child.join(30)
    assert child.exitcode == 0
    np.testing.assert_allclose(exact.encode(TEXTS), wanted, atol=1e-6)


def test_warm_up_knows_every_length(exact):
    exact.warm_up(32)
    assert exact.encode(["нет"]).shape == (1, 16)


def test_threads_never_exceed_the_cores(folder):
    assert share_cores(0, 0) == (1, cores())
    assert share_cores(1, 0) == (1, cores())
    assert share_cores(cores(), 0) == (cores(), 1)
    with pytest.raises(BadSettings, match="Name fewer of either"):
        Encoder(folder, "fp32", threads=1, streams=cores() + 1)
    with pytest.raises(BadSettings, match="0 or more"):
        share_cores(-1, 0)


def test_one_text_is_no_list(exact):
    with pytest.raises(TypeError, match="texts is one str"):
        exact.encode("нет воды")
    with pytest.raises(TypeError, match=r"texts\[1\] is NoneType"):
        exact.encode(["нет", None])


def test_versions_tell_vectors_apart(folder, exact):
    assert exact.version.endswith("-fp32")
    assert exact.version != Encoder(folder, "torch", threads=1).version


def test_refusals(folder, tmp_path):
    with pytest.raises(ValueError, match="expected one of int8, bf16, fp32, torch"):
        Encoder(folder, "int4")
    with pytest.raises(BadCheckpoint, match="otklik model base"):
        Encoder(tmp_path)
    with pytest.raises(BadCheckpoint, match="otklik model quantise --model"):
        Encoder(folder, "int8").encode(["нет"])


def test_the_live_path_imports_nothing_heavy(folder):
    code = (
        "import sys; from pathlib import Path; from otklik.models.encoder import Encoder;"
        f"Encoder(Path({str(folder)!r}), 'fp32', threads=1, streams=1).encode(['нет воды']);"
        "heavy = {'torch', 'transformers', 'nncf', 'mlflow', 'sklearn', 'pandas'};"
        "print(heavy & set(sys.modules), sys.modules.get('openvino_telemetry'))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=os.environ, capture_output=True, text=True
    )
    assert done.stdout.strip() == "set() None", done.stderr


def test_scikit_learn_takes_it(folder):
    import pickle

    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    from otklik.models.vectorizer import EncoderVectorizer

    step = EncoderVectorizer(folder, "fp32", streams=1)
    model = make_pipeline(step, LogisticRegression())
    texts = ["нет воды", "нет вода", "дороги", "дорога"]
    model.fit(texts, ["вода", "вода", "дорога", "дорога"])
    again = pickle.loads(pickle.dumps(model))
    assert again.predict(texts).tolist() == model.predict(texts).tolist()
    assert len(step.get_feature_names_out()) == 16


@pytest.mark.filterwarnings("ignore")
def test_bertopic_takes_it(exact):
    backend = pytest.importorskip("otklik.models.backend")
    found = backend.EncoderBackend(exact).embed_documents(TEXTS[:3])
    np.testing.assert_allclose(found, exact.encode(TEXTS[:3]), atol=1e-6)
