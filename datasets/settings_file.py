"""A settings file in TOML, read into a pydantic model; whatever is wrong names file and key."""

from pathlib import Path
from tomllib import TOMLDecodeError, load
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from otklik.datasets.errors import BadSettings

M = TypeVar("M", bound=BaseModel)


def read_settings_file(path: Path, model: type[M]) -> M:
    """Read and check a file.

    Raises
    ------
    BadSettings
        No such file, not TOML, an unknown key or a wrong value; the message names the key.
    """
    try:
        with path.open("rb") as file:
            return model.model_validate(load(file))
    except OSError as error:
        raise BadSettings(f"{path} cannot be read: {error.strerror}. Name another file.") from error
    except (TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadSettings(f"{path.name} is not valid TOML in UTF-8: {error}.") from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = ".".join(map(str, first["loc"])) or "the whole"
        raise BadSettings(
            f"{path.name}, key {key!r}: {first['msg']} (given: {first['input']!r:.80})."
        ) from error
