"""Logs as events on standard error: names and ids, never what a shopper wrote."""

from __future__ import annotations

import logging
import sys

import structlog
from structlog.typing import Processor

# Chatty libraries; what they warn of is shown.
_QUIET = (
    *("httpx", "httpx2", "httpcore", "httpcore2", "openai", "uvicorn", "bm25s", "faiss", "jieba"),
    *("sentence_transformers", "transformers", "huggingface_hub"),
)


def configure_logs(level: int = logging.INFO) -> None:
    """Sends our own and all libraries' logs the same way.

    Args:
        level: of ``logging``; below it nothing is shown.
    """
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    on_terminal = sys.stderr.isatty()
    # Its default traceback shows local variables, and with them what shoppers wrote.
    last: list[Processor] = (
        [structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]
        if on_terminal
        else [
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ]
    )
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setLevel(level)  # some libraries set loggers of their own to DEBUG
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in _QUIET:
        logging.getLogger(name).setLevel(max(level, logging.WARNING))
