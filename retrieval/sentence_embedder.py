"""Vectors from a sentence-transformers model, on the processor or on a GPU."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from cachetools import LRUCache

from retrieval.embedding_prompts import Prompts, prompts_of
from retrieval.errors import BadInput

if TYPE_CHECKING:
    from pathlib import Path

    import torch
    from sentence_transformers import SentenceTransformer

    from retrieval.embedding import Vectors
    from retrieval.embedding_source import EmbeddingSource

# Texts of one forward pass. Measured with MiniLM on two cores: 8 and 64 are slower than 16 and 32,
# and a smaller one makes less work that a long text pads.
_BATCH_CPU, _BATCH_GPU = 16, 128
# Up to here a single query is done before threads have met at the end of each layer: on two busy
# cores MiniLM (11 million weights in its layers) takes 8 ms with one thread, 480 with two (p95).
_ONE_THREAD_WEIGHTS = 50_000_000
# A shopper who narrows a search down asks for the same words again, and many ask for the same.
_QUERIES_KEPT = 256
# What reading a damaged, foreign or unknown model raises.
_UNREADABLE = (OSError, ValueError, KeyError, TypeError, AttributeError, ImportError, RuntimeError)

_Task = Literal["query", "document"]


class SentenceEmbedder:
    """A sentence-transformers model, loaded at its first use.

    Documents are embedded by as many threads as torch would use, each of which runs whole batches
    alone: several threads inside one small model mostly wait for each other. A query asked
    meanwhile waits for none of them.

    Args:
        source: where the model comes from.
        query_prompt: put before queries; None for what the model wants.
        document_prompt: put before product texts; None for what the model wants.
        max_tokens: texts are cut there, or earlier where the model takes less; product texts say
            what matters first.
    """

    def __init__(
        self,
        source: EmbeddingSource,
        *,
        query_prompt: str | None = None,
        document_prompt: str | None = None,
        max_tokens: int = 128,
    ) -> None:
        self._source = source
        self._query_prompt = query_prompt
        self._document_prompt = document_prompt
        self._max_tokens = max_tokens
        self._loading = threading.Lock()
        self._loaded: _Loaded | None = None
        # A tokenizer is set up anew for each batch, so two may not use it at once.
        self._tokenizing = threading.Lock()
        self._queries: LRUCache[bytes, Vectors] = LRUCache(_QUERIES_KEPT)
        self._keeping = threading.Lock()

    @cached_property
    def prompts(self) -> Prompts:
        """What is put before queries and before product texts."""
        source = self._source
        return prompts_of(
            source.folder, source.label, query=self._query_prompt, document=self._document_prompt
        )

    @cached_property
    def name(self) -> str:
        """See ``Embedder.name``: the model, its hashes, and all else that shapes its vectors.

        Raises:
            DownloadFailed: the model has not been fetched, so that its hash is unknown.
        """
        name = f"{self._source.label}@{self._source.fingerprint()} tokens={self._max_tokens}"
        if not self.prompts:
            return name
        return f"{name} prompts={json.dumps([self.prompts.query, self.prompts.document])}"

    @cached_property
    def dimensions(self) -> int:
        """See ``Embedder.dimensions``; loads a model that is not the default one.

        Raises:
            BadInput: the model cannot be loaded.
        """
        return self._source.dimensions or self._ready().dimensions

    def documents(self, texts: Sequence[str]) -> Vectors:
        """See ``Embedder.documents``. Many at once are faster: texts of like length share a batch.

        Raises:
            BadInput: the model cannot be loaded.
        """
        vectors = np.empty((len(texts), self.dimensions), dtype=np.float32)
        # Long ones first, so that a batch that is too large for memory shows at once.
        order = np.argsort([-len(text) for text in texts], kind="stable")
        ready = self._ready()
        size, workers = (_BATCH_GPU, 1) if ready.on_gpu else (_BATCH_CPU, ready.threads)
        batches = [order[start : start + size] for start in range(0, len(order), size)]

        def embed(batch: Any) -> None:
            vectors[batch] = self._forward([texts[i] for i in batch], "document")

        if workers == 1 or len(batches) <= 1:
            for batch in batches:
                embed(batch)
        else:
            with ThreadPoolExecutor(workers, thread_name_prefix="embed") as pool:
                for _ in pool.map(embed, batches):
                    pass  # errors of a batch are raised here
        return vectors

    def query(self, text: str) -> Vectors:
        """See ``Embedder.query``.

        Raises:
            BadInput: the model cannot be loaded.
        """
        # By a digest, so that no shopper's words stay in memory.
        key = blake2b(text.encode("utf-8", "replace"), digest_size=16).digest()
        with self._keeping:
            kept = self._queries.get(key)
        if kept is not None:
            return kept
        vector: Vectors = self._forward([text], "query")[0]
        vector.flags.writeable = False  # others are given the same one
        with self._keeping:
            self._queries[key] = vector
        return vector

    def load(self) -> None:
        """Loads the model now, so that the first shopper does not wait for it.

        Raises:
            BadInput: the folder holds no model that sentence-transformers can load.
        """
        self.query("ready")

    def _ready(self) -> _Loaded:
        with self._loading:
            if self._loaded is None:
                self._loaded = _load(self._source.folder, self._max_tokens)
            return self._loaded

    def _forward(self, texts: list[str], task: _Task) -> Vectors:
        """One batch, with the calls that ``SentenceTransformer.encode`` makes for it."""
        import torch
        from sentence_transformers.util import batch_to_device

        ready = self._ready()
        model = ready.model
        prompt, threads = self.prompts.document, 1
        if task == "query":
            prompt, threads = self.prompts.query, ready.query_threads
        with _torch_threads(threads), torch.inference_mode():
            with self._tokenizing:
                features = model.preprocess(texts, prompt=prompt or None, task=task)
            output = model(batch_to_device(features, model.device), task=task)
            embeddings = output["sentence_embedding"].float()
            unit = torch.nn.functional.normalize(embeddings, p=2, dim=1)
            return np.asarray(unit.cpu().numpy(), dtype=np.float32)


@dataclass(frozen=True)
class _Loaded:
    """A model in memory.

    Attributes:
        dimensions: length of its vectors.
        threads: how many torch would use, as the machine or the environment has it.
        query_threads: how many work on one query together.
    """

    model: SentenceTransformer
    dimensions: int
    threads: int
    query_threads: int

    @property
    def on_gpu(self) -> bool:
        return bool(self.model.device.type != "cpu")


def _load(folder: Path, max_tokens: int) -> _Loaded:
    # Importing torch takes seconds, and commands that embed nothing need none of it.
    import torch
    from safetensors import SafetensorError
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging as transformers_logging

    gpu = torch.cuda.is_available() or torch.backends.mps.is_available()
    # A bar of its own, of a second, amid ours.
    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        model = SentenceTransformer(
            str(folder),
            local_files_only=True,
            # A model's own code is never run.
            trust_remote_code=False,
            model_kwargs={"dtype": _half(folder) if gpu else torch.float32},
        )
        width = model.get_embedding_dimension()
    except (*_UNREADABLE, SafetensorError) as error:
        said = (str(error).strip() or type(error).__name__).splitlines()[0][:200].rstrip(".")
        raise BadInput(
            f"The embedding model in {folder} cannot be loaded ({said}).", field="embedding"
        ) from error
    if not width:
        raise BadInput(f"The model in {folder} makes no vectors of texts.", field="embedding")
    model.eval()
    model.max_seq_length = min(max_tokens, model.max_seq_length or max_tokens)
    threads = torch.get_num_threads()
    alone = _layer_weights(model) <= _ONE_THREAD_WEIGHTS
    return _Loaded(model, int(width), threads, 1 if alone else threads)


def _half(folder: Path) -> torch.dtype:
    """The half precision of a model: some that were trained in bfloat16 overflow in float16."""
    import torch

    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        config = {}
    kept = config.get("dtype") or config.get("torch_dtype")
    return torch.bfloat16 if kept == "bfloat16" else torch.float16


def _layer_weights(model: SentenceTransformer) -> int:
    """Weights that every text goes through: those of its words' table are only looked up."""
    import torch

    tables = {
        id(weight)
        for module in model.modules()
        if isinstance(module, torch.nn.Embedding)
        for weight in module.parameters()
    }
    return sum(weight.numel() for weight in model.parameters() if id(weight) not in tables)


@contextmanager
def _torch_threads(count: int) -> Iterator[None]:
    """Sets how many threads torch uses inside one operation that this thread calls."""
    import torch

    before = torch.get_num_threads()
    if before == count:
        yield
        return
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)
