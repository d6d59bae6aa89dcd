"""Open an encoder for training, without the library's own talk."""

from pathlib import Path

from transformers import AutoModel, BertModel, PreTrainedTokenizerFast
from transformers.utils import logging


def load_encoder(folder: Path) -> BertModel:
    """Encoder without a pooling layer, which no head of ours reads.

    The library reports the layer that was left out as a fault: it is silenced.
    """
    logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    encoder: BertModel = AutoModel.from_pretrained(folder, add_pooling_layer=False)
    return encoder


def load_tokenizer(folder: Path) -> PreTrainedTokenizerFast:
    """Tokenizer of the encoder in `folder`."""
    tokenizer: PreTrainedTokenizerFast = PreTrainedTokenizerFast.from_pretrained(folder)
    return tokenizer
