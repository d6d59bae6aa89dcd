"""What an owner may set about the service: `OTKLIK_SERVE_*` variables."""

from functools import lru_cache
from ipaddress import ip_address
from typing import Annotated, Literal

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from otklik.datasets.errors import BadSettings

PREFIX = "OTKLIK_SERVE_"
SECRET_CHARS = 16
LOOPBACK_NAMES = frozenset({"localhost", "ip6-localhost"})

Count = Annotated[int, Field(ge=1)]


class ServeSettings(BaseSettings):
    """Settings of the service; nothing is opened when they are read.

    Parameters
    ----------
    host, port : str, int
        Where it listens. On a loopback address callers of this machine need no key.
    keys : {"auto", "required"}
        `required` asks for a key on a loopback address too.
    alpha : float
        Error that automatic routing may make.
    runtime, threads, streams
        As `otklik.models.encoder.Encoder` takes them.
    ner : bool
        Let the neural tagger vote on names when masking.
    routing : bool
        Name recipients and deadlines by the city's routing file.
    workers : int
        Threads that mask and infer; 0 means one per core.
    batch_tokens : int
        Tokens of a micro-batch, about; one longer message is a batch of its own.
    waiting_tokens : int
        Tokens that may wait; what comes on top is refused with 429.
    wait_s : float
        Seconds that a message may wait for its turn; who would wait longer is refused with 429.
    deadline_s : float
        Longest time that a caller may grant by `Prefer: wait=…`; and so long after its turn should
        have come, a message is given up.
    text_chars : int
        Longest text, characters.
    body_bytes : int
        Longest body of a request.
    import_bytes : int
        Longest file that may be imported.
    reload_s : float
        Seconds between looks at the registry for a promoted model.
    check_share : float
        Part of what goes out by itself that people are asked to look at, drawn at random.
    monitor_s : float
        Seconds between looks at corrections; those that come over HTTP are looked at once.
    similar_rows : int
        Newest messages whose vectors are held in memory for `/v1/similar`.
    webhook_url : str or None
        Where decisions on stored messages are told; nowhere without it.
    webhook_secret : SecretStr or None
        What they are signed with, 16 characters or more.
    webhook_attempts : int
        How often an event is sent before it is dead.
    rate_per_minute : int
        Messages or requests a minute of a key that has no limit of its own; 0 means any number.
    """

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=True, extra="forbid")

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8080
    keys: Literal["auto", "required"] = "auto"
    alpha: Annotated[float, Field(gt=0, lt=1)] = 0.05
    runtime: Literal["int8", "bf16", "fp32"] = "int8"
    threads: Annotated[int, Field(ge=0)] = 0
    streams: Annotated[int, Field(ge=0)] = 0
    ner: bool = True
    routing: bool = True
    workers: Annotated[int, Field(ge=0)] = 0
    batch_tokens: Count = 256
    waiting_tokens: Count = 100_000
    wait_s: Annotated[float, Field(gt=0)] = 0.15
    deadline_s: Annotated[float, Field(gt=0)] = 20.0
    text_chars: Count = 20_000
    body_bytes: Count = 8 << 20
    import_bytes: Count = 256 << 20
    reload_s: Annotated[float, Field(gt=0)] = 1.0
    check_share: Annotated[float, Field(ge=0, le=1)] = 0.02
    monitor_s: Annotated[float, Field(gt=0)] = 60.0
    similar_rows: Count = 300_000
    webhook_url: Annotated[str | None, Field(pattern=r"^https?://[^\s/]+\S*$")] = None
    webhook_secret: Annotated[SecretStr | None, Field(validate_default=True)] = None
    webhook_attempts: Annotated[int, Field(ge=1, le=100)] = 14
    rate_per_minute: Annotated[int, Field(ge=0)] = 0

    @field_validator("webhook_secret")
    @classmethod
    def _signed(cls, secret: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        """Nothing is told unsigned."""
        length = len(secret.get_secret_value()) if secret else 0
        if info.data.get("webhook_url") and length < SECRET_CHARS:
            raise ValueError(f"with a webhook, at least {SECRET_CHARS} characters are needed")
        return secret

    @property
    def open_on_loopback(self) -> bool:
        """Whether callers of this machine need no key."""
        return self.keys == "auto" and is_loopback(self.host)


def is_loopback(host: str) -> bool:
    """Whether a name or address means this machine only.

    Examples
    --------
    >>> [is_loopback(host) for host in ("127.0.0.1", "[::1]", "localhost", "0.0.0.0", "city.ru")]
    [True, True, True, False, False]
    """
    bare = host.strip("[]").lower()
    if bare in LOOPBACK_NAMES:
        return True
    try:
        return ip_address(bare).is_loopback
    except ValueError:
        return False


@lru_cache(maxsize=1)
def load_serve_settings() -> ServeSettings:
    """Read the settings once per process.

    Raises
    ------
    BadSettings
        Names the variable, its value and what was expected.
    """
    try:
        return ServeSettings()
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        name = PREFIX + "_".join(map(str, first["loc"])).upper()
        given = "***" if name.endswith("SECRET") else repr(first["input"])
        raise BadSettings(f"Setting {name}: {first['msg']} (given: {given}).") from error
