"""Tiny checkpoints of each kind, made by the libraries themselves."""

from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

from otklik.models.checkpoint import Layout, seal_checkpoint
from otklik.models.manifest import Manifest

WORDPIECE = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "нет", "вод", "##ы", "дорог", "##и"]
ALPHABET = "абвгдежзийклмнопрстуфхцчшщъыьэюя"
UNIGRAM = [("<s>", 0.0), ("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), ("▁нет", -2.0)]
SIZES = {
    "hidden_size": 16,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "intermediate_size": 32,
    "max_position_embeddings": 40,
}


def make_bert(folder):
    """A BERT with WordPiece, as rubert-tiny2 is."""
    import torch
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    letters = [*ALPHABET, *(f"##{letter}" for letter in ALPHABET)]
    words = list(dict.fromkeys(WORDPIECE + letters))
    tokenizer = Tokenizer(
        models.WordPiece({word: i for i, word in enumerate(words)}, unk_token="[UNK]")
    )
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    torch.manual_seed(1)
    BertModel(BertConfig(vocab_size=len(words), **SIZES)).save_pretrained(folder)
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token="[PAD]",
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        mask_token="[MASK]",
    ).save_pretrained(folder)
    return Layout.of(folder)


def make_xlm_r(folder, pieces=()):
    """An XLM-R with unigram pieces; positions count from pad + 1."""
    import torch
    from transformers import PreTrainedTokenizerFast, XLMRobertaConfig, XLMRobertaModel

    known = [*UNIGRAM, *((piece, -5.0) for piece in pieces)]
    known += [(letter, -9.0) for letter in sorted({"▁", *ALPHABET} - {*pieces})]
    known += [("<mask>", 0.0)]
    tokenizer = Tokenizer(models.Unigram(known, unk_id=3))
    tokenizer.normalizer = normalizers.NFKC()
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    torch.manual_seed(1)
    config = XLMRobertaConfig(vocab_size=len(known), pad_token_id=1, type_vocab_size=1, **SIZES)
    XLMRobertaModel(config).save_pretrained(folder)
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token="<s>",
        eos_token="</s>",
        pad_token="<pad>",
        unk_token="<unk>",
        cls_token="<s>",
        sep_token="</s>",
        mask_token="<mask>",
    ).save_pretrained(folder)
    return Layout.of(folder)


def sealed(make, folder, prefix="", pooling="mean"):
    """A tiny checkpoint with the manifest that the encoder asks for."""
    make(folder)
    seal_checkpoint(folder, Manifest("test", "0" * 64, prefix, pooling, 16, 1, 80, 80))
    return folder
