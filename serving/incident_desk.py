"""What a stored message has to do with mass incidents and planned works."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from otklik.datasets.dates import load_zone
from otklik.datasets.incidents import Incident, incident_of
from otklik.datasets.planned_works import Work, works_between
from otklik.datasets.records import Prediction
from otklik.datasets.settings import load_settings
from otklik.datasets.store import Store, Stored
from otklik.models.classifier import rubricator_head
from otklik.models.incident_signal import signal_of
from otklik.models.planned import say_until, work_of_incident, work_of_signal
from otklik.serving.incident_schemas import IncidentOut, PlannedWorkOut

VERSION = "im-2026"
"""Rubricator that families of incidents are told in."""
_AROUND = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Events:
    """The incident that a message tells of, and the planned work that it meets."""

    incident: IncidentOut | None = None
    planned_work: PlannedWorkOut | None = None


NO_EVENTS = Events()


def topics_of(prediction: Prediction) -> Mapping[str, float]:
    """Likeliest topics; none where a model answers in another rubricator."""
    if prediction.rubricator != VERSION:
        return {}
    return dict(prediction.heads.get(rubricator_head(VERSION), ()))


def events_of(store: Store, stored: Stored, prediction: Prediction | None) -> Events:
    """Look a stored message up; incidents are told of once they are flagged."""
    signal = signal_of(stored, topics_of(prediction) if prediction else {})
    with store.database.reading() as connection:
        incident = incident_of(connection, stored.id)
        first = min(incident.first_at, signal.at) if incident else signal.at
        works = works_between(connection, first - _AROUND, signal.at + _AROUND)
    if incident is None and not works:
        return NO_EVENTS
    zone = load_zone(load_settings().timezone)
    mine = work_of_signal(signal, works, zone)
    return Events(
        incident_out(incident, works, zone) if incident else None,
        work_out(mine, zone) if mine else None,
    )


def incident_out(incident: Incident, works: list[Work], zone: tzinfo) -> IncidentOut:
    """An incident with the planned work that explains it."""
    work = work_of_incident(incident, works)
    return IncidentOut(
        number=incident.number,
        topic=incident.topic,
        status="open" if incident.is_open(datetime.now(UTC)) else "closed",
        messages=incident.n_messages,
        independent=incident.n_independent,
        first_at=incident.first_at,
        last_at=incident.last_at,
        flagged_at=incident.flagged_at,
        streets=list(incident.streets),
        houses=list(incident.houses),
        districts=list(incident.districts),
        assets=list(incident.assets),
        planned_work=work_out(work, zone) if work else None,
    )


def work_out(work: Work, zone: tzinfo) -> PlannedWorkOut:
    """A work as it is shown."""
    return PlannedWorkOut(
        code=work.code,
        starts=work.starts,
        ends=work.ends,
        notice=work.notice,
        words=say_until(work, zone),
    )
