"""``POST /api/search`` and ``GET /api/products/{id}``: the catalogue, without a model."""

from __future__ import annotations

import math
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, Field, field_validator

from assistant.app import Assistant
from assistant.http.observing import Observer
from retrieval.conditions import Condition
from retrieval.errors import BadInput
from retrieval.index import as_json

_MOST_FOUND = 100
_MOST_CONDITIONS = 50
_MOST_VALUES = 500
# Each costs a look at every text of the catalogue.
_MOST_PARTS = 50


def valid_text(text: str) -> str:
    """The text, where it is one.

    Raises:
        ValueError: it has half a character (a lone surrogate).
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("must be valid text") from None
    return text


class SearchRequest(BaseModel):
    """A query with conditions; all of them must hold.

    Attributes:
        query: an empty one ranks by rating.
        k: how many products at most.
        catalog: by default the shop's.
    """

    query: str = ""
    where: list[Condition] = Field(default_factory=list, max_length=_MOST_CONDITIONS)
    k: int = Field(default=10, ge=1, le=_MOST_FOUND)
    catalog: str | None = None

    @field_validator("query")
    @classmethod
    def _text(cls, query: str) -> str:
        return valid_text(query)

    @field_validator("where")
    @classmethod
    def _sane(cls, where: list[Condition]) -> list[Condition]:
        parts = [c.value for c in where if c.op == "contains"]
        if sum(len(p) if isinstance(p, list) else 1 for p in parts) > _MOST_PARTS:
            raise ValueError(f"contains may look for at most {_MOST_PARTS} parts in all")
        for condition in where:
            values = condition.value if isinstance(condition.value, list) else [condition.value]
            for value in values:
                valid_text(str(value))
            if len(values) > _MOST_VALUES:
                raise ValueError(f"a condition may list at most {_MOST_VALUES} values")
            if any(isinstance(value, float) and not math.isfinite(value) for value in values):
                raise ValueError("a number must be finite")
        return where


class SearchAnswer(BaseModel):
    """The products found, each with its ``score``, best first."""

    products: list[dict[str, Any]]
    count: int


def catalogue_routes(assistant: Assistant, observer: Observer) -> APIRouter:
    """The routes that read a catalogue. They run in threads, as they compute.

    Args:
        assistant: has the catalogues.
        observer: times the searches.
    """
    router = APIRouter(tags=["catalogue"])

    @router.post("/search")
    def search(body: SearchRequest) -> SearchAnswer:
        """Products that meet the conditions, those that fit the query best first."""
        limit = assistant.settings.message_limit
        if len(body.query) > limit:
            raise BadInput(f"query may have {limit} characters at most.", field="query")
        index = assistant.indexes.open(body.catalog or assistant.settings.catalog)
        with observer.search_of(index):
            hits = index.search(body.query, body.where, k=body.k)
        found = [as_json(hit.product) | {"score": round(hit.score, 6)} for hit in hits]
        return SearchAnswer(products=found, count=len(found))

    @router.get("/products/{id:path}")
    def product(id: str, catalog: str | None = None) -> dict[str, Any]:
        """A product as the catalogue holds it."""
        index = assistant.indexes.open(catalog or assistant.settings.catalog)
        return as_json(index.get(id))

    return router
