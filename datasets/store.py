"""The store: messages, what people and models say about them, and the imports they came by."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self, Unpack, cast

from sqlalchemy import insert, select, update

from otklik.datasets import migrate, outbox, review_intake, store_judged, store_read, store_save
from otklik.datasets.errors import StoreError
from otklik.datasets.originals import Originals
from otklik.datasets.outbox import Event
from otklik.datasets.records import GivenAnswer, GivenStatus, Label, Message, Prediction
from otklik.datasets.review_intake import NO_OUTCOMES, Outcome
from otklik.datasets.schema import IMPORTS, LABELS, ORIGINALS, PREDICTIONS
from otklik.datasets.settings import Settings
from otklik.datasets.store_engine import Database
from otklik.datasets.store_intake import Intake, Key, Saved
from otklik.datasets.store_read import Filters, Stored
from otklik.datasets.store_said import said_ever

__all__ = ["Filters", "Import", "Intake", "Saved", "Store", "Stored", "open_store"]


@dataclass(frozen=True, slots=True)
class Import:
    """One run of an import; `finished_at` None means that it was cut short or still runs."""

    id: int
    path_name: str
    preset: str
    file_hash: str
    started_at: datetime
    finished_at: datetime | None
    counts: Mapping[str, int] | None


class Store:
    """The database of one city, brought to the current revision when opened.

    Threads may share it; a forked process opens its own.

    Parameters
    ----------
    url : str
        `sqlite:///PATH` (made when missing, with its folder) or `postgresql://USER@HOST/NAME`.
    originals : Originals or None
        Seals unmasked texts; None means that they are not kept.

    Raises
    ------
    StoreError
        The database cannot be reached, is not a database, or is newer than this code. Every
        method raises it when the database refuses; a refused method has changed nothing.

    Examples
    --------
    >>> with Store("sqlite:///var/otklik.db") as store:  # doctest: +SKIP
    ...     for message in store.messages(source="im", unique=True):
    ...         print(message.text)
    На улице Ленина третий день нет воды
    """

    def __init__(self, url: str, *, originals: Originals | None = None) -> None:
        self.database = Database(url)
        self._originals = originals
        try:
            migrate.upgrade(self.database)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close every connection."""
        self.database.close()

    def begin_import(
        self, path_name: str, preset: str, file_hash: str, *, salt_proof: str | None = None
    ) -> int:
        """Note the start of an import.

        Parameters
        ----------
        salt_proof : str or None
            A hash that only the salt of the author keys makes.

        Returns
        -------
        int
            Its number, which every row that it writes carries.

        Raises
        ------
        StoreError
            Earlier imports were made with another salt.
        """
        values = {"path_name": path_name, "preset": preset, "file_hash": file_hash}
        with self.database.writing() as connection:
            proofs = select(IMPORTS.c.salt_proof).where(IMPORTS.c.salt_proof.is_not(None))
            known = connection.scalar(proofs.order_by(IMPORTS.c.id.desc()).limit(1))
            if salt_proof and known and known != salt_proof:
                raise StoreError(
                    "The messages in this store were imported with another salt: with this one "
                    "every author and every row would seem new. Restore the file author_salt "
                    "from the backup, or set OTKLIK_AUTHOR_SALT to what it was."
                )
            row = insert(IMPORTS).values(
                **values, salt_proof=salt_proof, started_at=datetime.now(UTC)
            )
            run_id: int = connection.execute(row.returning(IMPORTS.c.id)).scalar_one()
            return run_id

    def end_import(self, run_id: int, counts: Mapping[str, int]) -> None:
        """Note the end of an import: how many rows were read, stored, rejected and so on."""
        with self.database.writing() as connection:
            connection.execute(
                update(IMPORTS)
                .where(IMPORTS.c.id == run_id)
                .values(finished_at=datetime.now(UTC), counts=dict(counts))
            )

    def imports(self) -> list[Import]:
        """Return every import, the first one first."""
        with self.database.reading() as connection:
            columns = [IMPORTS.c[field.name] for field in fields(Import)]
            found = connection.execute(select(*columns).order_by(IMPORTS.c.id))
            return [Import(*row) for row in found]

    def save(self, batch: Sequence[Intake], *, run_id: int) -> Saved:
        """Write a batch in one transaction; saving it again changes nothing.

        A message is new when its source and external id are; changed when its `source_hash`
        is another one than that of the current version, which then becomes a former version.

        Returns
        -------
        Saved
            What became of the rows.
        """
        with self.database.writing(alone=True) as connection:
            return store_save.save(connection, batch, run_id, self._originals)

    def stored(self, *, batch_size: int = 1000, **filters: Unpack[Filters]) -> Iterator[Stored]:
        """Stream current messages with their ids, in the order of acceptance."""
        return store_read.stream(self.database, batch_size, filters)

    def messages(self, *, batch_size: int = 1000, **filters: Unpack[Filters]) -> Iterator[Message]:
        """Stream current messages, in the order of acceptance; memory holds one batch."""
        return (stored.message for stored in self.stored(batch_size=batch_size, **filters))

    def count(self, **filters: Unpack[Filters]) -> int:
        """Count current messages."""
        with self.database.reading() as connection:
            return store_read.count(connection, filters)

    def count_by_source(self) -> dict[str, int]:
        """Count current messages by source, in the order of their names."""
        with self.database.reading() as connection:
            return store_read.count_by_source(connection)

    def find(self, source: str, external_id: str) -> Stored | None:
        """Return the current version of a message by its name in the source."""
        with self.database.reading() as connection:
            return store_read.find(connection, source, external_id)

    def source_hashes(self, keys: Iterable[Key]) -> dict[Key, str]:
        """Return the `source_hash` of those messages that are stored, by name."""
        with self.database.reading() as connection:
            return store_save.source_hashes(connection, keys)

    def versions(self, message_id: int) -> list[Stored]:
        """Return every version of a message, the current one last."""
        with self.database.reading() as connection:
            return store_read.versions(connection, message_id)

    def original(self, message_id: int, version: int) -> str | None:
        """Return the unmasked text of one version, None when it was not kept.

        Raises
        ------
        StoreError
            The store was opened without the key, or with another one.
        """
        if self._originals is None:
            raise StoreError(
                "Originals are sealed: set OTKLIK_KEEP_ORIGINALS and OTKLIK_ORIGINALS_KEY."
            )
        key = (ORIGINALS.c.message_id == message_id) & (ORIGINALS.c.version == version)
        with self.database.reading() as connection:
            sealed = connection.scalar(select(ORIGINALS.c.sealed).where(key))
        return None if sealed is None else self._originals.unseal(sealed)

    def answers(self, message_id: int) -> list[GivenAnswer]:
        """Return every answer that any version of the message carried, each once."""
        with self.database.reading() as connection:
            return cast(list[GivenAnswer], said_ever(connection, "answers", message_id))

    def statuses(self, message_id: int) -> list[GivenStatus]:
        """Return every status that any version of the message carried, each once."""
        with self.database.reading() as connection:
            return cast(list[GivenStatus], said_ever(connection, "statuses", message_id))

    def add_predictions(
        self,
        predictions: Sequence[Prediction],
        outcomes: Mapping[int, Outcome] = NO_OUTCOMES,
        events: Sequence[Event] = (),
    ) -> None:
        """Append predictions; the database refuses to change or delete one.

        Messages that they leave to people enter the review queue. `outcomes` tells by message id
        what was done on a prediction beside that; `events` tell it outward, if it is kept.
        """
        with self.database.writing() as connection:
            store_judged.append(connection, PREDICTIONS, predictions)
            review_intake.put_in(connection, predictions, outcomes)
            outbox.put(connection, events)

    def predictions(self, message_id: int) -> list[Prediction]:
        """Return every prediction for a message, the first one first."""
        with self.database.reading() as connection:
            return store_judged.predictions(connection, message_id)

    def add_labels(self, labels: Sequence[Label]) -> None:
        """Append labels, which ends a review; the database refuses to change or delete one."""
        with self.database.writing() as connection:
            store_judged.append(connection, LABELS, labels)
            review_intake.take_out(connection, labels)

    def label_history(self, message_id: int, axis: str) -> list[Label]:
        """Return every label of a message on one axis, the latest last."""
        with self.database.reading() as connection:
            return store_judged.label_history(connection, message_id, axis)

    def current_label(self, message_id: int, axis: str) -> Label | None:
        """Return the label that holds: the latest one."""
        return next(reversed(self.label_history(message_id, axis)), None)

    def labelled(self, axis: str) -> Iterator[tuple[str, str, str, str | None]]:
        """Yield masked text, source, latest label and its rubricator of every labelled message."""
        with self.database.reading() as connection:
            yield from store_judged.labelled(connection, axis)

    def remember_rubricator(self, version: str, tree: Mapping[str, Any]) -> None:
        """Keep the words of a rubricator, so that labels stay readable when its file is gone."""
        with self.database.writing(alone=True) as connection:
            store_judged.remember_rubricator(connection, version, tree)

    def rubricators(self, version: str) -> list[dict[str, Any]]:
        """Return every wording of a rubricator that was seen, the latest last."""
        with self.database.reading() as connection:
            return store_judged.rubricators(connection, version)


def open_store(settings: Settings) -> Store:
    """Open the store that the settings name."""
    key = settings.originals_key if settings.keep_originals else None
    originals = Originals(key.get_secret_value()) if key else None
    return Store(settings.database_url, originals=originals)
