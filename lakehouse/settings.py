"""What a deployment chooses: conf/base.yaml, the profile's overlay, .env, the environment; the later wins.

No value has its default here: conf/base.yaml names them all.
"""

import os
import re
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    YamlConfigSettingsSource,
)
from pydantic_settings.exceptions import SettingsError

from lakehouse import logs
from lakehouse.errors import SettingsInvalid

CONF = Path(__file__).parent.parent / "conf"
Port = Annotated[int, Field(ge=1, le=65535)]
Positive = Annotated[float, Field(gt=0)]
Count = Annotated[int, Field(ge=1)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Kafka(_Section):
    """How every client reaches the broker."""

    bootstrap_servers: str
    properties: dict[str, str]
    linger_ms: Annotated[int, Field(ge=0)]
    delivery_timeout_seconds: Positive
    max_message_bytes: Count


class Tmdb(_Section):
    """How TMDb is asked."""

    base_url: Annotated[str, Field(pattern=r"^https?://")]
    language: Annotated[str, Field(pattern=r"^[a-z]{2}(-[A-Z]{2})?$")]
    pages: Annotated[int, Field(ge=1, le=500)]
    files_url: Annotated[str, Field(pattern=r"^https?://")]
    requests_per_second: Count
    connections: Count
    cache_days: Count
    connect_timeout_seconds: Positive
    read_timeout_seconds: Positive
    attempts: Count
    longest_wait_seconds: Positive


class Backfill(_Section):
    """What is fetched of the past: genres by TMDb's ids, and release years by windows of so many."""

    movie_genres: list[Count]
    tv_genres: list[Count]
    first_year: Annotated[int, Field(ge=1870, le=2100)]
    last_year: Annotated[int, Field(ge=1870, le=2100)]
    years: Count


class Spark(_Section):
    """The session and the host's doors."""

    master: str
    driver_memory: str
    java_options: str
    bind_host: str
    connect_host: str
    connect_port: Port
    thrift_port: Port
    conf: dict[str, Any]


class Streaming(_Section):
    """The rhythm of the streaming host."""

    bronze_trigger: str
    silver_trigger: str
    max_offsets_per_trigger: Count
    max_bytes_per_trigger: str
    drain_seconds: Positive
    restart_seconds: tuple[Positive, Positive]


class Broker(_Section):
    """The local broker."""

    port: Port
    controller_port: Port
    memory: str
    java_options: str


class Standin(_Section):
    """The local stand-in for TMDb."""

    port: Port
    seed: int
    titles: Count
    latency: Annotated[float, Field(ge=0)]


class Collector(_Section):
    """How viewers' events come in over HTTP."""

    host: str
    port: Port
    pseudonym_key: Annotated[SecretStr, Field(min_length=32)] | None
    pseudonym_key_id: Annotated[str, Field(pattern=r"^[0-9A-Za-z]{1,16}$")]
    cors_origins: list[Annotated[str, Field(pattern=r"^https?://[^*/]+$")]]
    requests: Count
    buffer_megabytes: Count
    read_seconds: Positive
    acknowledge_seconds: Positive


class Recommend(_Section):
    """How recommendations are learned, and when they are worth it."""

    feedback: Literal["ratings", "watches"]
    factors: Count
    iterations: Count
    regularisation: Positive
    alpha: Positive
    seed: int
    least_likings: Annotated[int, Field(ge=2)]
    least_users: Count
    places: Count


class Postgres(_Section):
    """The database that `moviepulse export postgres` keeps a copy of gold in; an empty host names none."""

    host: str
    port: Port
    dbname: str
    user: str
    password: SecretStr | None
    sslmode: Literal["disable", "allow", "prefer", "require", "verify-ca", "verify-full"]


class Settings(BaseSettings):
    """All settings of one process; read once, at its edge, by `load`."""

    model_config = SettingsConfigDict(
        env_prefix="MOVIEPULSE_", env_nested_delimiter="__", env_file=".env", extra="ignore", frozen=True
    )

    home: Path
    kafka: Kafka
    tmdb: Tmdb
    backfill: Backfill
    spark: Spark
    streaming: Streaming
    broker: Broker
    standin: Standin
    collector: Collector
    recommend: Recommend
    postgres: Postgres
    tmdb_token: SecretStr | None = Field(None, validation_alias="TMDB_TOKEN")
    tmdb_api_key: SecretStr | None = Field(None, validation_alias="TMDB_API_KEY")

    @classmethod
    def settings_customise_sources(  # type: ignore[override]
        cls, settings_cls: type[BaseSettings], init_settings: PydanticBaseSettingsSource, **_: Any
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment over .env over the profile over the base."""
        files = [CONF / "base.yaml", CONF / f"{profile()}.yaml"]
        return (
            init_settings,
            EnvSettingsSource(settings_cls),
            DotEnvSettingsSource(settings_cls),
            YamlConfigSettingsSource(settings_cls, yaml_file=files, deep_merge=True),
        )

    @property
    def root(self) -> Path:
        """`home` as an absolute path."""
        return self.home.expanduser().resolve()

    @property
    def lake(self) -> Path:
        """Where the tables lie: lake/<layer>/<entity>."""
        return self.root / "lake"

    @property
    def checkpoints(self) -> Path:
        """Where the streams' checkpoints lie; never inside a table, VACUUM would take them."""
        return self.root / "checkpoints"

    @property
    def jars(self) -> Path:
        """Where set-up put the jars, jars/spark and jars/kafka: beside the code, whatever home a lake has."""
        return Path(os.environ.get("MOVIEPULSE_JARS", CONF.parent / ".moviepulse" / "jars"))

    @property
    def remote(self) -> str:
        """The host's Spark Connect address."""
        return f"sc://{self.spark.connect_host}:{self.spark.connect_port}"


def profile() -> str:
    """The overlay's name, from MOVIEPULSE_PROFILE; local where it is not set."""
    name = os.environ.get("MOVIEPULSE_PROFILE", "local")
    if not (CONF / f"{name}.yaml").is_file():
        known = ", ".join(sorted(path.stem for path in CONF.glob("*.yaml") if path.stem != "base"))
        raise SettingsInvalid(f"MOVIEPULSE_PROFILE={name!r} names no overlay", where=str(CONF), expected=known)
    return name


def load(**overrides: Any) -> Settings:
    """The settings of this process; raises SettingsInvalid that says which, where and what was expected."""
    try:
        settings = Settings(**overrides)
    except SettingsError as error:  # says which, and quotes no value: it may be a secret
        section = re.findall(r'field "(\w+)"', str(error))[0].upper()
        raise SettingsInvalid(
            f"a setting of {section.lower()} cannot be read",
            where=f"MOVIEPULSE_{section} or MOVIEPULSE_{section}__<NAME> in the environment or .env",
            expected="JSON where the setting is a mapping or a list",
        ) from None
    except ValidationError as error:
        first = error.errors()[0]
        path = ".".join(str(part) for part in first["loc"])
        variable = "MOVIEPULSE_" + path.upper().replace(".", "__")
        shown = "***" if re.search("(key|token|password)$", path) else repr(first.get("input"))
        raise SettingsInvalid(
            f"setting {path} is wrong: {shown}" if first["type"] != "missing" else f"setting {path} is missing",
            where=f"{variable} in the environment or .env, or {path} in conf/base.yaml and conf/{profile()}.yaml",
            expected=first["msg"],
        ) from None
    sections = settings.collector.pseudonym_key, settings.postgres.password
    for secret in (settings.tmdb_token, settings.tmdb_api_key, *sections):
        if secret:
            logs.hide(secret.get_secret_value())
    return settings
