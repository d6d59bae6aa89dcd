"""What schemathesis finds when it asks the service everything that its description allows."""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from serving_sides import Side

SETTINGS = Path(__file__).parents[1] / "tests" / "schemathesis.toml"
PROGRAM = Path(sys.executable).with_name("schemathesis")
MOST_SHOWN = 20


def ask_everything(side: Side, token: str, var: Path, examples: int) -> dict[str, Any]:
    """Run schemathesis; the service must ask for keys.

    Parameters
    ----------
    token : str
        Of a key of every scope.
    examples : int
        Made for each operation at most, beside its own examples and the limits of its fields.
    """
    events = var / "schemathesis.ndjson"
    command = [
        *(str(PROGRAM), "--no-color", "--config-file", str(SETTINGS)),
        *("run", f"{side.url}/openapi.json", "--header", f"Authorization: Bearer {token}"),
        *("--max-examples", str(examples)),
        *("--report", "ndjson", "--report-ndjson-path", str(events)),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=var)
    statuses: Counter[int] = Counter()
    failed: Counter[str] = Counter()
    operations = set()
    for scenario in _scenarios(events):
        recorder = scenario["recorder"]  # what is empty is left out
        operations.add(recorder["label"])
        for interaction in recorder.get("interactions", {}).values():
            response = interaction.get("response")
            statuses[response["status_code"] if response else 0] += 1
        for checks in recorder.get("checks", {}).values():
            for check in checks:
                if check["status"] == "failure":
                    failed[f"{check['name']}: {recorder.get('label')}"] += 1
    if not statuses:
        raise SystemExit(f"schemathesis did not run:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return {
        "cases": sum(statuses.values()),
        "operations": len(operations),
        "statuses": {str(status): many for status, many in sorted(statuses.items())},
        "failed_checks": dict(failed.most_common(MOST_SHOWN)),
        "exit_code": done.returncode,
    }


def _scenarios(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            for name, event in json.loads(line).items():
                if name == "ScenarioFinished":
                    yield event
