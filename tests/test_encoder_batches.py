"""Batches and windows: every token once, nothing too long, nothing lost."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from otklik.models.batch import RUNGS, rung_below, rung_of, token_batches
from otklik.models.windows import cut_windows

LENGTHS = st.lists(st.integers(2, 300), max_size=60)


@given(LENGTHS)
def test_every_text_stands_in_one_batch_whole(lengths):
    ids = [list(range(1, n + 1)) for n in lengths]
    seen = []
    for batch in token_batches(ids, pad=0, most=512, tokens=512):
        assert batch.ids.size <= 512 or len(batch.rows) == 1
        for row, tokens, length in zip(batch.rows, batch.ids, batch.lengths, strict=True):
            assert tokens[:length].tolist() == ids[row]
            assert not tokens[length:].any()
            seen.append(row)
    assert sorted(seen) == list(range(len(lengths)))


@given(LENGTHS)
def test_shapes_are_few(lengths):
    ids = [[1] * n for n in lengths]
    widths = {batch.ids.shape[1] for batch in token_batches(ids, pad=0, most=512)}
    assert all(width in RUNGS or width % 64 == 0 for width in widths)


@given(st.integers(1, 600))
def test_rungs_enclose_a_length(length):
    assert rung_below(length) <= length <= rung_of(length)


def test_no_rung_above_what_the_model_takes():
    [batch] = token_batches([[1] * 39], pad=0, most=40)
    assert batch.ids.shape == (1, 40)


@given(st.integers(3, 400), st.integers(0, 9))
def test_windows_cover_a_text(length, overlap):
    text = [-1, -2, *range(length - 3), -3]
    windows = cut_windows([text], head=2, most=32, overlap=overlap)
    covered = set()
    for ids, weight in zip(windows.ids, windows.weight, strict=True):
        assert len(ids) <= 32
        assert [*ids[:2], ids[-1]] == [-1, -2, -3]
        assert weight == max(1, len(ids) - 3)
        covered |= set(ids[2:-1])
    assert covered == set(range(length - 3))


def test_short_texts_are_left_alone():
    texts = [[0, 5, 2], [0, 2], [0, *range(10, 35), 2]]
    windows = cut_windows(texts, head=1, most=27, overlap=3)
    assert windows.ids == texts
    vectors = np.eye(3, dtype=np.float32)
    assert windows.join(vectors) is vectors


def test_windows_are_averaged_by_their_tokens():
    windows = cut_windows([[0, 9, 2], [0, *range(10, 16), 2], [0, 2]], head=1, most=6, overlap=0)
    assert windows.owner.tolist() == [0, 1, 1, 2]
    vectors = np.array([[1, 0], [1, 0], [0, 1], [0, 1]], dtype=np.float32)
    half = np.sqrt(np.float32(0.5))
    np.testing.assert_allclose(windows.join(vectors), [[1, 0], [half, half], [0, 1]], rtol=1e-6)


def test_a_window_must_go_forward():
    with pytest.raises(ValueError, match="hold 5 of the text, of which 5 overlap"):
        cut_windows([[0, 2]], head=2, most=8, overlap=5)


FIRST_TOGETHER = """
import sys, threading
import numpy as np
from otklik.models.offline import import_openvino
from otklik.models.runtime import fill_tables
sys.setswitchinterval(1e-6)
ov = import_openvino()
given = ov.opset15.parameter([-1, -1], np.int64)
graph = ov.Model([ov.opset15.convert(given, "f32")], [given], "g")
compiled = ov.Core().compile_model(graph, "CPU", {"NUM_STREAMS": 2})
requests = [compiled.create_infer_request() for _ in range(2)]
for request in requests:
    fill_tables(request)
gate = threading.Barrier(2)
def work(request):
    gate.wait()
    request.infer([np.ones((3, 3), np.int64)], share_inputs=True)
threads = [threading.Thread(target=work, args=(request,)) for request in requests]
[thread.start() for thread in threads], [thread.join() for thread in threads]
"""


def test_two_threads_may_be_the_first_to_infer():
    """Without the tables filled before, half of such processes never end."""
    for _ in range(6):
        subprocess.run([sys.executable, "-c", FIRST_TOGETHER], check=True, timeout=120)
