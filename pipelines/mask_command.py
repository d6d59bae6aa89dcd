"""`otklik mask`: replace personal data in text by typed placeholders."""

import json
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from otklik.pipelines.lines import TextFile, Whole, read_lines

if TYPE_CHECKING:
    from otklik.datasets.masking import Masked

EXAMPLES = 'Example: echo "Звоните, Марина Сергеевна, 8 928 000-11-22" | otklik mask'


def mask(
    file: TextFile = None,
    whole: Whole = False,
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
    for masked in masker.mask_many(read_lines(file, whole=whole)):
        sys.stdout.write((_as_json(masked) if as_json else masked.text) + "\n")


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
