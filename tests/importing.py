"""A small importer in a process of its own: `python tests/importing.py URL FIRST LAST STEP BATCH`.

Prints what became of the rows, or the one-line error (exit code 1).
"""

import json
import sys
from dataclasses import asdict

from intakes import make_intake

from otklik.datasets.errors import StoreError
from otklik.datasets.records import GivenAnswer, SourceLabel
from otklik.datasets.store import Saved, Store
from otklik.datasets.store_bulk import chop

LABELS = (SourceLabel("group", "ЖКХ", "im-2026"), SourceLabel("topic", "Вода", "im-2026"))
ANSWERS = (GivenAnswer("Бригада выехала", recipient="Водоканал"),)


def import_rows(url, numbers, batch_rows):
    """Save the rows of these numbers and return what became of them."""
    total = Saved()
    with Store(url) as store:
        run_id = store.begin_import("rows", "im", "0")
        for batch in chop(numbers, batch_rows):
            rows = [make_intake(number, labels=LABELS, answers=ANSWERS) for number in batch]
            total += store.save(rows, run_id=run_id)
        store.end_import(run_id, asdict(total))
    return total


if __name__ == "__main__":
    url, *numbers = sys.argv[1:]
    first, last, step, batch_rows = map(int, numbers)
    try:
        print(json.dumps(asdict(import_rows(url, range(first, last, step), batch_rows))))
    except StoreError as error:
        sys.exit(str(error))
