"""Weights of 4 bits back to float32."""

import numpy as np
import numpy.typing as npt

BLOCK_WEIGHTS = 32
BLOCK_BYTES = 18
_HALF = BLOCK_WEIGHTS // 2
_ZERO = 8
_ROWS = 1 << 18


def dequantise_q4_0(blocks: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """Weights of Q4_0 blocks: a scale in float16, then sixteen bytes of two weights each.

    Byte j holds weight j in its low half and weight j + 16 in its high half, both from 0 to 15;
    8 stands for zero.

    Parameters
    ----------
    blocks : uint8 of shape (n_blocks, 18)

    Returns
    -------
    float32 of shape (n_blocks * 32,)
    """
    weights = np.empty((len(blocks), BLOCK_WEIGHTS), np.float32)
    for start in range(0, len(blocks), _ROWS):  # a piece at a time: the whole may be 0.4 GB
        part = blocks[start : start + _ROWS]
        scales = np.ascontiguousarray(part[:, :2]).view("<f2").astype(np.float32)
        codes = part[:, 2:]
        here = weights[start : start + _ROWS]
        here[:, :_HALF] = codes & 0x0F
        here[:, _HALF:] = codes >> 4
        here -= _ZERO
        here *= scales
    return weights.reshape(-1)
