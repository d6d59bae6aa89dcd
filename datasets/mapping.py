"""A mapping: which columns of a table make which field of a message; a TOML file."""

import re
import tomllib
import unicodedata
from collections.abc import Sequence
from datetime import datetime
from itertools import zip_longest
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from otklik.datasets.dates import load_zone
from otklik.datasets.errors import BadMapping, BadSettings
from otklik.datasets.records import Kind

SHIPPED = Path(__file__).with_name("mappings")

Names = tuple[Annotated[str, Field(min_length=1)], ...]
"""Headers that one field may stand under; the first that is filled in a row wins."""


def header_key(name: str) -> str:
    """Key under which spellings of one header meet.

    «Дата  создания», «ДАТА СОЗДАНИЯ:» and «Датасоздания» are one; «Отчёт» and «Отчет» too.
    """
    folded = unicodedata.normalize("NFKC", name).casefold().replace("ё", "е")
    return re.sub(r"[\W_]+", "", folded)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Columns(_Strict):
    """Headers of the plain fields.

    `identity` names the columns that make a row without an id the row it is; none means all of
    them, so the same row twice is the same message and a changed one is another.
    """

    text: Annotated[Names, Field(min_length=1)]
    id: Names = ()
    identity: Names = ()
    posted_at: Names = ()
    received_at: Names = ()
    author: Names = ()
    reply_to: Names = ()


class PlaceColumns(_Strict):
    """Headers of the place. `address` is one line; it gives street and house where they lack."""

    region: Names = ()
    municipality: Names = ()
    settlement: Names = ()
    district: Names = ()
    street: Names = ()
    house: Names = ()
    asset: Names = ()
    address: Names = ()
    latitude: Names = ()
    longitude: Names = ()


class KindBy(_Strict):
    """How the message was filed, by the value of a column; an empty cell means the usual kind.

    A filled cell that `values` does not know is a refused row: 59-ФЗ is not to be guessed.
    """

    columns: Annotated[Names, Field(min_length=1)]
    values: Annotated[dict[str, Kind], Field(min_length=1)]


class LabelColumns(_Strict):
    """A label that the source assigned."""

    axis: Literal["topic", "group", "recipient"]
    columns: Annotated[Names, Field(min_length=1)]
    rubricator: str | None = None


class AnswerColumns(_Strict):
    """An official reply in the same row."""

    text: Annotated[Names, Field(min_length=1)]
    answered_at: Names = ()
    recipient: Names = ()
    stage: str = "answer"


class StatusColumns(_Strict):
    """A state of the work."""

    name: Annotated[Names, Field(min_length=1)]
    at: Names = ()


class Mapping(_Strict):
    """How a table is read.

    Parameters
    ----------
    name : str
        Name of the mapping; told in summaries.
    source : str
        `Message.source` of every row.
    kind : Kind
        How its rows are filed, where `kind_by` says nothing else.
    text_format : str
        "social" (VK markup, `<br>`), "html" or "plain".
    timezone : str or None
        IANA zone of times that carry none; None leaves it to the settings.
    date_formats : tuple of str
        `strptime` formats beyond those that `dates.parse_moment` knows.
    date_required : bool
        A row without a readable `posted_at` is refused.
    answers_only : bool
        Rows are official answers; `columns.id` names the message of the same source that each
        belongs to.
    """

    name: str
    source: Annotated[str, Field(min_length=1)]
    kind: Kind
    text_format: Literal["social", "html", "plain"] = "plain"
    timezone: str | None = None
    date_formats: tuple[str, ...] = ()
    date_required: bool = False
    answers_only: bool = False
    columns: Columns
    place: PlaceColumns = PlaceColumns()
    kind_by: KindBy | None = None
    labels: tuple[LabelColumns, ...] = ()
    answers: tuple[AnswerColumns, ...] = ()
    statuses: tuple[StatusColumns, ...] = ()

    @field_validator("timezone")
    @classmethod
    def _check_zone(cls, name: str | None) -> str | None:
        if name is not None:
            try:
                load_zone(name)
            except BadSettings as error:
                raise ValueError(str(error)) from error
        return name

    @field_validator("date_formats")
    @classmethod
    def _check_formats(cls, formats: tuple[str, ...]) -> tuple[str, ...]:
        sample = datetime(2026, 2, 3, 4, 5, 6)
        for form in formats:
            try:
                datetime.strptime(sample.strftime(form), form)
            except ValueError as error:
                raise ValueError(f"{form!r} is no strptime format: {error}") from error
        return formats

    @model_validator(mode="after")
    def _check_date(self) -> Self:
        if self.date_required and not self.columns.posted_at:
            raise ValueError("date_required is on but columns.posted_at names no header")
        if self.answers_only and not (self.columns.id and self.answers):
            raise ValueError("answers_only is on but columns.id or [[answers]] is missing")
        return self

    def is_header(self, cells: Sequence[str]) -> bool:
        """Whether these cells are the header: the text has its column among them."""
        wanted = {header_key(name) for name in self.columns.text}
        return any(header_key(cell) in wanted for cell in cells)


def mapping_names() -> list[str]:
    """Shipped mappings, sorted."""
    return sorted(path.stem for path in SHIPPED.glob("*.toml"))


def load_mapping(name_or_path: str | Path) -> Mapping:
    """Read a shipped mapping by name (`im`, `pos`, …) or any mapping by the path of its file.

    Raises
    ------
    BadMapping
        No such mapping, not TOML, an unknown key or value; names file, line and key.
    """
    path = SHIPPED / f"{name_or_path}.toml"
    if str(name_or_path) not in mapping_names():
        path = Path(name_or_path)
    try:
        text = path.read_text(encoding="utf-8")
        return Mapping.model_validate({"name": path.stem, **tomllib.loads(text)})
    except OSError as error:
        raise BadMapping(
            f"No mapping {str(name_or_path)!r}: shipped are {', '.join(mapping_names())}; "
            "anything else is the path of a TOML file."
        ) from error
    except UnicodeDecodeError as error:
        raise BadMapping(f"{path.name} is not UTF-8: {error}. Save it as UTF-8.") from error
    except tomllib.TOMLDecodeError as error:
        raise BadMapping(f"{path.name} is not valid TOML: {error}.") from error
    except ValidationError as error:
        raise BadMapping(_complaint(path, text, error)) from error


def _complaint(path: Path, text: str, error: ValidationError) -> str:
    # A misspelt key is also a missing one: the first is what to mend.
    first = min(error.errors(), key=lambda found: found["type"] != "extra_forbidden")
    loc, message = first["loc"], first["msg"]
    if first["type"] == "extra_forbidden":
        message = "unknown key"
    key = ".".join(map(str, loc)) or "the whole"
    given = f" (given: {first['input']!r:.80})" if loc and first["type"] != "missing" else ""
    return f"{path.name}, line {_line_of(text, loc)}, {key}: {message}{given}."


def _line_of(text: str, loc: tuple[int | str, ...]) -> int:
    """Line of the value that `loc` leads to, from 1; of its nearest table where it has none."""
    lines = text.splitlines()
    line = 0
    for part, following in zip_longest(loc, loc[1:]):
        if isinstance(part, int):
            continue
        name = rf"[\"']?{re.escape(part)}[\"']?"
        pattern = re.compile(rf"\s*(?:\[(?:\w+\.)*{name}\]|\[\[{name}\]\]|{name}\s*=)")
        found = [at for at in range(line, len(lines)) if pattern.match(lines[at])]
        if found:
            line = found[0]
            if isinstance(following, int) and lines[line].startswith("[["):
                line = found[following]
    return line + 1
