"""What the systems of a run are made of, and the systems themselves, in whichever process."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from assistant.commands.remote import server_at
from assistant.database.connection import Database
from assistant.engine import engine_client
from assistant.llm.client import ChatModel, OpenAIChatModel
from assistant.settings import Settings
from evals.baselines import AgentBaseline, RetrieveThenAnswer
from evals.running.doors import doors_of, server_door
from evals.running.observed import System
from evals.running.records import RecordWriter
from evals.running.runner import Job, hold_all
from evals.running.systems import ShopGuide
from evals.shoppers.cast import shopper_of
from evals.suite.catalogues import SuiteCatalogues
from evals.suite.conversation import Conversation

_BASELINES: Mapping[str, type[AgentBaseline | RetrieveThenAnswer]] = {
    "agent": AgentBaseline,
    "retrieve": RetrieveThenAnswer,
}
SYSTEMS: Mapping[str, type[ShopGuide | AgentBaseline | RetrieveThenAnswer]] = {
    "shopguide": ShopGuide,
    **_BASELINES,
}
"""The systems that can be asked, as a command names them."""

_SAMPLING = 0.7
"""The temperature of a model that plays shoppers."""


@dataclass(frozen=True)
class Means:
    """What the systems of a run are made of. It can be sent to another process.

    Attributes:
        settings: of the shop; ``llm`` is the URL of an engine that runs, where one is asked.
        systems: names of ``SYSTEMS``.
        files: those of the catalogues beside suites, by their names in the run.
        model_id: the language model's, as its engine calls it.
        attempts: how often each conversation is held; the number of one is the model's seed.
        temperature: of the language model.
        url: of the server that is asked as ShopGuide; None where it runs in this process.
        shopper_llm: the URL of a model that plays the simulated shoppers; None where a script does.
        limit_s: seconds that an answer may take.
        scripted: a model that answers in place of the engine.
    """

    settings: Settings
    systems: tuple[str, ...] = ("shopguide",)
    files: Mapping[str, Path] = field(default_factory=dict)
    model_id: str = ""
    attempts: int = 1
    temperature: float = 0.0
    url: str | None = None
    shopper_llm: str | None = None
    limit_s: float | None = None
    scripted: ChatModel | None = None

    def needs_catalogues(self, conversations: Iterable[Conversation]) -> bool:
        """Whether any system, or whoever plays a shopper, looks into the catalogues.

        Args:
            conversations: what is held.
        """
        asks_server_alone = self.url is not None and self.systems == ("shopguide",)
        return not asks_server_alone or any(c.goal is not None for c in conversations)

    @property
    def names(self) -> list[str]:
        """What the systems call themselves."""
        return [SYSTEMS[system].name for system in self.systems]


class Lineup:
    """The systems of a run in one process, and whoever plays the shoppers.

    Args:
        means: what they are made of.
        catalogues: indexed already.
        database: keeps threads and profiles for the run.
    """

    def __init__(self, means: Means, catalogues: SuiteCatalogues, database: Database) -> None:
        self._means = means
        self._catalogues = catalogues
        self._database = database
        self._clients: list[OpenAIChatModel] = []
        self._player = (
            self._client(OpenAIChatModel(means.shopper_llm)) if means.shopper_llm else None
        )
        asks_model = "shopguide" in means.systems and means.url is None
        self._model = means.scripted
        if asks_model and self._model is None:
            self._model = self._client(engine_client(means.settings, means.settings.llm))
        self._server = server_at(means.settings, means.url) if means.url is not None else None
        self.attempts: Sequence[Sequence[System]] = [
            [self._system(name, seed=attempt) for name in means.systems]
            for attempt in range(1, means.attempts + 1)
        ]

    def _client(self, client: OpenAIChatModel) -> OpenAIChatModel:
        self._clients.append(client)
        return client

    async def hold(
        self,
        jobs: Sequence[Job],
        results: RecordWriter,
        *,
        at_once: int,
        one_more: Callable[[], None],
    ) -> None:
        """Holds conversations; see ``hold_all``."""
        player = self._player
        await hold_all(
            jobs,
            self.attempts,
            results,
            shopper_of=lambda conversation, attempt: shopper_of(
                conversation,
                attempt,
                self._catalogues.shop_of,
                player.sampled(temperature=_SAMPLING, seed=attempt) if player else None,
            ),
            concurrency=at_once,
            limit_s=self._means.limit_s,
            one_more=one_more,
        )

    async def aclose(self) -> list[str]:
        """Leaves a shop's server as it was, and closes connections.

        Returns:
            The ids of shoppers whom the server did not erase.
        """
        left = []
        for system in (system for systems in self.attempts for system in systems):
            if isinstance(system, ShopGuide):
                left += await system.aclose()
        for client in self._clients:
            await client.aclose()
        return left

    def _system(self, name: str, *, seed: int) -> System:
        means = self._means
        if (kind := _BASELINES.get(name)) is not None:
            return kind(
                means.settings.llm,
                means.model_id,
                index=self._catalogues.index_of,
                timeout=means.settings.llm_timeout,
                temperature=means.temperature,
                seed=seed,
            )
        if self._server is not None:
            return ShopGuide(server_door(self._server), own_database=False)
        model = self._model
        assert model is not None, "an assistant of this process has a model"
        if isinstance(model, OpenAIChatModel) and (means.attempts > 1 or means.temperature > 0):
            model = model.sampled(temperature=means.temperature, seed=seed)
        return ShopGuide(
            doors_of(
                means.settings,
                indexes_of=self._catalogues.folder_of,
                database=self._database,
                model=model,
            )
        )
