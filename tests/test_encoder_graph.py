"""The graph computes what `transformers` computes, for each kind of checkpoint."""

import json

import numpy as np
import pytest
from checkpoints import make_bert, make_xlm_r

from otklik.datasets.errors import BadCheckpoint
from otklik.models.batch import token_batches
from otklik.models.graph import build_graph
from otklik.models.offline import import_openvino
from otklik.models.outliers import find_outliers, measure_reach
from otklik.models.weights import read_shape

PAD = {"bert": 0, "xlm-r": 1}
MAKE = {"bert": make_bert, "xlm-r": make_xlm_r}
ROWS = [[2, 5, 6, 7, 8, 3], [2, 9, 3], [2, 5, 5, 9, 11, 12, 13, 14, 3]]


@pytest.fixture(scope="module", params=["bert", "xlm-r"])
def checkpoint(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp(request.param)
    MAKE[request.param](folder)
    return folder


def inputs(folder, rows, length):
    ids = np.full((len(rows), length), read_shape(folder).pad_id, dtype=np.int32)
    for row, tokens in enumerate(rows):
        ids[row, : len(tokens)] = tokens
    return ids, np.array([len(row) for row in rows], dtype=np.int32)


def ours(graph, ids, lengths):
    settings = {"INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": 1}
    return import_openvino().Core().compile_model(graph, "CPU", settings)([ids, lengths])[0]


def theirs(folder, ids, lengths, pooling):
    import torch
    from transformers import AutoModel

    mask = torch.from_numpy((np.arange(ids.shape[1]) < lengths[:, None]).astype(np.int64))
    with torch.inference_mode():
        model = AutoModel.from_pretrained(folder).eval()
        states = model(torch.from_numpy(ids.astype(np.int64)), attention_mask=mask)[0]
        mean = (states * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)
        pooled = states[:, 0] if pooling == "cls" else mean
        return torch.nn.functional.normalize(pooled, dim=-1).numpy()


def change_config(folder, **changes):
    path = folder / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


@pytest.mark.parametrize("pooling", ["mean", "cls"])
def test_vectors_are_those_of_transformers(checkpoint, pooling):
    ids, lengths = inputs(checkpoint, ROWS, 16)
    found = ours(build_graph(checkpoint, pooling=pooling), ids, lengths)
    wanted = theirs(checkpoint, ids, lengths, pooling)
    assert found.shape == (3, 16)
    np.testing.assert_allclose((found * wanted).sum(1), 1, atol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, atol=1e-5)


@pytest.mark.parametrize("activation", ["gelu", "gelu_new", "relu"])
def test_activations(tmp_path, activation):
    make_bert(tmp_path)
    change_config(tmp_path, hidden_act=activation)
    ids, lengths = inputs(tmp_path, ROWS, 9)
    wanted = theirs(tmp_path, ids, lengths, "mean")
    np.testing.assert_allclose(ours(build_graph(tmp_path), ids, lengths), wanted, atol=2e-5)


def test_padding_changes_nothing(checkpoint):
    graph = build_graph(checkpoint)
    alone = [ours(graph, *inputs(checkpoint, [row], len(row)))[0] for row in ROWS]
    together = ours(graph, *inputs(checkpoint, ROWS, 32))
    np.testing.assert_allclose(together, alone, atol=1e-6)


def test_bytes_hold_the_table_of_words(checkpoint):
    ids, lengths = inputs(checkpoint, ROWS, 16)
    exact = ours(build_graph(checkpoint), ids, lengths)
    rounded = ours(build_graph(checkpoint, byte_embeddings=True), ids, lengths)
    assert (exact * rounded).sum(1).min() > 0.999


def test_outliers_apart_give_the_same_vectors(checkpoint):
    ids, lengths = inputs(checkpoint, ROWS, 16)
    whole = ours(build_graph(checkpoint), ids, lengths)
    apart = ours(build_graph(checkpoint, outliers={0: [3, 17]}), ids, lengths)
    np.testing.assert_allclose(apart, whole, atol=1e-6)


def test_outliers_are_found_by_how_far_they_reach(checkpoint):
    batches = list(token_batches(ROWS, pad=0, most=40))
    reach = measure_reach(build_graph(checkpoint), batches)
    assert reach[0].shape == (32,)
    assert reach[0].max() > 0
    usual = np.linspace(1, 2, 32, dtype=np.float32)
    far = usual.copy()
    far[[4, 9]] = 9
    assert find_outliers({0: usual, 3: far}) == {3: [4, 9]}


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"model_type": "distilbert"}, "model_type is 'distilbert'"),
        ({"hidden_act": "mish"}, "hidden_act is 'mish'"),
        ({"position_embedding_type": "relative_key"}, "position_embedding_type is 'relative_key'"),
        ({"is_decoder": True}, "is_decoder is True"),
    ],
)
def test_unknown_parts_are_refused(tmp_path, changes, told):
    make_bert(tmp_path)
    change_config(tmp_path, **changes)
    with pytest.raises(BadCheckpoint, match=told):
        build_graph(tmp_path)


def test_broken_weights_are_named(tmp_path):
    layout = make_bert(tmp_path)
    layout.weights.write_bytes(layout.weights.read_bytes()[:1000])
    with pytest.raises(BadCheckpoint, match=r"model\.safetensors cannot be read"):
        build_graph(tmp_path)


def test_pooling_is_one_of_two(checkpoint):
    with pytest.raises(ValueError, match="expected one of mean, cls"):
        build_graph(checkpoint, pooling="max")
