"""A place as a source gives it, without what a resident wrote into its fields."""

import re
from dataclasses import replace
from typing import Any

from otklik.datasets.mask_kinds import NAME
from otklik.datasets.masking import Masker
from otklik.datasets.records import Place
from otklik.datasets.schema import PLACE_FIELDS

# A street or a town may bear a person's name; a resident who was written there is told by a
# patronymic («Исаева Роза Умаровна») or by initials («Исаева Р.У.»).
_RESIDENT = re.compile(
    r"(?i:(?:[ое]вич(?:у|ем|е)?|[ое]вн(?:а|е|у|ой)|ична)\b)|\b[А-ЯЁ]\. ?[А-ЯЁ]\."
)
_NAMED_AFTER = frozenset({"region", "municipality", "settlement", "district", "street"})


def mask_place(place: Place, masker: Masker) -> Place:
    """A place without personal data: «Мира, кв. 7, 8 928 000-11-22» → «Мира, [КВАРТИРА]…».

    «Хусейна Исаева» stays, as the name of a street.
    """
    names = [name for name in PLACE_FIELDS if getattr(place, name)]
    if not names:
        return place
    fields: dict[str, Any] = {}
    given = [str(getattr(place, name)) for name in names]
    for name, value, masked in zip(names, given, masker.mask_many(given), strict=True):
        only_names = all(span.kind == NAME for span in masked.spans)
        innocent = name in _NAMED_AFTER and only_names and not _RESIDENT.search(value)
        fields[name] = value if innocent else masked.text
    return replace(place, **fields)
