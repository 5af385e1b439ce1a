"""``/health``, ``/ready`` and ``/metrics``: for whoever runs the server."""

from __future__ import annotations

import asyncio
from typing import Any

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST

from assistant.app import Assistant
from assistant.errors import ModelUnavailable
from assistant.http.observing import Observer
from retrieval.errors import IndexBroken, UnknownCatalogue


def health_routes(assistant: Assistant, observer: Observer) -> APIRouter:
    """The routes for whoever runs the server; the gate says who may read the metrics."""
    router = APIRouter(tags=["health"])

    @router.get("/health")
    async def health() -> dict[str, str]:
        """The process answers."""
        return {"service": "shopguide", "status": "ok"}

    @router.get("/ready")
    async def ready() -> dict[str, Any]:
        """The default catalogue is loaded and the language model answers; else 503 says what."""
        name = assistant.settings.catalog
        try:
            index = await asyncio.to_thread(assistant.indexes.open, name)
        except UnknownCatalogue as error:
            raise IndexBroken(error.sentence) from error  # not the request's fault: 503
        if not await assistant.model.ready():
            raise ModelUnavailable("The language model does not answer.")
        return {
            "service": "shopguide",
            "status": "ready",
            "catalog": name,
            "products": len(index),
        }

    @router.get("/metrics")
    async def metrics() -> Response:
        """Counters for Prometheus."""
        return Response(observer.exposition(), media_type=CONTENT_TYPE_LATEST)

    return router
