"""A process that changes a catalogue until it is killed, or on a disk that is full."""

import itertools
import json
import resource
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path

from retrieval.catalogues import index_file
from retrieval.embedding import HashingEmbedder
from retrieval.errors import IndexNotWritten
from retrieval.folder import IndexFolder
from retrieval.product import Product

EMBEDDER = HashingEmbedder(16)


def say(text: object) -> None:
    """Acknowledges something to whoever reads the output."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def one(id: str, price: int = 1) -> Product:
    data = {"id": id, "title": f"Shoe {id}", "price": price, "currency": "USD"}
    return Product.model_validate(data)


def add(root: Path, prefix: str, count: str = "0") -> None:
    """Adds products one by one and names each that is in."""
    folder = IndexFolder(root, EMBEDDER)
    for number in range(int(count)) if int(count) else itertools.count():
        folder.change("shop", upserts=[one(f"{prefix}{number}", number)])
        say(f"{prefix}{number}")


def fold(root: Path) -> None:
    """Changes and folds by turns."""
    folder = IndexFolder(root, EMBEDDER)
    for number in itertools.count():
        folder.change("shop", upserts=[one(f"f{number}", number)])
        say(f"f{number}")
        folder.fold("shop")


def index(root: Path, file: str) -> None:
    """Indexes a file again and again."""
    folder = IndexFolder(root, EMBEDDER)
    while True:
        now = datetime.now(UTC)
        index_file(folder, Path(file), name="shop", embedder=EMBEDDER, now=now)
        say("indexed")


def full(root: Path, what: str, file: str) -> None:
    """Does something on a full disk and says what came of it."""
    folder = IndexFolder(root, EMBEDDER)
    if what != "open":
        folder.open("shop")
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, 1_000))
    told = ""
    try:
        if what == "change":
            folder.change("shop", upserts=[one("new")])
        elif what == "fold":
            folder.fold("shop")
        elif what == "index":
            now = datetime.now(UTC)
            index_file(folder, Path(file), name="shop", embedder=EMBEDDER, now=now)
    except IndexNotWritten as error:
        told = error.sentence
    again = IndexFolder(root, EMBEDDER).open("shop")
    found = [len(shop.search("shoe", k=100)) for shop in (folder.open("shop"), again)]
    say(json.dumps({"told": told, "found": found}))


if __name__ == "__main__":
    act = {"add": add, "fold": fold, "index": index, "full": full}[sys.argv[1]]
    act(Path(sys.argv[2]), *sys.argv[3:])
