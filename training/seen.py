"""What a model has learned from, as numbers: enough to notice that a text was among it.

Each training text leaves four numbers of 32 bits: one of its words (case, punctuation and greeting
do not count) and three of its MinHash signature, of which a near-duplicate shares at least one more
often than not. Nobody can read a text out of them.
"""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b, sha256
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from otklik.datasets.errors import BadBundle
from otklik.datasets.minhash import band_keys, signatures_of
from otklik.datasets.text_key import comparable_text

NAME = "training_keys.bin"
BANDS, ROWS = 3, 12
Keys = npt.NDArray[np.uint32]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Seen:
    """Keys of the texts of one training.

    Parameters
    ----------
    texts : int
        How many there were.
    same, alike : uint32, ascending
        Keys of whole texts, and of parts of signatures.
    """

    texts: int
    same: Keys
    alike: Keys

    def find(self, texts: Sequence[str]) -> tuple[Mask, Mask]:
        """Which texts were learned from, word for word; and which at least nearly so.

        Returns
        -------
        same, alike : bool of shape (n_texts,)
            What is the same is alike as well.
        """
        compared = [comparable_text(text) for text in texts]
        same = _inside(self.same, _text_keys(compared))
        near = _inside(self.alike, _signature_keys(compared).ravel())
        return same, same | near.reshape(len(texts), BANDS).any(axis=1)

    def save(self, folder: Path) -> dict[str, Any]:
        """Write the keys into a bundle's folder.

        Returns
        -------
        dict
            For `facts["training_keys"]`: `file`, `sha256`, `texts`, `same`, `alike` (numbers of
            keys).
        """
        data = b"".join(_packed(keys) for keys in (self.same, self.alike))
        packed = zlib.compress(data, 9)
        (folder / NAME).write_bytes(packed)
        return {
            "file": NAME,
            "sha256": sha256(packed).hexdigest(),
            "texts": self.texts,
            "same": len(self.same),
            "alike": len(self.alike),
        }


def seen_of(texts: Sequence[str]) -> Seen:
    """Keys of texts (normalised); their order does not matter."""
    compared = sorted({comparable_text(text) for text in texts})
    return Seen(
        len(texts),
        np.unique(_text_keys(compared)),
        np.unique(_signature_keys(compared)),
    )


def load_seen(folder: Path, facts: dict[str, Any]) -> Seen:
    """Read the keys of a bundle.

    Parameters
    ----------
    facts : dict
        What `Seen.save` returned.

    Raises
    ------
    BadBundle
        The file is missing or another one.
    """
    path = folder / str(facts["file"])
    packed = path.read_bytes() if path.is_file() else b""
    found = sha256(packed).hexdigest()
    if found != facts["sha256"]:
        raise BadBundle(
            f"{path}: SHA-256 {found if packed else 'missing'}, bundle.json says "
            f"{facts['sha256']}. Train the model anew."
        )
    data = zlib.decompress(packed)
    split = 4 * int(facts["same"])
    return Seen(int(facts["texts"]), _unpacked(data[:split]), _unpacked(data[split:]))


def _text_keys(compared: Sequence[str]) -> Keys:
    digests = b"".join(
        blake2b(text.encode("utf-8", "surrogatepass"), digest_size=4).digest() for text in compared
    )
    return np.frombuffer(digests, dtype="<u4").astype(np.uint32)


def _signature_keys(compared: Sequence[str]) -> Keys:
    """Keys of shape (n_texts, BANDS)."""
    if not compared:
        return np.empty((0, BANDS), dtype=np.uint32)
    signatures = signatures_of([text or " " for text in compared])
    bands = [band_keys(signatures, ROWS * band, ROWS) + np.uint64(band) for band in range(BANDS)]
    return (np.column_stack(bands) >> np.uint64(32)).astype(np.uint32)


def _inside(known: Keys, asked: Keys) -> Mask:
    if not len(known):
        return np.zeros(len(asked), dtype=bool)
    places = np.minimum(np.searchsorted(known, asked), len(known) - 1)
    return np.asarray(known[places] == asked)


def _packed(keys: Keys) -> bytes:
    """Differences of sorted keys, byte by byte of all: what compresses best."""
    steps = np.diff(keys.astype(np.int64), prepend=0).astype("<u4")
    return steps.view(np.uint8).reshape(-1, 4).T.tobytes()


def _unpacked(data: bytes) -> Keys:
    steps = np.frombuffer(data, dtype=np.uint8).reshape(4, -1).T.copy().view("<u4")[:, 0]
    return steps.astype(np.int64).cumsum().astype(np.uint32)
