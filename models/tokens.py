"""Tokens of a text as the encoder takes them: prefix, special tokens, no padding, no cutting."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from otklik.datasets.errors import BadCheckpoint
from otklik.models.dress import quiet, ungreeted

if TYPE_CHECKING:
    from tokenizers import Tokenizer

PARALLELISM = "TOKENIZERS_PARALLELISM"


class Tokens:
    """Turns texts into token ids, in the calling thread alone.

    Parameters
    ----------
    path : Path
        `tokenizer.json` of the checkpoint.
    prefix : str
        Stands before every text.

    Raises
    ------
    BadCheckpoint
        The file cannot be read, or does not put one special token on either side of a text.
    """

    def __init__(self, path: Path, prefix: str = "") -> None:
        # Threads of its own would come on top of the model's, and do not survive a fork.
        os.environ[PARALLELISM] = "false"
        self.prefix = prefix
        self._tokenizer = _load(path)
        bare = self._tokenizer.encode("").ids
        if len(bare) != 2:
            raise BadCheckpoint(
                f"{path} turns an empty text into {len(bare)} tokens; expected two, one on either "
                "side. Build the checkpoint again with `otklik model base --force`."
            )
        self.frame = len(bare)
        self.head = 1 + len(self._tokenizer.encode(prefix.rstrip(), add_special_tokens=False).ids)
        """How many tokens stand before the first one of a text."""

    def __call__(self, texts: Sequence[str]) -> list[list[int]]:
        """Token ids of each text, special tokens and prefix included; however long it is.

        Capitals and a greeting are taken off, see `otklik.models.dress`.
        """
        prefixed = [self.prefix + quiet(ungreeted(text)) for text in texts]
        try:
            encoded = self._tokenizer.encode_batch(prefixed)
        except (TypeError, UnicodeEncodeError):
            # Halves of surrogate pairs: Python holds them, UTF-8 does not.
            whole = [text.encode(errors="replace").decode() for text in prefixed]
            encoded = self._tokenizer.encode_batch(whole)
        return [one.ids for one in encoded]


def _load(path: Path) -> "Tokenizer":
    from tokenizers import Tokenizer

    try:
        tokenizer = Tokenizer.from_str(path.read_text(encoding="utf-8"))
    except Exception as error:  # the library raises nothing narrower
        raise BadCheckpoint(
            f"{path} cannot be read: {error}. Build the checkpoint again with "
            "`otklik model base --force`."
        ) from error
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer
