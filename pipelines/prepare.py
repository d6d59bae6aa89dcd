"""From a message as it came to a message fit for the store: masked, keyed, resolved."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from typing import Any
from unicodedata import is_normalized

from otklik.datasets.authors import author_key, load_salt, salted
from otklik.datasets.clean import clean_html, clean_plain
from otklik.datasets.gazetteer import load_gazetteer
from otklik.datasets.identities import identity
from otklik.datasets.mask_kinds import NAME
from otklik.datasets.masking import Masked, Masker
from otklik.datasets.personal_columns import AUTHOR, placeholder_of
from otklik.datasets.places import PlaceFinder
from otklik.datasets.records import Message, Place, content_hash
from otklik.datasets.rubricator_names import is_rubricator_name
from otklik.datasets.schema import PLACE_FIELDS
from otklik.datasets.settings import Settings
from otklik.datasets.store_intake import Intake
from otklik.datasets.tables import free_name
from otklik.datasets.text_key import text_key

# Fewer digits than a phone and no letters: nothing personal fits in.
MIN_DIGITS = 6
# A street may bear a full name, in the genitive («Абузара Айдамирова»); a resident who was
# written there stands in another case, or with initials («Исаева Роза Умаровна», «Исаева Р.У.»).
_RESIDENT = re.compile(
    r"(?i:(?:[ое]вич(?:у|ем|е)?|[ое]вн(?:а|е|у|ой)|ична)\b)"
    r"|(?!Г\. ?О\.|М\. ?[РО]\.)\b[А-ЯЁ]\. ?[А-ЯЁ]\."
)
# A town may be called as a person is («Калинин», «Грозный г.о.»), by one word.
_AREAS = ("region", "municipality", "settlement", "district")
_WORD = re.compile(r"[^\W\d_]{3,}")


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
        gazetteer = load_gazetteer(settings.city)
        self._masker = Masker(ner=ner, gazetteer=gazetteer)
        self._places = PlaceFinder(gazetteer)

    def __call__(self, messages: Sequence[Message]) -> list[Intake]:
        """Prepare a batch, in order."""
        seen = [replace(message, raw=_visible_cells(message)) for message in messages]
        masked = self._mask_all(seen)
        pairs = zip(messages, seen, strict=True)
        return [self._prepare(message, content_hash(given), masked) for given, message in pairs]

    def mask_value(self, value: str) -> str:
        """Mask one cell of a rejected row."""
        return self._masker.mask(clean_plain(value)).text

    def mask_file_name(self, name: str) -> str:
        """Mask the name of a file: «Жалоба_Исаевой_Розы.xlsx» gives «Жалоба [ФИО].xlsx»."""
        words = name.replace("_", " ")
        masked = self._masker.mask(words).text
        return name if masked == words else masked

    def keyed(self, text: str) -> str:
        """Hash that nobody can guess the text from without the salt."""
        return salted(text, self._salt)

    def _mask_all(self, messages: Iterable[Message]) -> dict[str, Masked]:
        """Strings that hold personal data; each is masked once, most cells repeat in every row."""
        distinct = dict.fromkeys(chain.from_iterable(map(_strings, messages)))
        strings = list(filter(_may_identify, distinct))
        found = zip(strings, self._masker.mask_many(strings), strict=True)
        return {string: masked for string, masked in found if masked.spans}

    def _prepare(self, message: Message, given_hash: str, masked: Mapping[str, Masked]) -> Intake:
        places = _place_names(message.place)
        topics = {label.name for label in message.labels if label.axis != "recipient"}

        def clean(value: str) -> str:
            found = masked.get(value)
            if found is None:
                return value
            innocent = value in places or (value in topics and is_rubricator_name(value))
            if innocent and all(span.kind == NAME for span in found.spans):
                return value
            return found.text

        text = masked.get(message.text, Masked(message.text, ()))
        stored = replace(
            message,
            external_id=identity(message.external_id, self._salt),
            text=text.text,
            author=author_key(message.author, self._salt) if message.author else None,
            place=_clean_place(message.place, clean),
            reply_to=identity(message.reply_to, self._salt) if message.reply_to else None,
            labels=tuple(replace(label, name=clean(label.name)) for label in message.labels),
            answers=tuple(
                replace(
                    answer,
                    text=clean(answer.text),
                    recipient=clean(answer.recipient) if answer.recipient else None,
                )
                for answer in message.answers
            ),
            statuses=tuple(replace(status, name=clean(status.name)) for status in message.statuses),
            raw=_clean_cells(message, clean),
        )
        return Intake(
            message=stored,
            place=self._places.resolve(stored.text, stored.place),
            text_key=text_key(stored.text),
            source_hash=self.keyed(given_hash),
            mask_spans=tuple(
                (span.kind, span.masked_start, span.masked_stop) for span in text.spans
            ),
            original=message.text if self._keep_originals else None,
        )


def _strings(message: Message) -> Iterator[str]:
    yield message.text
    yield from message.raw
    yield from message.raw.values()
    yield from (answer.text for answer in message.answers)
    yield from (answer.recipient for answer in message.answers if answer.recipient)
    yield from (label.name for label in message.labels)
    yield from (status.name for status in message.statuses)
    yield from (value for name in PLACE_FIELDS if (value := getattr(message.place, name)))


def _place_names(place: Place) -> set[str]:
    """Values that look like a person to the masker and are none where they stand."""
    areas = (getattr(place, field) for field in _AREAS)
    names = {name for name in areas if name and len(_WORD.findall(name)) < 2} | {place.street}
    return {name for name in names if name and not _RESIDENT.search(name)}


def _visible_cells(message: Message) -> dict[str, str]:
    """The row as a person sees it: «8&nbsp;928…» hides a phone from the masker only.

    Columns that are personal as a whole are gone behind their placeholder at once.
    """
    cells = {}
    for header, value in message.raw.items():
        shown = placeholder_of(header) or _visible(value)
        cells[header] = AUTHOR if shown.strip() == message.author else shown
    return cells


def _visible(value: str) -> str:
    # Without the apostrophe of exports, the cell of the text is the text: masked once, not twice.
    value = value.removeprefix("'")
    if value[:1] + value[-1:] in ("{}", "[]"):
        # Quoted, a name passes for the title of something.
        value = value.replace('"', "")
    if "<" in value or "&" in value:
        return clean_html(value)
    if value.isprintable() and is_normalized("NFC", value):
        return value
    return clean_plain(value)


def _clean_cells(message: Message, clean: Callable[[str], str]) -> dict[str, str]:
    """Cells under their headers; a header may name a person where a file has none."""
    cells: dict[str, str] = {}
    for header, value in message.raw.items():
        cells[free_name(clean(header), cells)] = clean(value)
    return cells


def _clean_place(place: Place, clean: Callable[[str], str]) -> Place:
    fields: dict[str, Any] = {
        name: clean(value) for name in PLACE_FIELDS if (value := getattr(place, name))
    }
    return replace(place, **fields)


def _may_identify(value: str) -> bool:
    return value.upper() != value.lower() or sum(map(str.isdigit, value)) >= MIN_DIGITS
