"""How fast the store takes messages in: `python benchmarks/store.py [--json] [--postgresql URL]`.

Batches of 2,000 out of 100,000 messages with texts of about 300 characters and ten raw fields;
the same batches again, which changes nothing; and the same messages with two source labels each.
The rival is the ORM used the obvious way: look the message up, add it, flush; one commit per
batch. It gets fewer rows.
"""

import argparse
import hashlib
import json
import random
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session, registry

from otklik.datasets.records import Kind, Message, Place, SourceLabel
from otklik.datasets.schema import MESSAGES
from otklik.datasets.store import Intake, Store
from otklik.datasets.store_bulk import chop
from otklik.datasets.store_intake import Version, message_columns

BATCH = 2_000
RIVAL_ROWS = 6_000
WORDS = """
на улице во дворе третий день нет воды света тепла не вывозят мусор яма дорога автобус
остановка школа садик поликлиника очередь подъезд крыша течёт фонарь не горит собаки
парковка снег лёд тротуар прошу принять меры когда сделают ответьте пожалуйста жители дома
"""


LABELS = (
    SourceLabel("group", "ЖКХ", "im-2026"),
    SourceLabel("topic", "Отсутствие воды", "im-2026"),
)


def make_intakes(rows: int, labels: tuple[SourceLabel, ...]) -> Iterator[Intake]:
    """Messages that look like an export of Incident Management."""
    rng = random.Random(7)
    words = WORDS.split()
    start = datetime(2025, 1, 1, tzinfo=UTC)
    for number in range(rows):
        text = " ".join(rng.choices(words, k=46))
        posted_at = start + timedelta(minutes=number)
        raw = {f"Поле {name}": " ".join(rng.choices(words, k=3)) for name in range(10)}
        message = Message(
            source="im",
            external_id=f"{number:09d}",
            kind=Kind.MESSAGE,
            text=text,
            posted_at=posted_at,
            author=hashlib.blake2b(b"%d" % (number % 999), digest_size=16).hexdigest(),
            labels=labels,
            raw=raw,
        )
        digest = hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
        place = Place(district="Висаитовский", street="Ленина", street_key="ленина|улица")
        yield Intake(message, place, text_key=digest, source_hash=digest)


def measure(
    take: Callable[[list[Intake]], object], rows: int, labels: tuple[SourceLabel, ...] = ()
) -> dict[str, int]:
    """Rows per second of wall time, and of this process's own CPU time; making them is free."""
    wall = cpu = 0.0
    for batch in chop(make_intakes(rows, labels), BATCH):
        wall, cpu = wall - time.perf_counter(), cpu - time.process_time()
        take(batch)
        wall, cpu = wall + time.perf_counter(), cpu + time.process_time()
    return {"per_s": round(rows / wall), "per_cpu_s": round(rows / cpu)}


class OneByOne:
    """The rival."""

    def __init__(self, store: Store, run_id: int) -> None:
        self.database, self.run_id, self.number = store.database, run_id, 0
        self.row_class = type("MessageRow", (), {})
        registry().map_imperatively(self.row_class, MESSAGES)

    def save(self, batch: list[Intake]) -> None:
        columns = MESSAGES.c
        with self.database.writing() as connection, Session(connection) as session:
            for intake in batch:
                named = (columns.source == intake.message.source) & (
                    columns.external_id == intake.message.external_id
                )
                if session.scalar(select(self.row_class).where(named)) is None:
                    session.add(self.make_row(intake))
                    session.flush()
            session.commit()

    def make_row(self, intake: Intake) -> object:
        self.number += 1
        version = Version(self.number, 1, intake)
        now = datetime.now(UTC)
        row = self.row_class()
        for name, (value,) in message_columns([version], self.run_id, now).items():
            setattr(row, name, value)
        row.received_at, row.dated_at = now, intake.message.posted_at
        return row


def compare(urls: Sequence[str], rows: int) -> dict[str, object]:
    with Store(urls[0]) as store:
        take = partial(store.save, run_id=store.begin_import("plain", "im", "0"))
        first, again = measure(take, rows), measure(take, rows)
        started = time.process_time()
        for _ in store.messages():
            pass
        read = {"per_cpu_s": round(rows / (time.process_time() - started))}
    with Store(urls[1]) as store:
        take = partial(store.save, run_id=store.begin_import("labels", "im", "0"))
        with_labels = measure(take, rows, LABELS)
    with Store(urls[2]) as store:
        rival = measure(OneByOne(store, store.begin_import("rival", "im", "0")).save, RIVAL_ROWS)
    return {
        "save": first,
        "save_again": again,
        "save_with_labels": with_labels,
        "read": read,
        "orm_one_by_one": rival,
        "ratio_to_orm": round(first["per_cpu_s"] / rival["per_cpu_s"], 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--postgresql", nargs=3, metavar="URL", help="three empty databases")
    options = parser.parse_args()
    results = {}
    with tempfile.TemporaryDirectory() as folder:
        urls = [f"sqlite:///{Path(folder) / name}.db" for name in ("plain", "labels", "rival")]
        results["sqlite"] = compare(urls, options.rows)
    if options.postgresql:
        results["postgresql"] = compare(options.postgresql, options.rows)
    if options.json:
        print(json.dumps(results, indent=2))
        return
    for name, figures in results.items():
        print(name)
        for what, value in figures.items():
            print(f"  {what:16} {value}")


if __name__ == "__main__":
    main()
