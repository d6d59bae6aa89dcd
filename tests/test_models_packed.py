"""The packed file: numbers that are worked out by hand, and files that are broken."""

import struct

import numpy as np
import pytest
from packing import DIM, REPLACEMENTS, make_blocks, tiny_pieces, tiny_weights, write_packed

from otklik.datasets.errors import BadFile
from otklik.models.bert import WORDS, config_of, list_weights, unpack_weights
from otklik.models.dequantise import dequantise_q4_0
from otklik.models.packed import Packed


def test_a_block_by_hand():
    """Scale 0.5; byte j is weight j (low half) and weight j + 16 (high half); 8 is zero."""
    block = struct.pack("<e16B", 0.5, 0x80, 0x8F, 0x09, *[0x88] * 12, 0xF7)
    weights = dequantise_q4_0(np.frombuffer(block, np.uint8).reshape(1, 18))
    assert weights.dtype == np.float32
    assert weights[:3].tolist() == [-4.0, 3.5, 0.5]  # 0, 15 and 9, less 8, by a half
    assert weights[15:19].tolist() == [-0.5, 0.0, 0.0, -4.0]  # 7 | 8, 8 and 0
    assert weights[31] == 3.5
    assert np.count_nonzero(weights) == 6


def test_each_block_has_its_scale():
    codes = np.full((3, 32), 9, np.uint8)
    blocks = make_blocks(codes, np.array([1.0, -2.0, 0.0]))
    assert dequantise_q4_0(blocks).reshape(3, 32)[:, 5].tolist() == [1.0, -2.0, 0.0]


def test_many_blocks_are_as_few(monkeypatch):
    rng = np.random.default_rng(3)
    blocks = make_blocks(rng.integers(0, 16, (50, 32), np.uint8), rng.uniform(0, 1, 50))
    whole = dequantise_q4_0(blocks)
    monkeypatch.setattr("otklik.models.dequantise._ROWS", 7)
    assert np.array_equal(dequantise_q4_0(blocks), whole)


def test_what_was_packed_is_read(tmp_path):
    path = tmp_path / "tiny.bin"
    write_packed(path)
    packed = Packed(path)
    assert packed.pieces.texts == tuple(piece for piece, _ in tiny_pieces())
    assert packed.pieces.scores.tolist() == pytest.approx([score for _, score in tiny_pieces()])
    assert packed.pieces.replacements == REPLACEMENTS
    assert (packed.pieces.bos, packed.pieces.pad) == (0, 1)
    assert (packed.pieces.eos, packed.pieces.unk) == (2, 3)
    config = config_of(packed)
    assert config["layer_norm_eps"] == 1e-12
    rows = np.array([5, 0, 7])
    weights, written = unpack_weights(packed, rows), tiny_weights()
    named = {name: written[short][0] for short, name, _ in list_weights(config)}
    assert len(named) == len(written) == len(weights)
    assert np.array_equal(weights[WORDS], named.pop(WORDS)[rows])
    for name, values in named.items():
        assert weights[name].dtype == np.float32
        assert np.array_equal(weights[name], values), name


@pytest.mark.parametrize("share", [0.0, 0.001, 0.02, 0.1, 0.3, 0.6, 0.99])
def test_a_file_that_breaks_off(tmp_path, share):
    path = tmp_path / "tiny.bin"
    write_packed(path)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(BadFile, match=r"tiny\.bin (is broken or cut off at byte|begins with)"):
        unpack_weights(Packed(path), np.arange(4))


@pytest.mark.parametrize(
    ("at", "new", "message"),
    [
        (0, b"GGUF", r"begins with b'GGUF' and version 1; expected b'E5S1' and 1"),
        (4, b"\2", r"and version 2; expected"),
        (40, b"\x40", "weights in a block: 64, expected 32"),
    ],
)
def test_another_format(tmp_path, at, new, message):
    path = tmp_path / "tiny.bin"
    write_packed(path)
    data = bytearray(path.read_bytes())
    data[at : at + len(new)] = new
    path.write_bytes(data)
    with pytest.raises(BadFile, match=message):
        Packed(path)


def test_a_weight_of_another_size(tmp_path):
    path = tmp_path / "tiny.bin"
    write_packed(path)
    packed = Packed(path)
    with pytest.raises(BadFile, match=r"numbers in emb\.ln\.w: 32, expected 64"):
        packed.weight("emb.ln.w", 2 * DIM)
    with pytest.raises(BadFile, match="no weight l9"):
        packed.weight("l9.q.w", DIM, DIM)
    with pytest.raises(BadFile, match="cannot be read: No such file"):
        Packed(tmp_path / "none.bin")
