"""Results of a poll: read from a table, kept, and turned into consensus per statement."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from otklik.datasets.authors import author_key, load_salt
from otklik.datasets.errors import BadFile
from otklik.datasets.masking import Masker
from otklik.datasets.settings import Settings
from otklik.datasets.store_votes import PollVote
from otklik.datasets.tables import read_table
from otklik.pipelines.vote_consensus import Consensus, Tally, consensus

COLUMNS = ("participant", "district", "statement", "vote")
WORDS = {
    "за": 1,
    "да": 1,
    "согласен": 1,
    "1": 1,
    "против": -1,
    "нет": -1,
    "не согласен": -1,
    "-1": -1,
    "воздержался": 0,
    "пропуск": 0,
    "0": 0,
}
UNKNOWN = "район не указан"


@dataclass(frozen=True)
class Result:
    """One statement of a poll.

    Parameters
    ----------
    districts : dict of str to Tally
        By district, sorted.
    """

    statement: str
    districts: dict[str, Tally]
    consensus: Consensus

    @property
    def seen(self) -> int:
        """Who saw the statement."""
        return sum(tally.seen for tally in self.districts.values())


def read_results(path: Path, settings: Settings) -> list[PollVote]:
    """Read a table with the columns participant, district, statement, vote.

    Participants are kept as salted hashes, statements masked. A vote is «за», «против» or
    «воздержался» (also да/нет, 1/-1/0).

    Raises
    ------
    BadFile
        A column is missing, a vote is unknown, a row does not fit; names line and column.
    """
    table = read_table(path)
    missing = [name for name in COLUMNS if name not in table.header]
    if missing:
        raise BadFile(
            f"{path.name} has no column {missing[0]!r}; found {list(table.header)}. "
            f"Needed are {', '.join(COLUMNS)}."
        )
    salt, masker = load_salt(settings), Masker(ner=False)
    masked: dict[str, str] = {}
    votes: dict[tuple[str, str], PollVote] = {}
    for row in table.rows:
        if row.problem is not None:
            raise BadFile(f"{path.name}, line {row.line}: {row.problem}. Correct the row.")
        cells = {name: " ".join(row.values.get(name, "").split()) for name in COLUMNS}
        for name in ("participant", "statement"):
            if not cells[name]:
                raise BadFile(f"{path.name}, line {row.line}, column {name}: empty. Fill it.")
        vote = WORDS.get(cells["vote"].casefold())
        if vote is None:
            raise BadFile(
                f"{path.name}, line {row.line}, column vote: {cells['vote']!r} is none of "
                f"{', '.join(WORDS)}. Correct the cell."
            )
        statement = cells["statement"]
        if statement not in masked:
            masked[statement] = masker.mask(statement).text
        participant = author_key(cells["participant"], salt)
        one = PollVote(participant, masked[statement], cells["district"] or UNKNOWN, vote)
        votes[participant, one.statement] = one
    return list(votes.values())


def results_of(votes: Sequence[PollVote]) -> list[Result]:
    """Statements of a poll, the most agreed first."""
    counted: dict[str, dict[str, list[int]]] = {}
    for vote in votes:
        tally = counted.setdefault(vote.statement, {}).setdefault(vote.district, [0, 0, 0])
        tally[0] += vote.vote == 1
        tally[1] += vote.vote == -1
        tally[2] += 1
    found = []
    for statement, districts in counted.items():
        tallies = {name: Tally(*districts[name]) for name in sorted(districts)}
        found.append(Result(statement, tallies, consensus(tallies)))
    return sorted(found, key=lambda one: (-one.consensus.corrected, one.statement))
