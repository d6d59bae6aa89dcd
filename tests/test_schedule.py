"""Jobs that run by themselves: one at a time, tried again, told of when they fail for good."""

import json
import threading
from datetime import date
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from commands import run

from otklik.datasets.errors import BadSettings, Busy
from otklik.pipelines.alert import send_alert
from otklik.pipelines.schedule_settings import Alert, load_schedule
from otklik.pipelines.scheduled_job import command_of, run_job

TODAY = date(2021, 2, 15)


def schedule_of(tmp_path, text):
    file = tmp_path / "schedule.toml"
    file.write_text(text, encoding="utf-8")
    return load_schedule(file)


def test_the_shipped_schedule_writes_last_weeks_reports(tmp_path):
    shipped = load_schedule()
    assert list(shipped.jobs) == ["weekly"]
    command = command_of(shipped.weekly, tmp_path, TODAY)
    assert command == ["weekly", "--week", "2021-W06", "--out", str(tmp_path / "reports")]


def test_retraining_fits_heads_with_corrections(tmp_path):
    wanted = schedule_of(tmp_path, '[retraining]\ncron = "0 2 1 * *"\ndata = "d"\n')
    command = command_of(wanted.retraining, tmp_path, TODAY)
    assert command == ["train", "default", "--data", "d", "--heads-only", "--corrections"]


def test_a_failure_is_tried_again_later_and_later(tmp_path):
    codes, slept = iter([1, 1, 0]), []
    outcome = run_job(
        "weekly",
        schedule_of(tmp_path, '[weekly]\ncron = "0 5 * * mon"\nwait_s = 10\n'),
        tmp_path,
        TODAY,
        sleep=slept.append,
        call=lambda _arguments: (next(codes), "said"),
    )
    assert (outcome.done, outcome.tries, slept) == (True, 3, [10, 20])


def test_two_jobs_never_run_at_once(tmp_path):
    shipped = load_schedule()

    def meanwhile(_arguments):
        with pytest.raises(Busy, match=r"schedule\.lock"):
            run_job("weekly", shipped, tmp_path, TODAY, call=lambda _a: (0, ""))
        return 0, ""

    assert run_job("weekly", shipped, tmp_path, TODAY, call=meanwhile).done


def test_the_last_failure_is_told(tmp_path):
    heard = []

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self):
            heard.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_arguments):
            pass

    with HTTPServer(("127.0.0.1", 0), Hook) as server:
        threading.Thread(target=server.handle_request).start()
        text = '[weekly]\ncron = "0 5 * * mon"\nretries = 1\nwait_s = 0\n'
        text += f'[alert]\nwebhook = "http://127.0.0.1:{server.server_port}/"\n'
        wanted = schedule_of(tmp_path, text)
        outcome = run_job(
            "weekly",
            wanted,
            tmp_path,
            TODAY,
            sleep=lambda _s: None,
            call=lambda _a: (1, "нет места"),
        )
    assert (outcome.done, outcome.tries) == (False, 2)
    assert heard[0]["job"] == "weekly"
    assert "нет места" in heard[0]["text"]


def test_an_alert_that_cannot_be_sent_is_no_crash():
    alert = Alert(
        webhook="http://127.0.0.1:9/", smtp_host="127.0.0.1", smtp_port=9, recipients=("a@b",)
    )
    assert len(send_alert(alert, "weekly", "x")) == 2


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[weekly]\ncron = "every monday"\n', "weekly.cron"),
        ('[alert]\nrecipients = ["a@b"]\n', "no smtp_host"),
        ('[alert]\nwebhook = "ftp://x"\n', "must begin with"),
        ("[monthly]\n", "monthly"),
        ("[weekly\n", "not valid TOML"),
    ],
)
def test_a_wrong_schedule_names_the_key(tmp_path, text, said):
    with pytest.raises(BadSettings, match=said):
        schedule_of(tmp_path, text)


def test_a_job_at_once_from_the_command_line(tmp_path):
    file = tmp_path / "schedule.toml"
    file.write_text('[weekly]\ncron = "0 5 * * mon"\nretries = 0\n', encoding="utf-8")
    env = {"var": tmp_path / "var"}
    done = run("schedule", "--config", str(file), "--once", "weekly", **env)
    assert done.returncode == 1
    assert "failed after 1 tries" in done.stderr
    unknown = run("schedule", "--config", str(file), "--once", "monthly", **env)
    assert "there are weekly" in unknown.stderr
