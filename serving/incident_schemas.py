"""Mass incidents and planned works in the words of the interface."""

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field
from pydantic import BaseModel as Shown


class PlannedWorkOut(Shown):
    """A work of the calendar."""

    code: str
    starts: AwareDatetime
    ends: AwareDatetime
    notice: str
    words: Annotated[str, Field(description="«плановые работы до 11 июня, 18:00».")]


class IncidentOut(Shown):
    """One event that many tell of."""

    number: Annotated[int, Field(description="Lasting: the number of its first message.")]
    topic: str
    status: Literal["open", "closed"]
    messages: int
    independent: Annotated[int, Field(description="Other persons' own words among them.")]
    first_at: AwareDatetime
    last_at: AwareDatetime
    flagged_at: AwareDatetime
    streets: list[str]
    houses: list[str]
    districts: list[str]
    assets: list[str]
    planned_work: Annotated[
        PlannedWorkOut | None, Field(description="That explains it, by the calendar.")
    ] = None
