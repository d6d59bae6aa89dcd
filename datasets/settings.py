"""Settings: `OTKLIK_*` variables first, then the TOML file that `OTKLIK_CONFIG` names."""

import os
from collections.abc import Iterable
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from tomllib import TOMLDecodeError

from pydantic import Field, SecretStr, ValidationError, model_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from otklik.datasets.errors import BadSettings

PREFIX = "OTKLIK_"
DEFAULT_CONFIG = "otklik.toml"
IN_MEMORY = ("sqlite://", "sqlite:///", "sqlite:///:memory:")


class Settings(BaseSettings):
    """Everything an owner may set; nothing is created or opened when it is read.

    Parameters
    ----------
    var : Path
        The data folder: database, rejected rows, models, reports.
    database_url : str
        SQLAlchemy URL; empty means SQLite in `var`.
    city : str
        Name of a shipped gazetteer (`grozny`, `spb`) or path of a gazetteer file.
    timezone : str
        IANA zone of times that carry none.
    author_salt : SecretStr or None
        Salt of the author key; None means a random one, kept in `var`.
    keep_originals : bool
        Keep unmasked texts in a separate encrypted table. Off by default.
    originals_key : SecretStr or None
        Fernet key of that table; required when `keep_originals` is on.
    batch_rows : int
        Messages per transaction of an import.
    workers : int
        Processes that mask and resolve during an import; 0 means one per core.
    mlflow_uri : str
        MLflow server that shows runs and versions; empty means SQLite and files in `var`.
    """

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=True, extra="forbid")

    var: Path = Path("var")
    database_url: str = ""
    city: str = "grozny"
    timezone: str = "Europe/Moscow"
    author_salt: SecretStr | None = None
    keep_originals: bool = False
    originals_key: SecretStr | None = None
    batch_rows: int = Field(default=2000, ge=1)
    workers: int = Field(default=0, ge=0)
    mlflow_uri: str = ""

    @model_validator(mode="after")
    def _check(self) -> "Settings":
        if self.keep_originals and self.originals_key is None:
            raise ValueError("OTKLIK_KEEP_ORIGINALS is on but OTKLIK_ORIGINALS_KEY is not set")
        if self.database_url.strip() in IN_MEMORY:
            raise ValueError("OTKLIK_DATABASE_URL names a database in memory, which keeps nothing")
        if not self.database_url:
            self.database_url = f"sqlite:///{self.var / 'otklik.db'}"
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Order of precedence: arguments, environment, TOML file."""
        path = Path(os.environ.get("OTKLIK_CONFIG", DEFAULT_CONFIG))
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, path)


@lru_cache(maxsize=1)
def load_settings() -> Settings:
    """Read the settings once per process.

    Raises
    ------
    BadSettings
        Names the variable, its value and what was expected.
    """
    named = os.environ.get("OTKLIK_CONFIG")
    if named and not Path(named).is_file():
        raise BadSettings(
            f"OTKLIK_CONFIG names {named!r}, which is not a file. Correct or unset it."
        )
    _check_names(os.environ)
    config = named or DEFAULT_CONFIG
    try:
        return Settings()
    except ValidationError as error:
        raise BadSettings(_complaint(error)) from error
    except (TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadSettings(f"{config} is not valid TOML in UTF-8: {error}.") from error
    except OSError as error:
        raise BadSettings(f"{config} cannot be read: {error.strerror}.") from error


def _check_names(variables: Iterable[str]) -> None:
    """Refuse a misspelt variable; others may be those of another part of otklik."""
    known = [PREFIX + name.upper() for name in ("config", *Settings.model_fields)]
    for given in variables:
        name = given.upper()
        if name.startswith(PREFIX) and name not in known:
            for meant in get_close_matches(name, known, n=1, cutoff=0.85):
                raise BadSettings(f"No setting {given}; {meant} is meant? Correct or unset it.")


def _complaint(error: ValidationError) -> str:
    first = error.errors(include_url=False)[0]
    loc, message = first["loc"], first["msg"].removeprefix("Value error, ")
    if not loc:
        return f"{message}."
    name = PREFIX + "_".join(map(str, loc)).upper()
    if first["type"] == "extra_forbidden":
        return f"No setting {name}; there are {', '.join(Settings.model_fields)}."
    given = f" (given: {first['input']!r})" if _may_be_shown(loc) else ""
    return f"Setting {name}: {message}{given}."


def _may_be_shown(loc: tuple[int | str, ...]) -> bool:
    """Whether a refused value holds no secret: keys, salts, addresses, and unknown names, may."""
    name = str(loc[0]) if loc else ""
    return name in Settings.model_fields and not name.endswith(("_key", "_salt", "_url", "_uri"))
