"""`otklik schedule`: weekly reports and retraining by themselves."""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from otklik.datasets.settings import load_settings
from otklik.pipelines.console import AsJson, print_facts

if TYPE_CHECKING:
    from otklik.pipelines.schedule_settings import Schedule

EXAMPLES = "Example: otklik schedule --once weekly; otklik schedule --config schedule.toml"


def schedule(
    config: Annotated[
        Path | None, typer.Option(help="What runs when; the shipped file without it.")
    ] = None,
    once: Annotated[
        str | None, typer.Option(help="Run this job now and end: weekly or retraining.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Run the jobs of a schedule at their times until interrupted, one at a time.

    A failed job is tried again; when it fails for good, the alert of the schedule goes out.
    """
    from otklik.datasets.errors import BadSettings, JobFailed
    from otklik.pipelines.schedule_settings import load_schedule
    from otklik.pipelines.scheduled_job import run_job

    settings, wanted = load_settings(), load_schedule(config)
    if once is None:
        _run_for_ever(wanted)
        return
    if once not in wanted.jobs:
        raise BadSettings(f"No job {once!r} in the schedule; there are {', '.join(wanted.jobs)}.")
    outcome = run_job(once, wanted, settings.var, date.today())
    if not outcome.done:
        raise JobFailed(f"Job {once} failed after {outcome.tries} tries: {outcome.words}")
    print_facts({"job": once, "tries": outcome.tries}, as_json=as_json)


def _run_for_ever(wanted: "Schedule") -> None:
    from datetime import datetime

    from apscheduler.schedulers.blocking import BlockingScheduler
    from apscheduler.triggers.cron import CronTrigger

    from otklik.datasets.dates import load_zone
    from otklik.pipelines.console import err
    from otklik.pipelines.scheduled_job import run_job

    settings = load_settings()
    zone = load_zone(settings.timezone)
    one = {"default": {"type": "threadpool", "max_workers": 1}}
    scheduler = BlockingScheduler(timezone=zone, executors=one)

    def work(name: str) -> None:
        run_job(name, wanted, settings.var, datetime.now(zone).date())

    for name, job in wanted.jobs.items():
        trigger = CronTrigger.from_crontab(job.cron, timezone=zone)
        scheduler.add_job(work, trigger, [name], id=name, coalesce=True, misfire_grace_time=3600)
        err.print(f"{name}: next at {trigger.get_next_fire_time(None, datetime.now(zone))}")
    scheduler.start()
