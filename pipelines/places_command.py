"""`otklik places`: which street, house, district or asset a text speaks of."""

import json
import sys
from dataclasses import asdict
from typing import Annotated

import typer

from otklik.datasets.records import Place
from otklik.datasets.settings import load_settings
from otklik.pipelines.lines import TextFile, Whole, read_lines

EXAMPLES = 'Example: echo "на сайханова 112 нет воды" | otklik places'
SHOWN = ("settlement", "district", "street", "house", "asset")


def places(
    file: TextFile = None,
    whole: Whole = False,
    city: Annotated[
        str, typer.Option(help="Gazetteer: a shipped name or a file; OTKLIK_CITY by default.")
    ] = "",
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object per message, with offsets.")
    ] = False,
) -> None:
    """Find the place of each message, in normal form; one message per line."""
    from otklik.datasets.gazetteer import load_gazetteer
    from otklik.datasets.places import PlaceFinder

    finder = PlaceFinder(load_gazetteer(city or load_settings().city))
    for text in read_lines(file, whole=whole):
        place = {
            key: value for key, value in asdict(finder.resolve(text, Place())).items() if value
        }
        if as_json:
            found = [asdict(item) for item in finder.find(text)]
            line = json.dumps({"place": place, "found": found}, ensure_ascii=False)
        else:
            line = ", ".join(str(place[key]) for key in SHOWN if key in place)
        sys.stdout.write(line + "\n")
