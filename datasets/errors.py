"""Errors of the project: nouns, each message says what, where, both values and what to do."""


class OtklikError(Exception):
    """Base of every error that the command line prints in one line with exit code 1."""


class BadFile(OtklikError):
    """A whole file cannot be read: not there, not the named format, no usable columns."""


class BadRow(OtklikError):
    """One row of a file cannot become a message; the rest of the file goes on.

    Parameters
    ----------
    reason : str
        What is wrong and what was expected.
    column : str or None
        Header of the offending column, as it stands in the file.
    value : str or None
        The offending value, as it stands in the file.
    """

    def __init__(self, reason: str, *, column: str | None = None, value: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.column = column
        self.value = value


class BadMapping(OtklikError):
    """A mapping file (TOML) names an unknown key, column or kind."""


class BadRubricator(OtklikError):
    """A rubricator's files contradict themselves; the message names file and line."""


class BadCrosswalk(OtklikError):
    """A crosswalk loses or invents mass, or names a topic that does not exist."""


class UnknownVersion(OtklikError):
    """No rubricator or crosswalk of that version is installed."""


class UnknownTopic(OtklikError):
    """A topic name or code is not in the rubricator."""


class BadGazetteer(OtklikError):
    """A city's place file contradicts itself; the message names file and line."""


class BadSettings(OtklikError):
    """A setting has a value that cannot be used; the message names its variable."""


class BadSplit(OtklikError):
    """A table cannot be split as asked: too few groups, no time, a side without rows."""


class BadBundle(OtklikError):
    """A model bundle is missing, broken, or of another format; the message says how to mend it."""


class MissingExtra(OtklikError):
    """An optional dependency is not installed; the message says which extra brings it."""


class StoreError(OtklikError):
    """The database refused: unreachable, full, read-only, or of an unknown revision."""


class BadCheckpoint(OtklikError):
    """An encoder's folder cannot be used: incomplete, broken, or of an unknown architecture."""


class BadCues(OtklikError):
    """A file of cue phrases contradicts itself; the message names file, entry and value."""


class BadSuite(OtklikError):
    """A table of behaviour lines cannot be used; the message names file and line."""


class NoWeights(OtklikError):
    """The weights of an encoder cannot be had, or are not those that are pinned."""


class WorkerLost(OtklikError):
    """A process that prepares messages has died; the import can be run again."""


class BadRegistry(OtklikError):
    """The registry of models contradicts itself or cannot be reached; says how to mend it."""


class UnknownModel(OtklikError):
    """No registered version of that name, number or alias."""


class NotPromoted(OtklikError):
    """A version may not answer: gates are closed, or there is nothing to return to."""


class BadRoutes(OtklikError):
    """A routing file contradicts itself or leaves a gap; the message names file and lines."""


class NoRoutes(BadRoutes):
    """The city of the settings has no routing file."""


class BadKeys(OtklikError):
    """The file of the interface's keys cannot be used, or has no such key."""


class BadAudit(OtklikError):
    """The audit log was changed; the message names the line."""


class BadWeek(OtklikError):
    """No such week, or none with messages; the message says how a week is written."""


class Contradiction(OtklikError):
    """Two numbers of a report that must agree do not; the message names both and their queries."""


class UntracedNumber(OtklikError):
    """A report would print a numeral that no stored query gives."""


class BadTemplate(OtklikError):
    """A template of a report cannot be used: not a DOCX, or without a style that is needed."""


class NoReport(OtklikError):
    """No such report or no such number in it."""


class LedgerMismatch(OtklikError):
    """The ledger of problems and their state contradict each other; says where."""


class BadProblem(OtklikError):
    """No such problem, or a change that cannot be made to it; says what can be."""


class Busy(OtklikError):
    """Another run of the same kind is under way."""


class JobFailed(OtklikError):
    """A scheduled job failed as often as it may be tried."""
