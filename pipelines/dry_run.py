"""What an import would do, told without doing it."""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from otklik.datasets.settings import Settings
from otklik.datasets.store import Store, open_store
from otklik.datasets.store_intake import Intake, Key, Saved


class Comparison:
    """Compares batches with the store and with the batches before; stores nothing.

    Duplicates of texts are not looked for: that needs the store's own index.

    Parameters
    ----------
    store : Store or None
        See `existing_store`.
    """

    def __init__(self, store: Store | None) -> None:
        self._store = store
        self._seen: dict[Key, str] = {}

    def compare(self, batch: Sequence[Intake]) -> Saved:
        """Say what saving this batch next would do."""
        if self._store is not None:
            new = [intake.key for intake in batch if intake.key not in self._seen]
            self._seen |= self._store.source_hashes(new)
        stored = changed = 0
        for intake in batch:
            known = self._seen.get(intake.key)
            stored += known is None
            changed += known not in (None, intake.source_hash)
            self._seen[intake.key] = intake.source_hash
        return Saved(stored, changed, len(batch) - stored - changed)


def existing_store(settings: Settings) -> AbstractContextManager[Store | None]:
    """The store, or None where opening it would create it."""
    scheme, _, path = settings.database_url.partition(":///")
    if scheme.startswith("sqlite") and not Path(path).is_file():
        return nullcontext()
    return open_store(settings)
