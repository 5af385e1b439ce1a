"""Grades the records of a run, in this process or in several: one Python uses one core."""

from __future__ import annotations

import gc
import multiprocessing
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from types import TracebackType

import structlog

from assistant.settings import Settings
from evals.checks.wording import Shop
from evals.measures.claimed import claims_of
from evals.measures.grade import grade
from evals.measures.graded import GradedConversation
from evals.running.children import begin_child, no_interrupt
from evals.running.records import Record
from evals.suite.catalogues import SuiteCatalogues, catalogues_of
from evals.suite.conversation import Conversation
from retrieval.errors import ShopGuideError

_AT_ONCE = 50
"""Records that a process is given at once: what is sent costs more than what is graded of one."""
_LOG = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Ungraded:
    """A record that the grader failed at: a mistake of the grader, not of what it grades.

    Attributes:
        conversation: its id.
        told: what went wrong, without a full stop.
    """

    conversation: str
    told: str


Grade = GradedConversation | Ungraded


@dataclass(frozen=True)
class Grader:
    """Grades records one after the other, in this process.

    Attributes:
        conversations: by id, as the suites have them now.
        shop_of: the catalogue of a name.
    """

    conversations: Mapping[str, Conversation]
    shop_of: Callable[[str], Shop]

    def grades(self, records: Iterator[Record], silent: frozenset[str]) -> Iterator[Grade]:
        """The grades of records, in their order.

        Args:
            records: of one system.
            silent: checks on what the system never tells.
        """
        for record in records:
            conversation = self.conversations[record.conversation]
            shop = self.shop_of(conversation.catalog)
            try:
                yield grade(record, conversation, shop, claims_of, silent=silent)
            except Exception as error:  # noqa: BLE001
                # A mistake of the grader in one conversation leaves the others their grades.
                _LOG.exception("not_graded", conversation=conversation.id)
                told = f"the grader failed with {type(error).__name__}: {error}"
                yield Ungraded(conversation.id, told)


class GradingProcesses:
    """Grades records in processes of their own; a context, at whose end they are gone.

    Args:
        settings: say where the catalogues are; they are indexed already.
        files: of the catalogues beside suites, by their names in this run.
        conversations: by id, as the suites have them now.
        processes: how many.
    """

    def __init__(
        self,
        settings: Settings,
        files: Mapping[str, Path],
        conversations: Mapping[str, Conversation],
        *,
        processes: int,
    ) -> None:
        self._conversations = conversations
        self._processes = processes
        self._pool = ProcessPoolExecutor(
            processes,
            # A fork of a process that has threads of torch and FAISS may wait for ever.
            mp_context=multiprocessing.get_context("spawn"),
            initializer=_begin,
            # Little, so that no process waits until the one before has read it.
            initargs=(settings, files),
        )

    def __enter__(self) -> GradingProcesses:
        # A catalogue's words are many objects that stay: nothing is found by looking at all of
        # them for garbage with each answer that comes.
        gc.freeze()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self._pool.shutdown(cancel_futures=True)
        gc.unfreeze()

    def grades(self, records: Iterator[Record], silent: frozenset[str]) -> Iterator[Grade]:
        """The grades of records, in their order; no more of them are sent than is worked on.

        Args:
            records: of one system.
            silent: checks on what the system never tells.

        Raises:
            ShopGuideError: a process ended before its time.
        """
        sent: deque[Future[list[Grade]]] = deque()
        try:
            while some := list(islice(records, _AT_ONCE)):
                theirs = {one.conversation: self._conversations[one.conversation] for one in some}
                with no_interrupt():
                    sent.append(self._pool.submit(_graded, some, theirs, silent))
                if len(sent) > 2 * self._processes:
                    yield from sent.popleft().result()
            while sent:
                yield from sent.popleft().result()
        except BrokenProcessPool as error:
            raise ShopGuideError(
                "A process that graded answers ended before its time; the same command grades "
                "again what had been held."
            ) from error


_catalogues: SuiteCatalogues


def _begin(settings: Settings, files: Mapping[str, Path]) -> None:
    global _catalogues
    begin_child()
    _catalogues = catalogues_of(settings, files)
    gc.freeze()


def _graded(
    records: Sequence[Record], conversations: Mapping[str, Conversation], silent: frozenset[str]
) -> list[Grade]:
    return list(Grader(conversations, _catalogues.shop_of).grades(iter(records), silent))
