"""Settings, from the environment (``SHOPGUIDE_…``) and the command line."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

import platformdirs
from limits import parse_many
from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from retrieval.errors import BadInput

_APP = "shopguide"
_LEAST_EPSILON = 0.1
Price = Annotated[Decimal, Field(ge=0, allow_inf_nan=False)]
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
        secret_old: the secret before it was changed; tokens that it signed are still believed.
        shop: the shop's id; where it is set, it must be the ``aud`` of every token.
        shop_name: what the shop is called, above the pages of its desk.
        token_days: a token that lasts for longer is refused.
        limit_shopper: how many messages one shopper may send, such as ``20/minute`` or
            ``20/minute; 300/day``; of everything that asks no model ten times as much. Without a
            secret nothing is limited unless this is set.
        limit_address: the same for all guests of one network address together.
        limit_shop: the same for all shoppers together.
        limits_store: ``memory://``, or the URL of the Redis that several servers count in.
        trusted_proxies: addresses or networks, with commas between, whose ``X-Forwarded-For`` is
            believed; ``*`` believes everybody's.
        origins: the origins of the shop's pages, such as ``https://www.shop.example``, whose
            scripts may ask this server; a list, or one text with commas or spaces between them.
        picture_origins: the origins that the page may load pictures of products from, such as
            ``https://cdn.shop.example``, written in the same way; of others a drawing is shown.
        handoff_rules: a file with the shop's own rules for handing over to a person; by default the
            one that is edited at the desk.
        handoff_days: days after which a closed case, or one that nobody touches, is deleted.
        webhook_url: where events of the desk are sent; ``https`` at a public address.
        webhook_secret: signs them; plain text, or ``whsec_`` and Base64.
        webhook_private: whether the address may be private, and ``http``: for trying it out.
        chatwoot_url: of a Chatwoot, such as ``https://app.chatwoot.com``, whose agent bot this is.
        chatwoot_token: the access token of that agent bot.
        chatwoot_path_token: the secret part of the address that Chatwoot sends messages to.
        chatwoot_secret: signs what Chatwoot sends; without one it is the path that is secret.
        insight_epsilon: the privacy budget of a week for figures about shoppers at the desk; 0
            counts nothing about them.
        insight_fewest: the smallest group of shoppers that these figures show.
        token_prices: what a million tokens cost, in the catalogue's currency, for the desk's
            figures: ``{"prompt": 0.2, "cached": 0.05, "completion": 0.8}``.
        evaluations: a folder whose subfolders are runs of ``shopguide eval --out``, which the desk
            lists and compares.
        host, port: where the server listens.
        products_shown: how many products an answer offers at most.
        message_limit: characters of a message at most.
        orders: where orders are: ``sql`` for tables in the database, the URL of an order system
            that answers as ``assistant/orders/openapi.yaml`` says, or ``none``.
        orders_key: the bearer key for that order system.
        cancel_reasons: the reasons for cancelling that the shop takes.
        return_days: days after delivery in which things can be sent back; 0 for no limit.
        proof_minutes: how long the proof of an order by who is not signed in holds without a word
            on orders.
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
    secret_old: SecretStr | None = None
    shop: str | None = Field(default=None, min_length=1, max_length=200)
    shop_name: str | None = Field(default=None, min_length=1, max_length=60)
    token_days: float = Field(default=30.0, gt=0, le=3650)
    limit_shopper: str | None = None
    limit_address: str | None = None
    limit_shop: str | None = None
    limits_store: str = Field(default="memory://", pattern=r"^(memory|rediss?)://")
    trusted_proxies: str = "127.0.0.1"
    origins: Annotated[tuple[str, ...], NoDecode] = ()
    picture_origins: Annotated[tuple[str, ...], NoDecode] = ()
    handoff_rules: Path | None = None
    handoff_days: int = Field(default=30, ge=1, le=3650)
    webhook_url: str | None = None
    webhook_secret: SecretStr | None = None
    webhook_private: bool = False
    chatwoot_url: str | None = None
    chatwoot_token: SecretStr | None = None
    chatwoot_path_token: SecretStr | None = Field(default=None, min_length=16)
    chatwoot_secret: SecretStr | None = None
    insight_epsilon: float = Field(default=4.0, ge=0, le=20, allow_inf_nan=False)
    insight_fewest: int = Field(default=10, ge=3, le=10_000)
    token_prices: dict[Literal["prompt", "cached", "completion"], Price] = Field(
        default_factory=dict
    )
    evaluations: Path | None = None
    host: str = "127.0.0.1"
    port: int = Field(default=7860, ge=0, le=65535)
    products_shown: int = Field(default=3, ge=1, le=5)
    message_limit: int = Field(default=4000, ge=100)
    orders: str = "sql"
    orders_key: SecretStr | None = None
    cancel_reasons: tuple[str, ...] = ("no longer needed", "ordered by mistake")
    return_days: int = Field(default=30, ge=0)
    proof_minutes: float = Field(default=30.0, gt=0, le=100_000)

    @field_validator("secret", "secret_old")
    @classmethod
    def _long_enough(cls, secret: SecretStr | None) -> SecretStr | None:
        if secret is not None and len(secret.get_secret_value().encode()) < _SHORTEST_SECRET:
            raise ValueError(f"must have at least {_SHORTEST_SECRET} bytes")
        return secret

    @field_validator("origins", "picture_origins", mode="before")
    @classmethod
    def _listed(cls, origins: object) -> object:
        return origins.replace(",", " ").split() if isinstance(origins, str) else origins

    @field_validator("origins", "picture_origins")
    @classmethod
    def _origins(cls, origins: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(_origin(origin) for origin in origins)

    @field_validator("orders")
    @classmethod
    def _known_place(cls, orders: str) -> str:
        if orders not in ("sql", "none") and not _is_url(orders):
            raise ValueError("must be none, sql or the URL of an order system")
        return orders

    @field_validator("orders_key")
    @classmethod
    def _fits_a_header(cls, key: SecretStr | None) -> SecretStr | None:
        if key is not None and not (key.get_secret_value().isascii() and key.get_secret_value()):
            raise ValueError("must be ASCII characters")
        return key

    @field_validator("limit_shopper", "limit_address", "limit_shop")
    @classmethod
    def _limits(cls, limit: str | None) -> str | None:
        if limit is not None:
            try:
                items = parse_many(limit)
            except ValueError:
                items = []
            if not items or any(item.amount < 1 for item in items):
                raise ValueError("must be such as 20/minute, or 20/minute; 300/day")
        return limit

    @field_validator("insight_epsilon")
    @classmethod
    def _spendable(cls, epsilon: float) -> float:
        if 0 < epsilon < _LEAST_EPSILON:
            raise ValueError(f"must be 0 or at least {_LEAST_EPSILON}: below, nothing can be shown")
        return epsilon

    @field_validator("rates")
    @classmethod
    def _positive(cls, rates: dict[str, Decimal]) -> dict[str, Decimal]:
        for code, rate in rates.items():
            if not rate.is_finite() or rate <= 0:
                raise ValueError(f"the rate of {code} must be above 0")
        return rates

    @model_validator(mode="after")
    def _whole(self) -> Settings:
        if self.webhook_url and not self.webhook_secret:
            raise ValueError("SHOPGUIDE_WEBHOOK_URL needs SHOPGUIDE_WEBHOOK_SECRET, which signs")
        chatwoot = (self.chatwoot_url, self.chatwoot_token, self.chatwoot_path_token)
        if any(chatwoot) and not all(chatwoot):
            raise ValueError(
                "Chatwoot needs SHOPGUIDE_CHATWOOT_URL, SHOPGUIDE_CHATWOOT_TOKEN and "
                "SHOPGUIDE_CHATWOOT_PATH_TOKEN"
            )
        return self

    @property
    def data(self) -> Path:
        """The folder of what must not be lost: database, indexes."""
        return self.home or Path(platformdirs.user_data_dir(_APP))

    @property
    def cache(self) -> Path:
        """The folder of what can be fetched again: weights, logs."""
        return self.home or Path(platformdirs.user_cache_dir(_APP))

    @property
    def handoff_file(self) -> Path:
        """The shop's own rules for handing over; where none is set, those that the desk writes."""
        return self.handoff_rules or self.data / "handoff-rules.yaml"

    @property
    def database_url(self) -> str:
        """The database, as SQLAlchemy takes it."""
        return self.database or f"sqlite:///{self.data / 'shopguide.sqlite3'}"


def _is_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return False


def _origin(text: str) -> str:
    """An origin as a browser sends it: scheme and host in small letters, no path, no ``*``."""
    try:
        parts = urlsplit(text.rstrip("/").lower())
        named = parts.scheme in ("http", "https") and parts.hostname and "*" not in parts.netloc
        if not named or parts.path or parts.query or parts.fragment or "@" in parts.netloc:
            raise ValueError
        standard = {"http": 80, "https": 443}[parts.scheme]
        host = parts.netloc.removesuffix(f":{standard}") if parts.port == standard else parts.netloc
    except ValueError:
        raise ValueError(f"{text[:80]!r} is no origin such as https://www.shop.example") from None
    return f"{parts.scheme}://{host}"


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
