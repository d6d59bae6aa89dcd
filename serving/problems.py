"""Refusals on the wire: application/problem+json (RFC 9457) in Russian or English."""

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from otklik.datasets.errors import OtklikError
from otklik.datasets.schema import storable
from otklik.serving import problem_cases
from otklik.serving.desk_cases import DESK_CASES
from otklik.serving.problem_cases import Language

CASES = problem_cases.CASES | DESK_CASES
MEDIA = "application/problem+json"
SHOWN_CHARS, MESSAGE_CHARS = 120, 600
MOST_ERRORS = 20
_BY_STATUS = {400: "bad_json", 404: "not_found", 405: "method_not_allowed", 413: "body_too_large"}
_TAGS = frozenset({"message", "batch"})  # of the union of bodies, nothing a caller wrote

# pydantic's kinds of errors, for staff; the rest falls back to «значение не подходит»
_RUSSIAN = {
    "missing": "поле обязательно",
    "extra_forbidden": "такого поля нет",
    "string_type": "нужна строка",
    "string_unicode": "строка — не UTF-8",
    "string_too_short": "строка короче {min_length}",
    "string_too_long": "строка длиннее {max_length} символов",
    "string_pattern_mismatch": "строка не того вида",
    "too_short": "нужно не меньше {min_length}",
    "too_long": "нужно не больше {max_length}",
    "int_parsing": "нужно целое число",
    "int_type": "нужно целое число",
    "float_parsing": "нужно число",
    "float_type": "нужно число",
    "bool_parsing": "нужно true или false",
    "bool_type": "нужно true или false",
    "greater_than_equal": "нужно не меньше {ge}",
    "less_than_equal": "нужно не больше {le}",
    "literal_error": "нужно одно из: {expected}",
    "enum": "нужно одно из: {expected}",
    "timezone_aware": "нужен часовой пояс",
    "model_attributes_type": "нужен объект",
    "model_type": "нужен объект",
    "list_type": "нужен список",
    "datetime_parsing": "нужны дата и время по ISO 8601",
    "datetime_from_date_parsing": "нужны дата и время по ISO 8601",
}


class Problem(OtklikError):
    """A request that is refused.

    Parameters
    ----------
    code : str
        One of `CASES`.
    field, value
        What of the request is meant, and as what it came.
    retry_after_s : int or None
        Seconds after which to try again.
    values
        For the template of the details.
    """

    def __init__(
        self,
        code: str,
        *,
        field: str | None = None,
        value: object = None,
        retry_after_s: int | None = None,
        **values: object,
    ) -> None:
        super().__init__(code)
        self.code, self.field, self.value = code, field, value
        self.retry_after_s = retry_after_s
        self.values = values

    @property
    def status(self) -> int:
        """HTTP status."""
        return CASES[self.code].status


def language_of(accepted: str) -> Language:
    """Language of an Accept-Language header; Russian unless English is wanted more.

    Examples
    --------
    >>> language_of("en-GB,en;q=0.9,ru;q=0.8"), language_of("de"), language_of("")
    ('en', 'ru', 'ru')
    """
    wanted = {"ru": 0.0, "en": 0.0}
    for part in accepted.split(",")[:20]:
        name, _, weight = part.partition(";")
        short = name.strip().lower()[:2]
        if short in wanted:
            wanted[short] = max(wanted[short], _weight(weight))
    return "en" if wanted["en"] > wanted["ru"] else "ru"


def _weight(text: str) -> float:
    try:
        return float(text.strip().removeprefix("q=") or 1)
    except ValueError:
        return 0.0


def problem_response(
    problem: Problem,
    language: Language,
    *,
    errors: Sequence[Mapping[str, object]] = (),
) -> JSONResponse:
    """A refusal as a response."""
    case = CASES[problem.code]
    words = case.words(language)
    values = {
        name: shown(value, MESSAGE_CHARS if name == "message" else SHOWN_CHARS)
        for name, value in problem.values.items()
    }
    if problem.retry_after_s is not None:
        values.setdefault("seconds", problem.retry_after_s)
    body: dict[str, Any] = {
        "type": f"urn:otklik:problem:{problem.code}",
        "title": words.title,
        "status": case.status,
        "code": problem.code,
        "detail": words.detail.format(**values),
        "action": words.action.format(**values),
    }
    if problem.field is not None:
        body |= {"field": problem.field, "value": shown(problem.value)}
    if errors:
        body["errors"] = list(errors)
    headers = {"Content-Language": language, "Vary": "Accept-Language"}
    if problem.retry_after_s is not None:
        headers["Retry-After"] = str(problem.retry_after_s)
    if case.status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="otklik"'
    return JSONResponse(body, case.status, headers, MEDIA)


def shown(value: object, most: int = SHOWN_CHARS) -> object:
    """A value as an answer may repeat it: short, and always JSON in UTF-8."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value if abs(value) < 1 << 53 else "…"
    if isinstance(value, float | str):
        text = storable(str(value))
        return text if len(text) <= most else text[:most] + "…"
    return type(value).__name__


def of_validation(error: RequestValidationError, language: Language) -> JSONResponse:
    """What pydantic or FastAPI found wrong with a request."""
    found = list(error.errors())[:MOST_ERRORS]
    if any(one["type"] == "json_invalid" for one in found):
        return problem_response(Problem("bad_json"), language)
    errors = [
        {"field": _field(one["loc"]), "value": _given(one), "message": _message(one, language)}
        for one in found
    ]
    first = errors[0]
    problem = Problem(
        "invalid",
        field=str(first["field"]),
        value=first["value"],
        message=f"{first['field']}: {first['message']}",
    )
    return problem_response(problem, language, errors=errors)


def _field(loc: Sequence[int | str]) -> str:
    return ".".join(str(shown(part)) for part in loc if part not in _TAGS) or "body"


def _given(one: Mapping[str, Any]) -> object:
    return None if one["type"] == "missing" else shown(one.get("input"))


def _message(one: Mapping[str, Any], language: Language) -> str:
    if language == "en":
        return str(shown(one["msg"]))
    template = _RUSSIAN.get(one["type"], "значение не подходит")
    values = {name: shown(value) for name, value in (one.get("ctx") or {}).items()}
    try:
        return template.format(**values)
    except (KeyError, IndexError):
        return "значение не подходит"


def allowed_methods(request: Request) -> list[str]:
    """Methods that the path of a request takes, by all routes of it."""
    path = request.scope["path"]
    return sorted(
        {
            method
            for pattern, methods in request.app.state.methods
            if pattern.match(path)
            for method in methods
        }
    )


async def answer_problem(request: Request, error: Exception) -> JSONResponse:
    """Exception handler: whatever is raised for a caller becomes a problem."""
    language = language_of(request.headers.get("accept-language", ""))
    if isinstance(error, Problem):
        return problem_response(error, language)
    if isinstance(error, RequestValidationError):
        return of_validation(error, language)
    status = error.status_code if isinstance(error, HTTPException) else 500
    problem = Problem(
        _BY_STATUS.get(status, "fault"),
        what=request.scope["path"],
        method=request.method,
        limit="",
        fault=str(status),
    )
    response = problem_response(problem, language)
    if isinstance(error, HTTPException) and error.headers:
        response.headers.update(error.headers)
    if status == 405:  # the framework names the methods of the first route of a path only
        response.headers["Allow"] = ", ".join(allowed_methods(request))
    return response
