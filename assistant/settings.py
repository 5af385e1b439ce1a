"""Settings, from the environment (``SHOPGUIDE_…``) and the command line."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import platformdirs
from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from retrieval.errors import BadInput

_APP = "shopguide"
_SHORTEST_SECRET = 32  # bytes of an HS256 key, RFC 7518 section 3.2


class Settings(BaseSettings):
    """What a shop can set.

    Attributes:
        home: where indexes, database and weights lie; by default the platform's folders.
        database: SQLAlchemy URL; by default a SQLite file under ``home``.
        catalog: the catalogue that serves where a request names none.
        currency: taken for prices of a file that names no currency.
        embedding: the embedding model: ``default``, a folder, or an id of the hub, with
            ``@revision`` where a certain one is meant. An index serves only with the model that
            it was built with.
        embedding_query_prompt, embedding_document_prompt: what is put before a query and before
            a product's text; by default what the model wants, an empty text for nothing.
        vectors: ``faiss``, or where Milvus is: the URL of a server, or a file for its embedded
            ``milvus-lite``.
        policies: the folder of the shop's policies, ``en/…md`` and ``zh/…md``; by default the demo
            shop's for the demo catalogue, and none for another.
        rates: units of a currency that one unit of the catalogue's is worth, such as
            ``{"CNY": 7.1}`` beside US dollars. A currency without a rate is never compared.
        llm: ``local`` for the llama.cpp server that is started, or an OpenAI-compatible URL.
        model: the model's id at that URL; by default the first that it offers.
        llm_key: its API key.
        llm_timeout: seconds that one call may take until its first token.
        secret: signs shoppers' tokens; without it the server listens on loopback only.
        host, port: where the server listens.
        products_shown: how many products an answer offers at most.
        message_limit: characters of a message at most.
    """

    model_config = SettingsConfigDict(env_prefix="SHOPGUIDE_", extra="ignore")

    home: Path | None = None
    database: str | None = None
    catalog: str = "demo"
    currency: str = Field(default="USD", pattern=r"^[A-Z]{3}$")
    embedding: str = Field(default="default", min_length=1)
    embedding_query_prompt: str | None = None
    embedding_document_prompt: str | None = None
    vectors: str = Field(default="faiss", min_length=1)
    policies: Path | None = None
    rates: dict[str, Decimal] = Field(default_factory=dict)
    llm: str = "local"
    model: str | None = None
    llm_key: SecretStr | None = None
    llm_timeout: float = Field(default=120.0, gt=0)
    secret: SecretStr | None = None
    host: str = "127.0.0.1"
    port: int = Field(default=7860, ge=0, le=65535)
    products_shown: int = Field(default=3, ge=1, le=5)
    message_limit: int = Field(default=4000, ge=100)

    @field_validator("secret")
    @classmethod
    def _long_enough(cls, secret: SecretStr | None) -> SecretStr | None:
        if secret is not None and len(secret.get_secret_value().encode()) < _SHORTEST_SECRET:
            raise ValueError(f"must have at least {_SHORTEST_SECRET} bytes")
        return secret

    @field_validator("rates")
    @classmethod
    def _positive(cls, rates: dict[str, Decimal]) -> dict[str, Decimal]:
        for code, rate in rates.items():
            if not rate.is_finite() or rate <= 0:
                raise ValueError(f"the rate of {code} must be above 0")
        return rates

    @property
    def data(self) -> Path:
        """The folder of what must not be lost: database, indexes."""
        return self.home or Path(platformdirs.user_data_dir(_APP))

    @property
    def cache(self) -> Path:
        """The folder of what can be fetched again: weights, logs."""
        return self.home or Path(platformdirs.user_cache_dir(_APP))

    @property
    def database_url(self) -> str:
        """The database, as SQLAlchemy takes it."""
        return self.database or f"sqlite:///{self.data / 'shopguide.sqlite3'}"


def check_listening(settings: Settings) -> None:
    """Refuses to listen beyond this machine while shopper ids are believed.

    Raises:
        BadInput: ``host`` is not loopback and no secret is set.
    """
    if settings.secret is None and settings.host not in {"127.0.0.1", "::1", "localhost"}:
        raise BadInput(
            "Without SHOPGUIDE_SECRET the server believes who a shopper claims to be, so it "
            "listens on 127.0.0.1 only. Set a secret to listen elsewhere.",
            field="host",
        )
