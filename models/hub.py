"""A checkpoint from the Hugging Face hub: pinned by revision, every file compared with its hash."""

import errno
import hashlib
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

from otklik.datasets.errors import NoWeights
from otklik.models.manifest import hash_files, sha256_of

if TYPE_CHECKING:
    from huggingface_hub.hf_api import RepoSibling

E5_SMALL = "intfloat/multilingual-e5-small"
PINNED_REVISIONS = {E5_SMALL: "fd1525a9fd15316a2d503bf26ab031a61d056e98"}
PINNED_WEIGHTS = {
    E5_SMALL: "1a55775f53449dac10a2bcbc312469fac40b96d53198c407081a831f81c98477",
}
WEIGHTS = "model.safetensors"
NEEDED = ("config.json", "tokenizer.json", WEIGHTS)
WANTED = (
    *NEEDED,
    *("tokenizer_config.json", "special_tokens_map.json", "vocab.txt"),
    *("modules.json", "1_Pooling/config.json", "config_sentence_transformers.json"),
)
HASHES = "files.json"
ANSWER_S = 8.0
_FULL = (errno.ENOSPC, errno.EFBIG, errno.EDQUOT)


class HubUnreachable(NoWeights):
    """The hub does not answer, or does not have the model; another source may do."""


def cached_model(folder: Path) -> bool:
    """Whether a former download stands in `folder` whole."""
    try:
        hashes: dict[str, str] = json.loads((folder / HASHES).read_bytes())
        return hash_files(folder, hashes) == hashes and set(NEEDED) <= set(hashes)
    except (OSError, ValueError):
        return False


def fetch_model(model: str, revision: str, folder: Path, say: Callable[[str], None]) -> None:
    """Bring the files of a model to `folder`.

    Raises
    ------
    HubUnreachable
        No answer within some seconds, or the hub does not give the model.
    NoWeights
        A file is not what the hub's record or the pinned hash says, or the disk is full.
    """
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    siblings = _ask(model, revision)
    missing = [name for name in NEEDED if name not in siblings]
    if missing:
        raise HubUnreachable(
            f"{model}@{revision} on the hub has no {', '.join(missing)}. Save it with "
            "`save_pretrained` of transformers and give the folder with --from."
        )
    part = folder.with_name(f".{folder.name}.part")
    for name in WANTED:
        if name in siblings:
            say(f"fetching {name} of {model} from the hub")
            _download(model, revision, name, part)
            _check(model, part / name, name, siblings[name])
    shutil.rmtree(part / ".cache", ignore_errors=True)
    hashes = hash_files(part, [name for name in WANTED if name in siblings])
    (part / HASHES).write_text(json.dumps(hashes, indent=2) + "\n", encoding="utf-8")
    shutil.rmtree(folder, ignore_errors=True)
    part.rename(folder)


def _ask(model: str, revision: str) -> dict[str, "RepoSibling"]:
    """Files of a model by name; in a thread, because a name server may be silent for minutes."""
    from huggingface_hub import HfApi

    answer: dict[str, Any] = {}

    def ask() -> None:
        try:
            api = HfApi(endpoint=os.environ.get("HF_ENDPOINT"))
            found = api.model_info(model, revision=revision, files_metadata=True, timeout=ANSWER_S)
            answer["files"] = {one.rfilename: one for one in found.siblings or ()}
        except Exception as error:  # whatever the network does
            answer["error"] = error

    asking = Thread(target=ask, daemon=True)
    asking.start()
    asking.join(ANSWER_S)
    if "files" in answer:
        return dict(answer["files"])
    why = _reason(answer.get("error")) if answer else f"no answer within {ANSWER_S:.0f} s"
    raise HubUnreachable(f"The Hugging Face hub does not give {model}@{revision}: {why}.")


def _download(model: str, revision: str, name: str, folder: Path) -> None:
    from huggingface_hub import hf_hub_download

    try:
        hf_hub_download(
            model,
            name,
            revision=revision,
            local_dir=folder,
            etag_timeout=ANSWER_S,
            endpoint=os.environ.get("HF_ENDPOINT"),
        )
    except Exception as error:  # a dozen classes, of two libraries
        if isinstance(error, OSError) and error.errno in _FULL:
            raise
        raise HubUnreachable(
            f"{name} of {model}@{revision} broke off: {_reason(error)}. Repeat to go on."
        ) from error


def _check(model: str, path: Path, name: str, record: "RepoSibling") -> None:
    """Compare a file with the pinned hash and the hub's own: SHA-256 of large ones, git's else."""
    pinned = PINNED_WEIGHTS.get(model) if name == WEIGHTS else None
    large = record.lfs.sha256 if record.lfs else None
    for wanted, found in (
        (pinned or large, sha256_of(path)),
        (None if record.lfs else record.blob_id, _git_hash(path)),
    ):
        if wanted and wanted != found:
            path.unlink()
            raise NoWeights(
                f"{name} of {model} has the hash {found}, expected {wanted}. "
                "The download or the hub is not to be trusted: repeat, or name another source."
            )


def _git_hash(path: Path) -> str:
    content = path.read_bytes()
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


def _reason(error: Exception | None) -> str:
    return " ".join(str(error).split())[:200].rstrip(".") or type(error).__name__
