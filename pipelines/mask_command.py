"""`otklik mask`: replace personal data in text by typed placeholders."""

import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from otklik.datasets.errors import BadFile

if TYPE_CHECKING:
    from otklik.datasets.masking import Masked

EXAMPLES = 'Example: echo "Звоните, Марина Сергеевна, 8 928 000-11-22" | otklik mask'


def mask(
    file: Annotated[
        Path | None, typer.Argument(help="Text file, UTF-8; without it standard input.")
    ] = None,
    whole: Annotated[
        bool, typer.Option("--whole", help="The input is one message, not one per line.")
    ] = False,
    ner: Annotated[
        bool, typer.Option(help="Let the neural tagger vote on names; slower, finds more.")
    ] = True,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object per message: text and spans.")
    ] = False,
) -> None:
    """Mask names, phones, documents, profiles and flats; one message per line."""
    from otklik.datasets.masking import Masker

    masker = Masker(ner=ner)
    for masked in masker.mask_many(_messages(file, whole=whole)):
        sys.stdout.write((_as_json(masked) if as_json else masked.text) + "\n")


def _messages(file: Path | None, *, whole: bool) -> Iterator[str]:
    if file is None:
        yield from _split(sys.stdin, whole=whole)
        return
    try:
        with file.open(encoding="utf-8-sig") as lines:
            yield from _split(lines, whole=whole)
    except UnicodeDecodeError as error:
        raise BadFile(f"{file}: not UTF-8 at byte {error.start}. Convert it to UTF-8.") from error
    except OSError as error:
        raise BadFile(f"{file}: {error.strerror}.") from error


def _split(lines: Iterable[str], *, whole: bool) -> Iterator[str]:
    if whole:
        yield "".join(lines)
    else:
        for line in lines:
            yield line.rstrip("\r\n")


def _as_json(masked: "Masked") -> str:
    spans = [
        {
            "kind": span.kind,
            "start": span.start,
            "stop": span.stop,
            "placeholder": span.placeholder,
            "masked_start": span.masked_start,
            "masked_stop": span.masked_stop,
        }
        for span in masked.spans
    ]
    return json.dumps({"text": masked.text, "spans": spans}, ensure_ascii=False)
