"""The client of Milvus: connecting, making collections, and its errors in plain words."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from retrieval.errors import VectorsUnavailable

if TYPE_CHECKING:
    from pymilvus import MilvusClient

_SERVER = re.compile(r"(?:https?|tcp|unix)://")
_INSTALL = "pip install 'pymilvus[milvus_lite]'"
# Below this a server compares every vector, above it searches a graph.
_FLAT_UNTIL = 50_000
_GRAPH = {"M": 32, "efConstruction": 200}


def is_lite(uri: str) -> bool:
    """Whether an address is a file of milvus-lite rather than a server."""
    return not _SERVER.match(uri)


def connect(uri: str, token: str, timeout: float) -> MilvusClient:
    """A client of a server, or of a file that is made where it is missing.

    Args:
        uri: URL of a server, or a file for milvus-lite.
        token: of the server, ``user:password`` or an API key.
        timeout: seconds that connecting may take.

    Raises:
        VectorsUnavailable: it does not answer, or pymilvus is not installed.
    """
    try:
        from pymilvus import MilvusClient
    except ImportError as error:
        raise VectorsUnavailable(
            f"Vectors are to be kept by Milvus, and pymilvus is not installed: {_INSTALL}"
        ) from error
    # What it logs of a failed call, traceback and all, is said in the error that it raises.
    logging.getLogger("pymilvus").setLevel(logging.CRITICAL)
    if is_lite(uri):
        if not uri.endswith(".db"):
            raise VectorsUnavailable(
                f"{uri} is neither the URL of a Milvus server nor a file that ends in .db."
            )
        Path(uri).parent.mkdir(parents=True, exist_ok=True)
    with plainly(uri):
        return MilvusClient(uri=uri, token=token, timeout=timeout)


def make_collection(
    client: MilvusClient,
    collection: str,
    dimensions: int,
    rows: int,
    *,
    uri: str,
    timeout: float,
) -> None:
    """Makes an empty collection of vectors by row; one of that name is removed.

    Args:
        client: from ``connect``.
        collection: its name.
        dimensions: length of a vector.
        rows: how many will be written; the kind of index is chosen by it.
        uri: the client's.
        timeout: seconds that one call may take.

    Raises:
        VectorsUnavailable: Milvus does not answer or refuses.
    """
    from pymilvus import DataType, MilvusClient

    schema = MilvusClient.create_schema(auto_id=False, enable_dynamic_field=False)
    schema.add_field("row", DataType.INT64, is_primary=True)
    schema.add_field("vector", DataType.FLOAT_VECTOR, dim=dimensions)
    params = MilvusClient.prepare_index_params()
    if is_lite(uri) or rows < _FLAT_UNTIL:
        params.add_index("vector", index_type="FLAT", metric_type="IP")
    else:
        params.add_index("vector", index_type="HNSW", metric_type="IP", params=_GRAPH)
    with plainly(uri):
        if client.has_collection(collection, timeout=timeout):
            client.drop_collection(collection, timeout=timeout)
        client.create_collection(
            collection,
            schema=schema,
            index_params=params,
            # The next search finds what was added, as with the index in process.
            consistency_level="Strong",
            timeout=timeout,
        )


@contextmanager
def plainly(uri: str) -> Iterator[None]:
    """Says what pymilvus raises in one sentence, without what may be secret in an address.

    Raises:
        VectorsUnavailable: a call inside failed.
    """
    from grpc import RpcError
    from pymilvus.exceptions import MilvusException

    try:
        yield
    except (MilvusException, RpcError, OSError) as error:
        where = re.sub(r"//[^/@]*@", "//", uri)
        said = str(getattr(error, "message", "") or type(error).__name__).splitlines()[0][:200]
        raise VectorsUnavailable(f"Milvus at {where} does not do what is asked: {said}") from error
