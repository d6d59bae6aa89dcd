"""A tiny encoder in the packed format, and the wheel that would carry it."""

import hashlib
import struct
import zipfile
from dataclasses import replace

import numpy as np

from otklik.models.package import E5_SMALL
from otklik.models.vocabulary import load_vocabulary

SPECIAL = ("<s>", "<pad>", "</s>", "<unk>")
LETTERS = "абвгдеёжзийклмнопрстуфхцчшщъыьэюя"
WORDS = ("▁не", "▁нет", "▁вод", "▁дорог", "ы", "▁ул", "▁яма", "ть", "ого", "ТЕЛ", "▁ФИ")
FOREIGN = ("▁Wasser", "▁straße", "▁água", "道路", "▁δρόμος", "lichkeit")
SINGLE = (
    "▁😀Ӏ№,.!?:;()[]-«»@0123456789abcdefghijklmnopqrstuvwxyzNABCXYZ⁄" + LETTERS + LETTERS.upper()
)
DIM, LAYERS, HEADS, INNER, POSITIONS, TYPES = 32, 2, 2, 64, 64, 2
# A few of the exceptions, and one entry that NFKC knows too.
REPLACEMENTS = {0x01: "", 0x09: " ", 0x0A: " ", 0x200B: " ", 0xFEFF: " ", 0x2116: "No"}


def tiny_pieces():
    """Pieces with scores: special ones first, `<mask>` last, foreign ones among the rest."""
    plain = sorted({*SINGLE, *WORDS, *load_vocabulary().listed}) + list(FOREIGN)
    scored = [(piece, -4.0 - 0.01 * number) for number, piece in enumerate(plain)]
    return [(piece, 0.0) for piece in SPECIAL] + scored + [("<mask>", 0.0)]


def make_blocks(codes, scales):
    """Q4_0 blocks of codes from 0 to 15, uint8 of shape (n, 32), and scales of shape (n,)."""
    halves = codes[:, :16] | codes[:, 16:] << 4
    return np.hstack([scales.astype("<f2")[:, None].view(np.uint8), halves])


def tiny_weights(seed=0, words=None):
    """Weights by packed names, as (float32 array, bytes in the file, kind)."""
    rng = np.random.default_rng(seed)

    def packed(*shape):
        codes = rng.integers(0, 16, (int(np.prod(shape)) // 32, 32), dtype=np.uint8)
        scales = (rng.uniform(0.01, 0.03, len(codes))).astype(np.float16)
        values = (codes.astype(np.float32) - 8) * scales.astype(np.float32)[:, None]
        return values.reshape(shape), make_blocks(codes, scales).tobytes(), 1

    def plain(*shape, around=0.0):
        values = (around + rng.normal(0, 0.02, shape)).astype("<f4")
        return values, values.tobytes(), 0

    found = {
        "emb.word": packed(words or len(tiny_pieces()) + 3, DIM),
        "emb.pos": plain(POSITIONS, DIM),
        "emb.type": plain(TYPES, DIM),
        "emb.ln.w": plain(DIM, around=1),
        "emb.ln.b": plain(DIM),
    }
    for layer in range(LAYERS):
        for code, shape in {
            **dict.fromkeys(("q", "k", "v", "ao"), (DIM, DIM)),
            "fi": (INNER, DIM),
            "fo": (DIM, INNER),
        }.items():
            found[f"l{layer}.{code}.w"] = packed(*shape)
            found[f"l{layer}.{code}.b"] = plain(shape[0])
        for code in ("aln", "oln"):
            found[f"l{layer}.{code}.w"] = plain(DIM, around=1)
            found[f"l{layer}.{code}.b"] = plain(DIM)
    return found


def write_packed(path, pieces=None, seed=0):
    """Write a whole tiny encoder; returns its SHA-256."""
    pieces = pieces or tiny_pieces()
    weights = tiny_weights(seed, len(pieces) + 3)
    texts = [piece.encode() for piece, _ in pieces]
    ends = np.cumsum([0, *map(len, texts)]).astype("<u4")
    sizes = DIM, LAYERS, HEADS, INNER, len(pieces) + 3, POSITIONS, TYPES
    blob = b"".join(texts)
    norm = b"".join(
        struct.pack(f"<IB{len(new)}I", code, len(new), *map(ord, new))
        for code, new in REPLACEMENTS.items()
    )
    head = b"".join(
        [
            b"E5S1",
            struct.pack("<I7ifi", 1, *sizes, 1e-12, 32),
            struct.pack("<5iQ", len(pieces), 0, 2, 1, 3, len(blob)),
            ends.tobytes(),
            np.array([score for _, score in pieces], "<f4").tobytes(),
            blob,
            struct.pack("<iI", len(REPLACEMENTS), len(norm)),
            norm,
            struct.pack("<i", len(weights)),
        ]
    )
    offset = len(head) + sum(2 + len(name) + struct.calcsize("<BIQQ") for name in weights)
    index, body = b"", b""
    for name, (values, data, kind) in weights.items():
        place = struct.pack("<BIQQ", kind, values.size, offset + len(body), len(data))
        index += struct.pack("<H", len(name)) + name.encode() + place
        body += data
    path.write_bytes(head + index + body)
    return sha256(path)


def write_wheel(folder, packed):
    """Write a wheel with `packed` as its data file; returns the package that pins both."""
    package = replace(E5_SMALL, sha256=sha256(packed))
    path = folder / f"{package.name}-{package.version}-py3-none-any.whl"
    info = f"{package.name}-{package.version}.dist-info"
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(packed, package.member)
        metadata = f"Metadata-Version: 2.1\nName: {package.name}\nVersion: {package.version}\n"
        archive.writestr(f"{info}/METADATA", metadata)
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    return replace(package, wheel_sha256=sha256(path)), path


def sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()
