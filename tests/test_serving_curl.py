"""The requests of the README and of the interface's page, as they stand there, with curl."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from calling import listening, quick, until, use_var
from registering import open_tiny, write_tiny

from otklik.serving.app import create_app

ROOT = Path(__file__).parents[1]
CURL = re.compile(r"^curl (?:[^\n]*\\\n)*[^\n]*", re.MULTILINE)
WITH_STATUS = 'curl -o "$ANSWER" -w "%{http_code}" '
PLACE = "http://127.0.0.1:8080"


@pytest.mark.skipif(shutil.which("curl") is None, reason="no curl (apt-get install curl)")
def test_every_request_that_is_shown_is_answered(tmp_path, monkeypatch):
    use_var(monkeypatch, tmp_path / "var")
    write_tiny(tmp_path / "var" / "models" / "default")
    shown = [
        request
        for name in ("README.md", "docs/http-api.md")
        for request in CURL.findall((ROOT / name).read_text(encoding="utf-8"))
        if PLACE in request
    ]
    assert len(shown) >= 9
    app = create_app(quick(), open_predictor=open_tiny)
    with listening(app) as address:
        env = {"PATH": "/usr/bin:/bin", "ANSWER": str(tmp_path / "answer")}

        def status(request):
            command = request.replace(PLACE, address).replace("curl ", WITH_STATUS, 1)
            done = subprocess.run(
                ["sh", "-c", command], env=env, capture_output=True, text=True, check=True
            )
            return int(done.stdout)

        until(lambda: status(f"curl -s {PLACE}/health/ready") == 200)
        for request in shown:
            assert status(request) in (200, 201), request
