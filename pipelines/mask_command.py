"""`otklik mask`: replace personal data in text by typed placeholders."""

import json
import sys
from dataclasses import asdict
from typing import Annotated

import typer

from otklik.pipelines.lines import TextFile, Whole, read_lines

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
    from otklik.datasets.gazetteer import load_gazetteer
    from otklik.datasets.masking import Masker
    from otklik.datasets.settings import load_settings

    masker = Masker(ner=ner, gazetteer=load_gazetteer(load_settings().city))
    for masked in masker.mask_many(read_lines(file, whole=whole)):
        line = json.dumps(asdict(masked), ensure_ascii=False) if as_json else masked.text
        sys.stdout.write(line + "\n")
