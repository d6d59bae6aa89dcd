"""How long a caller would wait for its turn: the header `Prefer: wait=…` (RFC 7240)."""

import re
from typing import Annotated

from fastapi import Header, Request

_WAIT = re.compile(r'(?:^|[,;])\s*wait\s*=\s*"?(\d{1,6})"?\s*(?=[,;]|$)', re.IGNORECASE)

PreferHeader = Annotated[
    str | None,
    Header(
        description="`wait=5`: would rather wait so many seconds for its turn than be refused.",
        examples=["wait=5"],
    ),
]


def patience_s(request: Request, most_s: float) -> float | None:
    """Seconds that a request grants, the most that the settings allow; None: it does not say.

    What cannot be understood is not there, as RFC 7240 has it.
    """
    found = _WAIT.search(request.headers.get("prefer", ""))
    return min(float(found[1]), most_s) if found else None
