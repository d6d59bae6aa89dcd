"""What is done by itself and when: `config/schedule.toml`, or the owner's copy."""

from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from otklik.datasets.settings_file import read_settings_file

SHIPPED = Path(__file__).parent.parent / "config" / "schedule.toml"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Job(_Strict):
    """When a job runs and how often it is tried again.

    Parameters
    ----------
    cron : str
        Five fields: minute, hour, day, month, day of the week.
    retries : int
        Further tries after a failure.
    wait_s : float
        Seconds before the first of them; doubled each time.
    """

    cron: str
    retries: int = Field(default=3, ge=0, le=20)
    wait_s: float = Field(default=600, ge=0)

    @field_validator("cron")
    @classmethod
    def _check_cron(cls, cron: str) -> str:
        from apscheduler.triggers.cron import CronTrigger

        CronTrigger.from_crontab(cron)
        return cron


class Weekly(Job):
    """Reports of the week before; `out` is a folder in OTKLIK_VAR."""

    out: str = "reports"


class Retraining(Job):
    """Heads fitted again with what people corrected."""

    preset: str = "default"
    data: Path


class Alert(_Strict):
    """Who is told of a failure: a web address, people by e-mail, or both."""

    webhook: str | None = None
    smtp_host: str | None = None
    smtp_port: int = Field(default=25, ge=1, le=65535)
    sender: str = "otklik@localhost"
    recipients: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.recipients and not self.smtp_host:
            raise ValueError("recipients are named but no smtp_host")
        if self.webhook and not self.webhook.startswith(("https://", "http://")):
            raise ValueError("webhook must begin with https:// or http://")
        return self


class Schedule(_Strict):
    """Everything that is done by itself; a job that is not listed is not done."""

    weekly: Weekly | None = None
    retraining: Retraining | None = None
    alert: Alert = Alert()

    @property
    def jobs(self) -> dict[str, Job]:
        """Jobs by name."""
        given = {"weekly": self.weekly, "retraining": self.retraining}
        return {name: job for name, job in given.items() if job is not None}


def load_schedule(path: Path | None = None) -> Schedule:
    """Read a schedule; None means the shipped one.

    Raises
    ------
    BadSettings
        No such file, not TOML, an unknown key or a wrong value; the message names the key.
    """
    return read_settings_file(path or SHIPPED, Schedule)
