"""What the description of the interface allows is asked, and what it promises is held against it.

The benchmark of the service asks more of the same (`make bench-serving`).
"""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from calling import listening, quick, until, use_var
from registering import open_tiny, write_tiny

from otklik.serving.app import create_app
from otklik.serving.keys import KeyFile, Scope
from otklik.serving.offers import Declined, Offers

SETTINGS = Path(__file__).with_name("schemathesis.toml")
PROGRAM = Path(sys.executable).with_name("schemathesis")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not PROGRAM.exists(), reason="no schemathesis (pip install --group dev)"),
]


async def decline(*_):
    raise Declined("not here")


def test_every_answer_is_one_that_is_described(tmp_path, monkeypatch):
    var = use_var(monkeypatch, tmp_path / "var")
    write_tiny(var / "models" / "default")
    _, token = KeyFile(var).add("schema", list(Scope))
    offers = Offers(bring_in=decline, promote=decline, mend=decline)
    app = create_app(quick(keys="required"), open_predictor=open_tiny, offers=offers)
    with listening(app) as address:
        service = app.state.service
        until(lambda: service.live.ready)
        command = [PROGRAM, "--no-color", "--config-file", SETTINGS, "run"]
        asked = ["--max-examples", "2", "--header", f"Authorization: Bearer {token}"]
        done = subprocess.run(
            [*command, f"{address}/openapi.json", *asked],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            timeout=600,
            check=False,
        )
        said = service.metrics.render().decode()
    assert done.returncode == 0, done.stdout[-20000:] + done.stderr[-2000:]
    statuses = re.findall(r'otklik_requests_total\{.*status="(\d+)"\} (\S+)', said)
    asked_for = sum(float(many) for _, many in statuses)
    assert asked_for > 300
    assert not [status for status, _ in statuses if status.startswith("5")]
