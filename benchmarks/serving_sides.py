"""The services under measurement, each in a process of its own: ours, the usual one, infinity."""

import argparse
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import httpx2 as httpx

START_S = 300.0
HOST = "127.0.0.1"
MIB = 1 << 20
POSTGRES = Path(__file__).parents[1] / "tests" / "postgres.sh"
NO_SERVER_PROGRAMS = 3


@dataclass(frozen=True)
class Speech:
    """How a service is asked about one text, and which model it says has answered.

    Parameters
    ----------
    ready : str
        Answers 200 when it is ready.
    """

    path: str
    ready: str
    body: Callable[[str], Any]
    model: Callable[[Any], str]


OTKLIK = Speech(
    "/v1/classify",
    "/health/ready",
    lambda text: {"text": text},
    lambda found: found["answers"][0]["model"]["name"],
)
INFINITY = Speech(
    "/embeddings",
    "/health",
    lambda text: {"model": "same", "input": [text]},
    lambda found: found["model"],
)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


class Side:
    """A service in a process: started, asked, ended or killed.

    Parameters
    ----------
    command : sequence of str
        Without the port, which is added.
    env : mapping
        Added to the variables of this process.
    """

    def __init__(
        self,
        command: Sequence[str],
        env: Mapping[str, str],
        log: Path,
        speech: Speech = OTKLIK,
    ) -> None:
        self.port, self.speech = free_port(), speech
        self.url = f"http://{HOST}:{self.port}"
        self._command = [*command, "--port", str(self.port)]
        self._env, self._log = {**os.environ, **env}, log
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.end(signal.SIGTERM)

    def start(self) -> None:
        """Start it and wait until it answers."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command, env=self._env, stdout=log, stderr=log, start_new_session=True
            )
        stop = time.monotonic() + START_S
        while True:
            try:
                if httpx.get(self.url + self.speech.ready, trust_env=False).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            if self._process.poll() is not None or time.monotonic() > stop:
                tail = self._log.read_text(encoding="utf-8", errors="replace")[-2000:]
                raise SystemExit(f"{self._command[:4]} does not answer:\n{tail}")
            time.sleep(0.1)

    @property
    def alive(self) -> bool:
        """Whether the process that was started still runs."""
        return self._process is not None and self._process.poll() is None

    @property
    def rss_mib(self) -> float:
        """Resident memory of the process."""
        assert self._process is not None
        pages = Path(f"/proc/{self._process.pid}/statm").read_text(encoding="ascii").split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE") / MIB

    def end(self, how: signal.Signals) -> None:
        """Send a signal to the process and its children, and wait."""
        if self._process is not None and self._process.poll() is None:
            os.killpg(self._process.pid, how)
        if self._process is not None:
            self._process.wait(60)


def ours(var: Path, database: str, **more: str) -> Side:
    """`otklik serve` on a data folder."""
    settings = {"OTKLIK_VAR": str(var), "OTKLIK_DATABASE_URL": database, **more}
    command = [sys.executable, "-m", "otklik.pipelines.cli", "serve"]
    return Side(command, settings, var / "serve.log")


def usual(encoder: Path, heads: Sequence[int], scratch: Path) -> Side:
    """The usual design, with as many heads of the same sizes."""
    sizes = ",".join(map(str, heads))
    command = [sys.executable, __file__, "--encoder", str(encoder), "--heads", sizes]
    return Side(command, {}, scratch / "usual.log")


def infinity(program: Path, encoder: Path, scratch: Path) -> Side:
    """The same encoder behind infinity, which neither masks nor has heads: vectors only."""
    command = [
        *(str(program), "v2", "--model-id", str(encoder), "--served-model-name", "same"),
        *("--engine", "torch", "--device", "cpu", "--no-bettertransformer", "--host", HOST),
    ]
    offline = {"HF_HUB_OFFLINE": "1", "DO_NOT_TRACK": "1", "INFINITY_ANONYMOUS_USAGE_STATS": "0"}
    return Side(command, offline, scratch / "infinity.log", INFINITY)


@contextmanager
def postgresql() -> Iterator[str | None]:
    """URL of an empty database of a throw-away server; None where there are no server programs."""
    with tempfile.TemporaryDirectory(prefix="otklik-pg-") as name:
        Path(name).chmod(0o755)
        port = str(free_port())

        def run(action: str) -> int:
            return subprocess.run(["sh", POSTGRES, action, name, port], check=False).returncode

        if (code := run("start")) == NO_SERVER_PROGRAMS:
            yield None
            return
        if code:
            raise SystemExit(f"{POSTGRES.name} start: exit code {code}")
        try:
            yield f"postgresql://postgres@{HOST}:{port}/postgres"
        finally:
            run("stop")


def _serve_usual(encoder: Path, sizes: Sequence[int], port: int) -> None:
    """FastAPI around a `transformers` pipeline in fp32; one request at a time."""
    import torch
    import uvicorn
    from fastapi import FastAPI
    from transformers import AutoModel, AutoTokenizer, pipeline

    model = AutoModel.from_pretrained(encoder, dtype=torch.float32, add_pooling_layer=False)
    tokenizer = AutoTokenizer.from_pretrained(encoder, model_max_length=512)
    tokenizer.model_input_names = ["input_ids", "attention_mask"]
    reading = pipeline("feature-extraction", model=model.eval(), tokenizer=tokenizer)
    torch.manual_seed(7)
    heads = [torch.nn.Linear(model.config.hidden_size, size) for size in sizes]
    app, turn = FastAPI(), threading.Lock()

    @app.get("/health/ready")
    def ready() -> dict[str, str]:
        return {"status": "ready"}

    @app.post("/v1/classify")
    def classify(body: dict[str, Any]) -> dict[str, Any]:
        with turn, torch.inference_mode():
            tokens = reading(body["text"], truncation=True, return_tensors=True)
            vector = torch.nn.functional.normalize(tokens[0].mean(0), dim=-1)
            found = [
                torch.softmax(head(vector), -1).topk(min(3, head.out_features)) for head in heads
            ]
            ranked = [[one.indices.tolist(), one.values.tolist()] for one in found]
        return {"answers": [{"model": {"name": "usual"}, "heads": ranked}]}

    uvicorn.run(app, host=HOST, port=port, access_log=False, log_level="warning")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--encoder", type=Path, required=True)
    parser.add_argument("--heads", required=True)
    parser.add_argument("--port", type=int, required=True)
    given = parser.parse_args()
    _serve_usual(given.encoder, json.loads(f"[{given.heads}]"), given.port)
