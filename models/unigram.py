"""The tokenizer of XLM-R from its bare pieces: what a packed encoder carries of it."""

import unicodedata
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from otklik.models.packed import Pieces

if TYPE_CHECKING:
    from tokenizers import Tokenizer
    from tokenizers.normalizers import Sequence

BOS, PAD, EOS, UNK, MASK = "<s>", "<pad>", "</s>", "<unk>", "<mask>"


def build_unigram(pieces: Pieces) -> "Tokenizer":
    """Tokenizer that cuts a text as XLM-R does.

    Control characters go, every kind of white space is a space, then NFKC, so that «й» in two
    code points is the letter «й»; runs of spaces are one; each word begins with «▁».
    """
    from tokenizers import AddedToken, Regex, Tokenizer, models, normalizers, pre_tokenizers
    from tokenizers.decoders import Metaspace
    from tokenizers.processors import TemplateProcessing

    scored = list(zip(pieces.texts, pieces.scores.tolist(), strict=True))
    tokenizer = Tokenizer(models.Unigram(scored, unk_id=pieces.unk, byte_fallback=False))
    normalizer: Sequence = normalizers.Sequence(
        [
            *(
                normalizers.Replace(Regex(f"[{kind}]"), new)
                for new, kind in _exceptions(pieces.replacements).items()
            ),
            normalizers.NFKC(),
            normalizers.Replace(Regex(" {2,}"), " "),
        ]
    )
    tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace()]
    )
    tokenizer.decoder = Metaspace()
    tokenizer.post_processor = TemplateProcessing(
        single=f"{BOS} $A {EOS}",
        pair=f"{BOS} $A {EOS} {EOS} $B {EOS}",
        special_tokens=[(BOS, pieces.bos), (EOS, pieces.eos)],
    )
    special = [token for token in (BOS, PAD, EOS, UNK) if token in pieces.texts[:4]]
    tokenizer.add_special_tokens(special)
    if MASK in pieces.texts:
        tokenizer.add_special_tokens([AddedToken(MASK, lstrip=True, special=True)])
    return tokenizer


def _exceptions(replacements: Mapping[int, str]) -> dict[str, str]:
    """What is replaced otherwise than by NFKC: new text → class of a regular expression."""
    found: dict[str, list[int]] = {}
    for code, new in replacements.items():
        if unicodedata.normalize("NFKC", chr(code)) != new:
            found.setdefault(new, []).append(code)
    return {new: _class(codes) for new, codes in sorted(found.items())}


def _class(codes: Iterable[int]) -> str:
    return "".join(rf"\x{{{code:x}}}" for code in sorted(codes))
