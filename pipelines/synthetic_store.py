"""A made-up city into a store of its own, the way that an import goes."""

from collections.abc import Callable, Sequence
from pathlib import Path

from sqlalchemy import func, select

from otklik.datasets.errors import BadFile
from otklik.datasets.records import Message
from otklik.datasets.rubricator_versions import load_rubricator
from otklik.datasets.schema import MESSAGES
from otklik.datasets.settings import Settings
from otklik.datasets.store import Saved, Store, open_store
from otklik.datasets.store_bulk import chop
from otklik.pipelines.prepare import Preparer
from otklik.pipelines.workers import prepare_batches

PREFIX = "SYN-"
"""How the ids of made-up messages begin."""
RUN_NAME = "synthetic"
RUBRICATOR = "im-2026"

Advance = Callable[[int], None]


def database_url(place: str) -> str:
    """URL of a store; a plain path means an SQLite file."""
    return place if "://" in place else f"sqlite:///{Path(place)}"


def store_city(
    messages: Sequence[Message],
    place: str,
    settings: Settings,
    *,
    advance: Advance = lambda _rows: None,
) -> Saved:
    """Store made-up messages, masked and resolved; a second time changes nothing.

    Parameters
    ----------
    place : str
        Path or URL of the store, which is made where there is none.
    settings : Settings
        Salt, city and batch size; its own database stays untouched.

    Raises
    ------
    BadFile
        The store holds messages that are not made up: they must never be mixed.
    StoreError
    """
    settings = settings.model_copy(update={"database_url": database_url(place)})
    preparer = Preparer(settings, ner=False)
    saved = Saved()
    with open_store(settings) as store:
        _refuse_real(store)
        topics = load_rubricator(RUBRICATOR).topics
        tree = {topic.code: [topic.group.name, topic.name] for topic in topics}
        store.remember_rubricator(RUBRICATOR, tree)
        run_id = store.begin_import(RUN_NAME, RUN_NAME, RUN_NAME, salt_proof=preparer.keyed("salt"))
        batches = chop(messages, settings.batch_rows)
        for batch in prepare_batches(batches, preparer, settings, ner=False):
            saved += store.save(batch, run_id=run_id)
            advance(len(batch))
        counts = {"read": len(messages), "rejected": 0}
        counts |= {name: getattr(saved, name) for name in saved.__slots__}
        store.end_import(run_id, counts)
    return saved


def _refuse_real(store: Store) -> None:
    real = (
        select(func.count())
        .select_from(MESSAGES)
        .where(~MESSAGES.c.external_id.startswith(PREFIX, autoescape=True))
    )
    with store.database.reading() as connection:
        found = connection.scalar(real) or 0
    if found:
        raise BadFile(
            f"Store {store.database.name} holds {found} messages that are not made up; a made-up "
            "city must not be mixed with them. Name another store."
        )
