"""From a reading to what the store takes: nothing personal is left when it gets there."""

from dataclasses import dataclass
from datetime import datetime

from otklik.datasets.authors import author_key, load_salt, salted
from otklik.datasets.identities import identity
from otklik.datasets.masking import Masked
from otklik.datasets.records import Message, Prediction, content_hash
from otklik.datasets.review_intake import Outcome
from otklik.datasets.settings import Settings
from otklik.datasets.store_intake import Intake
from otklik.datasets.text_key import text_key
from otklik.models.classifier import GROUP
from otklik.serving.reading import Reading


@dataclass(frozen=True)
class IntakeDesk:
    """Makes intakes; may be shared by threads.

    Parameters
    ----------
    salt : bytes
        Of author keys, see `otklik.datasets.authors`.
    keep_originals : bool
        Hand the unmasked text on, for the sealed table.
    """

    salt: bytes
    keep_originals: bool

    @classmethod
    def open(cls, settings: Settings) -> "IntakeDesk":
        """A desk with the owner's salt.

        Raises
        ------
        BadSettings
            The salt cannot be had.
        """
        return cls(load_salt(settings), settings.keep_originals)

    @property
    def salt_proof(self) -> str:
        """A hash that only this salt makes."""
        return salted("salt", self.salt)

    def key(self, source: str, external_id: str) -> tuple[str, str]:
        """Under which name a message is stored."""
        return source, identity(external_id, self.salt)

    def source_hash(self, given: Message) -> str:
        """What tells a repetition of a message from a change of it."""
        return salted(content_hash(given), self.salt)

    def take(self, given: Message, reading: Reading) -> Intake:
        """A message as the store takes it.

        Parameters
        ----------
        given : Message
            As it came; its hash tells a repetition from a change.
        reading : Reading
            Of its text and place.
        """
        stored = Message(
            source=given.source,
            external_id=identity(given.external_id, self.salt),
            kind=given.kind,
            text=reading.masked.text,
            posted_at=given.posted_at,
            received_at=given.received_at,
            author=author_key(given.author, self.salt) if given.author else None,
            place=reading.given,
            reply_to=identity(given.reply_to, self.salt) if given.reply_to else None,
        )
        return Intake(
            message=stored,
            place=reading.place,
            text_key=text_key(reading.masked.text),
            source_hash=self.source_hash(given),
            mask_spans=spans_of(reading.masked),
            original=given.text if self.keep_originals else None,
        )


def outcome_of(reading: Reading, *, drawn: bool) -> Outcome:
    """What was done with a message: when it is due, and what went out without a person."""
    due = reading.direction.deadline
    if reading.routed is None:
        return Outcome(due_at=due)
    head, label = reading.routed
    axis = "group" if head.endswith(GROUP) else "topic"
    return Outcome(due_at=due, axis=axis, code=label.code, drawn=drawn)


def spans_of(masked: Masked) -> tuple[tuple[str, int, int], ...]:
    """What was masked, in characters of the masked text."""
    return tuple((span.kind, span.masked_start, span.masked_stop) for span in masked.spans)


def prediction_of(
    reading: Reading, message_id: int, latency_ms: float, made_at: datetime
) -> Prediction:
    """A reading as the store keeps it: codes of labels, never their names."""
    return Prediction(
        message_id=message_id,
        model_version=reading.version,
        rubricator=reading.rubricator,
        heads={
            head: tuple((one.code, one.probability) for one in ranked)
            for head, ranked in reading.heads.items()
        },
        prediction_set=tuple(one.code for one in reading.likely.labels),
        decision=reading.action,
        reason=reading.reason,
        latency_ms=latency_ms,
        made_at=made_at,
    )
