"""What one week's reports are made from: messages, and what the other weekly work has found.

Everything but the messages may be missing: a report then says «нет данных».
"""

from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

import pandas as pd

from otklik.datasets.errors import BadWeek
from otklik.pipelines.snapshot import Snapshot
from otklik.pipelines.vote_rank import Question
from otklik.pipelines.week import Week

PARTS: dict[str, tuple[str, ...]] = {
    # A problem under its lasting number. `change` is what the week did to it: "born", "grown",
    # "closed", "reopened", or None where nothing happened.
    "problems": (
        "number", "name", "group", "topic", "district", "place", "recipient", "status",
        "first_at", "last_at", "change",
    ),
    # Its messages, every week's.
    "problem_messages": ("number", "message_id"),
    # Its passport: sentences in their order with their sections, and what each rests on.
    "passports": ("number", "place", "section", "text"),
    "passport_messages": ("number", "place", "message_id"),
    # One sudden event that many report.
    "incidents": ("incident", "name", "group", "topic", "district", "place", "starts_at", "state"),
    "incident_messages": ("incident", "message_id"),
    # Topics, and topics in districts (None: the whole city), tested against season and trend.
    "bursts": ("topic", "district", "flagged", "q"),
    # A root cause at work in the week; `text` says what is common and holds no counts, `expected`
    # is how many messages its cell would have had without it.
    "causes": ("cause", "text", "starts_at", "expected", "recipient"),
    "cause_messages": ("cause", "message_id"),
    # What is claimed to be the cause, by residents ("citizens") and in answers ("officials"): one
    # row for every class that a message of the week names, or an answer to it.
    "claims": ("message_id", "side", "cause_class", "title"),
    # Questions for polls by rank, with the interval of the rank. `authors` is missing
    # where the source names none.
    "votes": ("rank", "low", "high", "question", "topic", "group", "authors"),
    "vote_messages": ("rank", "message_id"),
    # Where a message stood in the automatic routing of the week: `decided` by the model ("auto" or
    # "review"), its topic, and the topic that a person gave (None where nobody looked).
    "routed": ("message_id", "decision", "predicted", "corrected"),
    # Judged answers: whether they answer the essence.
    "essence": ("message_id", "full"),
}  # fmt: skip
"""Optional tables and their columns."""


@dataclass(frozen=True)
class WeekInput:
    """The input of one week.

    Parameters
    ----------
    week : Week
        The week that is reported.
    city : str
        Name for the titles.
    zone : ZoneInfo
        Zone in which a week begins.
    snapshot : Snapshot
        Messages of the week and of some months before it; later ones are not looked at.
    parts : dict of str to DataFrame
        Those of `PARTS` that are there.
    questions : tuple of Question
        For polls, the best first; the part `votes` holds the first of them.
    due_at : Series, optional
        When each message must be answered, UTC, by message id; NaT where no term is known.
    notes : tuple of str
        Words about the data for the readers: «синтетические данные».
    """

    week: Week
    city: str
    zone: ZoneInfo
    snapshot: Snapshot
    parts: dict[str, pd.DataFrame] = field(default_factory=dict)
    questions: tuple[Question, ...] = ()
    due_at: pd.Series | None = None
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name, table in self.parts.items():
            if name not in PARTS:
                raise BadWeek(f"No part {name!r} of a week; there are {', '.join(PARTS)}.")
            missing = [column for column in PARTS[name] if column not in table.columns]
            if missing:
                raise BadWeek(
                    f"Part {name!r} of week {self.week.name} lacks {', '.join(missing)}; it has "
                    f"{', '.join(map(str, table.columns))}."
                )
