"""The facts of one scope of a week, the city or a sector, by what they say."""

from otklik.pipelines.fact_base import Evidence, quoted
from otklik.pipelines.facts import Fact, FactBook, Kind
from otklik.pipelines.week import Week
from otklik.pipelines.week_counts import CITY
from otklik.pipelines.week_expected import WEEKS
from otklik.pipelines.week_quality import AUTO
from otklik.pipelines.week_tables import NOTICED

_WHERE = {
    "received": "week = {week}",
    "answered": "answered_week = {week}",
    "due": "due_week = {week}",
    "late": "due_week = {week} AND late = 1",
    "overdue": "overdue = 1",
    "waiting": "answered_at IS NULL",
    "waited": "week < {week} AND (answered_week IS NULL OR answered_week = {week})",
}
CLOSED = "closed"
VERDICTS = {
    "above": "больше ожидаемого",
    "below": "меньше ожидаемого",
    "within": "в пределах ожидаемого",
    "few": "сообщений мало, выводов не делаем",
    None: "сравнить не с чем",
}


class Scope:
    """Asks the stored week about one scope.

    Parameters
    ----------
    book : FactBook
        Of the report that is written.
    week : Week
        The week.
    scope : str
        A group, or "" for the whole city.
    """

    def __init__(self, book: FactBook, week: Week, scope: str = CITY) -> None:
        self.book = book
        self.week = week
        self.scope = scope
        self.name = quoted(week.name)
        self.inside = "" if scope == CITY else f'"group" = {quoted(scope)} AND '

    @property
    def evidence(self) -> Evidence:
        """The stored week."""
        return self.book.evidence

    def about(self, key: str) -> Fact:
        """What is said of the week itself: "days", "city", "last_day"."""
        return self.book.text(f"SELECT value FROM week WHERE key = {quoted(key)}")

    def where(self, name: str) -> str:
        """Condition on messages that a number of `indicators` counts."""
        return self.inside + _WHERE[name].format(week=self.name)

    def observed(self, name: str) -> Fact:
        """A number of `indicators`: "received", "answered", "due", "late", "overdue"."""
        return self.book.count(
            f"SELECT observed FROM indicators WHERE {self._row(name)}",
            f"SELECT id FROM messages WHERE {self.where(name)}",
        )

    def expected(self, name: str) -> Fact:
        """What was expected of it, with its interval; the messages are those of the past weeks."""
        column = "answered_week" if name == "answered" else "week"
        column = "due_week" if name == "late" else column
        return self.book.fact(
            Kind.EXPECTED,
            f"SELECT expected, low, high FROM indicators WHERE {self._row(name)}",
            f"SELECT id FROM messages WHERE {self.inside}{self.past(column)}",
        )

    @property
    def has_terms(self) -> bool:
        """Whether anybody knows by when anything must be answered."""
        return self.evidence.row("SELECT count(due_at) FROM messages") != (0,)

    @property
    def has_answers(self) -> bool:
        """Whether any source tells of answers."""
        return self.evidence.row("SELECT count(answered_at) FROM messages") != (0,)

    @property
    def has_authors(self) -> bool:
        """Whether sources name the authors of messages."""
        where = f"{self.inside}week = {self.name}"
        (named,) = self.evidence.row(f"SELECT count(author) FROM messages WHERE {where}")
        return bool(named)

    def verdict(self, name: str) -> str:
        """Where it lies, in words."""
        (found,) = self.evidence.row(f"SELECT verdict FROM indicators WHERE {self._row(name)}")
        return VERDICTS[found if isinstance(found, str) else None]

    def is_above(self, name: str) -> bool:
        """Whether it is above its interval."""
        return self.verdict(name) == VERDICTS["above"]

    def past(self, column: str = "week") -> str:
        """Condition for the weeks that the expectation was learned from."""
        first = quoted(self.week.back(WEEKS).name)
        return f"{column} >= {first} AND {column} < {self.name}"

    def received(self, condition: str) -> Fact:
        """Messages of the week that meet a condition."""
        return self.book.counted(f"{self.inside}week = {self.name} AND {condition}")

    def voices(self, members: str) -> str:
        """Query of the week's messages among some, copies aside.

        Parameters
        ----------
        members : str
            Query of one column of ids.
        """
        return (
            f"SELECT id FROM messages WHERE week = {self.name} AND duplicate_of IS NULL "
            f"AND id IN ({members})"
        )

    def noticed(self, members: str, owner: str) -> str:
        """Condition that enough messages of the week are behind a problem or an incident.

        Parameters
        ----------
        members, owner : str
            Table of its messages, and the column of its number in both tables.
        """
        theirs = (
            f"SELECT m.{owner} FROM {members} m JOIN messages x ON x.id = m.message_id "
            f"WHERE x.week = {self.name} AND x.duplicate_of IS NULL GROUP BY m.{owner} "
            f"HAVING count(*) >= {NOTICED}"
        )
        return f"{owner} IN ({theirs})"

    def problems(self, change: str) -> Fact:
        """How many problems the week has "born", "grown" or "reopened", if noticed, or "closed"."""
        condition = f"{self.inside}change = {quoted(change)}"
        if change != CLOSED:
            condition += f" AND {self.noticed('problem_messages', 'number')}"
        return self.book.number(
            f"SELECT count(*) FROM problems WHERE {condition}",
            "SELECT message_id FROM problem_messages WHERE number IN "
            f"(SELECT number FROM problems WHERE {condition})",
        )

    def has(self, table: str) -> bool:
        """Whether that part of the week is there at all."""
        query = f"SELECT count(*) FROM sqlite_master WHERE name = {quoted(table)}"
        return self.evidence.row(query) != (0,)

    def quality(self, name: str) -> Fact:
        """A number of the automatic routing: "routed", "auto", "checked", "wrong", "corrected"."""
        conditions = {
            "routed": "1",
            "auto": f"decision = {quoted(AUTO)}",
            "corrected": "corrected <> predicted",
            "checked": f"decision = {quoted(AUTO)} AND corrected IS NOT NULL",
            "wrong": f"decision = {quoted(AUTO)} AND corrected <> predicted",
        }
        return self.book.count(
            f"SELECT {name} FROM quality WHERE scope = {quoted(self.scope)}",
            f"SELECT message_id FROM routed WHERE {conditions[name]} AND message_id IN "
            f"(SELECT id FROM messages WHERE {self.inside}week = {self.name})",
        )

    def quality_share(self, name: str) -> Fact:
        """A share of the automatic routing with its interval: "auto" or "error"."""
        columns = "auto_share, auto_low, auto_high" if name == "auto" else (
            "error, error_low, error_high"
        )  # fmt: skip
        return self.book.fact(
            Kind.SHARE,
            f"SELECT {columns} FROM quality WHERE scope = {quoted(self.scope)}",
            f"SELECT id FROM messages WHERE {self.inside}week = {self.name}",
        )

    def caveat(self, name: str, condition: str) -> Fact:
        """A number of `caveats`, and the condition that it counts."""
        return self.book.count(
            f"SELECT observed FROM caveats WHERE scope = {quoted(self.scope)} "
            f"AND name = {quoted(name)}",
            f"SELECT id FROM messages WHERE {self.inside}week = {self.name} AND {condition}",
        )

    def _row(self, name: str) -> str:
        return f"scope = {quoted(self.scope)} AND name = {quoted(name)}"
