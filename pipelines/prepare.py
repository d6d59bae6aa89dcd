"""From a message as it came to a message fit for the store: masked, keyed, resolved."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from otklik.datasets.authors import author_key, load_salt, salted
from otklik.datasets.duplicates import text_key
from otklik.datasets.gazetteer import load_gazetteer
from otklik.datasets.masking import Masked, Masker
from otklik.datasets.places import PlaceFinder
from otklik.datasets.records import Message, Place, content_hash
from otklik.datasets.settings import Settings
from otklik.datasets.store_intake import Intake

AUTHOR_MARK = "[АВТОР]"
PERSON = "ФИО"
# Fewer digits than a phone and no letters: nothing personal fits in.
MIN_DIGITS = 6


class Preparer:
    """Masks and resolves batches of messages; one per process, it holds the models.

    Parameters
    ----------
    settings : Settings
        Names the city and the salt.
    ner : bool
        Let the neural tagger vote on names.
    """

    def __init__(self, settings: Settings, *, ner: bool = True) -> None:
        self._salt = load_salt(settings)
        self._keep_originals = settings.keep_originals
        self._masker = Masker(ner=ner)
        self._places = PlaceFinder(load_gazetteer(settings.city))

    def __call__(self, messages: Sequence[Message]) -> list[Intake]:
        """Prepare a batch, in order."""
        masked = self._mask_all(messages)
        return [self._prepare(message, masked) for message in messages]

    def mask_value(self, value: str) -> str:
        """Mask one cell of a rejected row."""
        return self._masker.mask(value).text

    def _mask_all(self, messages: Iterable[Message]) -> dict[str, Masked]:
        """Mask every distinct string once: most cells of an export repeat in every row."""
        strings = list(
            dict.fromkeys(
                value for message in messages for value in _strings(message) if _may_identify(value)
            )
        )
        return dict(zip(strings, self._masker.mask_many(strings), strict=True))

    def _prepare(self, message: Message, masked: Mapping[str, Masked]) -> Intake:
        structured = {message.external_id, *_names_of_places(message.place)}
        structured |= {label.name for label in message.labels if label.axis != "recipient"}

        def clean(value: str) -> str:
            found = masked.get(value)
            if found is None:
                return value
            # «Грозный г.о.» in its own column is a town, «улица Кадырова» a street.
            if value in structured and all(span.kind == PERSON for span in found.spans):
                return value
            return found.text

        text = masked.get(message.text)
        stored = replace(
            message,
            text=text.text if text else message.text,
            author=author_key(message.author, self._salt) if message.author else None,
            place=_clean_place(message.place, clean),
            labels=tuple(replace(label, name=clean(label.name)) for label in message.labels),
            answers=tuple(replace(answer, text=clean(answer.text)) for answer in message.answers),
            raw={
                name: AUTHOR_MARK if value == message.author else clean(value)
                for name, value in message.raw.items()
            },
        )
        return Intake(
            message=stored,
            place=self._places.resolve(stored.text, stored.place),
            text_key=text_key(stored.text),
            source_hash=salted(content_hash(message), self._salt),
            mask_spans=tuple(
                (span.kind, span.masked_start, span.masked_stop)
                for span in (text.spans if text else ())
            ),
            original=message.text if self._keep_originals else None,
        )


def _strings(message: Message) -> Iterator[str]:
    yield message.text
    yield from message.raw.values()
    yield from (answer.text for answer in message.answers)
    yield from (label.name for label in message.labels)
    yield from _names_of_places(message.place)


def _names_of_places(place: Place) -> Iterator[str]:
    return (value for value in asdict(place).values() if isinstance(value, str))


def _clean_place(place: Place, clean: Callable[[str], str]) -> Place:
    names: dict[str, Any] = {
        key: clean(value) for key, value in asdict(place).items() if isinstance(value, str)
    }
    return replace(place, **names)


def _may_identify(value: str) -> bool:
    return value.upper() != value.lower() or sum(map(str.isdigit, value)) >= MIN_DIGITS
