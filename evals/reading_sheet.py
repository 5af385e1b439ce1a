"""``python -m evals.reading_sheet``: replies drawn at random, for a person's verdicts.

Each reply stands beside the records of the products that it speaks of and what the grader made of
it. The Markdown file is for reading, the CSV file for the verdicts.
"""

from __future__ import annotations

import argparse
import csv
import json
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path

from evals.baselines.plain import record_text
from evals.grading import Claim, Grader
from evals.running.observed import Observed
from evals.running.records import Record
from evals.suite.conversation import Conversation
from evals.suite.files import load_suites
from retrieval.advice import load_advice
from retrieval.catalogues import DEMO
from retrieval.product import Product
from retrieval.words import load_words

_COLUMNS = ("number", "system", "conversation", "turn", "message", "reply", "doubted", "verdict",
            "note")  # fmt: skip


@dataclass(frozen=True)
class Reading:
    """A reply to read.

    Attributes:
        said: the shopper's words up to it, the last of them its message.
        records: the products that it gives or names.
        doubted: claims that the grader found no record for.
    """

    system: str
    conversation: str
    turn: int
    said: tuple[str, ...]
    observed: Observed
    records: tuple[Product, ...]
    doubted: tuple[Claim, ...]


def draw(
    records: Iterable[Record],
    conversations: Mapping[str, Conversation],
    shops: Mapping[str, tuple[Grader, Mapping[str, Product]]],
    *,
    size: int,
    seed: int,
) -> list[Reading]:
    """Draws replies of a run, each turn with the same chance.

    Args:
        records: of the run; failed turns have no reply to read.
        conversations: of the suite, by id.
        shops: a grader and the products by id, by the catalogue's name.
        size: how many at most.
        seed: the same seed draws the same of the same run.
    """
    turns = [
        (record, place)
        for record in records
        for place, turn in enumerate(record.turns)
        if turn.error is None and record.conversation in conversations
    ]
    rng = random.Random(seed)  # noqa: S311 (a sample, no secret)
    drawn = rng.sample(turns, min(size, len(turns)))
    readings = []
    for record, place in drawn:
        conversation = conversations[record.conversation]
        grader, products = shops[conversation.catalog]
        seen = record.turns[place]
        said = tuple(turn.say for turn in conversation.turns[: place + 1])
        ids = dict.fromkeys([*seen.products, *grader.named(seen.text)])
        claims = grader.grade(seen.text, offered=seen.products, said=said)
        readings.append(
            Reading(
                record.system,
                record.conversation,
                place + 1,
                said,
                seen,
                tuple(products[id] for id in ids if id in products),
                tuple(claim for claim in claims if not claim.supported),
            )
        )
    return readings


def markdown(readings: Sequence[Reading]) -> str:
    """The sheet to read."""
    parts = ["# Replies to read\n"]
    for number, reading in enumerate(readings, start=1):
        head = f"## {number}. {reading.system}, {reading.conversation}, turn {reading.turn}\n"
        said = "\n".join(f"> {line}" for line in reading.said)
        reply = "\n".join(f"    {line}" for line in reading.observed.text.splitlines())
        listed = [f"{place}. {record_text(p)}" for place, p in enumerate(reading.records, start=1)]
        records = "\n".join(listed) or "no product"
        doubts = "\n".join(f"- {c.kind} “{c.text}”: {c.told}" for c in reading.doubted)
        parts.append(
            f"{head}\nThe shopper:\n\n{said}\n\nThe reply:\n\n{reply}\n\nRecords:\n\n{records}\n\n"
            f"Doubted by the grader:\n\n{doubts or '- nothing'}\n\nVerdict: \n"
        )
    return "\n".join(parts)


def write_csv(readings: Sequence[Reading], path: Path) -> None:
    """Writes the sheet for verdicts: a row a reply, the last two columns empty."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        rows = csv.DictWriter(file, _COLUMNS)
        rows.writeheader()
        for number, reading in enumerate(readings, start=1):
            rows.writerow(
                {
                    "number": number,
                    "system": reading.system,
                    "conversation": reading.conversation,
                    "turn": reading.turn,
                    "message": reading.said[-1],
                    "reply": reading.observed.text,
                    "doubted": "; ".join(f"{c.kind}: {c.text}" for c in reading.doubted),
                }
            )


def read_records(path: Path) -> list[Record]:
    """The records of a run's JSON Lines file, the last of each conversation and system."""
    lines = path.read_text(encoding="utf-8").splitlines()
    records = (Record.model_validate(json.loads(line)) for line in lines if line.strip())
    return list({record.key: record for record in records}.values())


def shop_of(
    products_file: Path, words_file: Path | None, advice_file: Path | None
) -> tuple[Grader, dict[str, Product]]:
    """A grader and the products by id of a catalogue's files.

    Args:
        products_file: JSON Lines, as an index keeps it.
        words_file: the shop's own words, where it has any.
        advice_file: the shop's advice, where it has any.
    """
    lines = products_file.read_text(encoding="utf-8").splitlines()
    products = [Product.model_validate_json(line) for line in lines if line.strip()]
    words = load_words(words_file) if words_file else None
    advice = load_advice(advice_file).entries if advice_file else ()
    return Grader(products, words, advice), {product.id: product for product in products}


def main(argv: Sequence[str] | None = None) -> None:
    """Draws and writes both files.

    Args:
        argv: arguments; those of the process where None.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("results", type=Path, help="the run's results, JSON Lines")
    parser.add_argument("suites", type=Path, nargs="+", help="the suites that it ran")
    parser.add_argument("--out", type=Path, default=Path("reading"), help="without an ending")
    parser.add_argument("--size", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--system", help="only replies of this one")
    parser.add_argument(
        "--catalog",
        nargs=4,
        action="append",
        default=[],
        metavar=("NAME", "PRODUCTS", "WORDS", "ADVICE"),
        help="a catalogue other than the demo shop, with its files; '-' for none",
    )
    given = parser.parse_args(argv)
    with as_file(files("retrieval.demo")) as demo:
        shops = {
            DEMO: shop_of(*(demo / f for f in ("products.jsonl", "words.yaml", "advice.yaml")))
        }
    for name, *paths in given.catalog:
        products, words, advice = (None if path == "-" else Path(path) for path in paths)
        if products is None:
            parser.error("a catalogue needs its products")
        shops[name] = shop_of(products, words, advice)
    conversations = {c.id: c for c in load_suites(given.suites) if c.catalog in shops}
    records = [r for r in read_records(given.results) if given.system in (None, r.system)]
    readings = draw(records, conversations, shops, size=given.size, seed=given.seed)
    given.out.with_suffix(".md").write_text(markdown(readings), encoding="utf-8")
    write_csv(readings, given.out.with_suffix(".csv"))
    print(f"{len(readings)} replies in {given.out}.md and {given.out}.csv")


if __name__ == "__main__":
    main()
