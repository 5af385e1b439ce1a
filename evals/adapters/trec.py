"""Runs and judgements as TREC has them, for ``trec_eval`` and its kin, and runs back in.

``shopguide convert RUN --from results --to trec --suite SUITE --out run.trec``
``shopguide convert SUITE --from suite --to qrels --out qrels.txt``
``shopguide convert run.trec --from trec --to results --suite SUITE --out RUN``

Each turn of a conversation is a topic, ``CONVERSATION/TURN``. The products of a reply are the
documents, best first; white space and ``%`` in their ids are percent-encoded, as ``shopguide
search --run`` does it. A product that can be bought and meets ``products.all`` has relevance 1,
one that may be the pick 2; a turn where nothing has to be recommended has no judgements. That is
what ``evals.measures`` holds to be relevant, too. ``trec_eval`` takes topics without an answer
for absent: with ``-c`` it counts them as nought.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from urllib.parse import quote, unquote

from assistant.commands.search import trec_lines
from evals.adapters.lost import Lost
from evals.checks.wording import Shop
from evals.measures.products import relevance
from evals.running.observed import Observed
from evals.running.records import Record, digest_of
from evals.suite.conversation import Conversation
from retrieval.errors import BadInput

_SPACE = re.compile(r"[\s%]")
_FIELDS = 6


def topic_of(conversation: str, turn: int) -> str:
    """The name of a turn among the topics.

    Args:
        conversation: its id.
        turn: from 1.
    """
    return f"{conversation}/{turn}"


def encoded(id: str) -> str:
    """A product's id as a word of a TREC file."""
    return _SPACE.sub(lambda match: quote(match[0], safe=""), id)


def run_lines(record: Record) -> Iterator[str]:
    """The lines of a conversation, tagged with the name of the system.

    Of a product that is given twice the first place counts.
    """
    tag = encoded(record.system)
    for number, turn in enumerate(record.turns, start=1):
        found = ((id, 1 / rank) for rank, id in enumerate(dict.fromkeys(turn.products), start=1))
        for line in trec_lines(topic_of(record.conversation, number), found):
            yield f"{line.rpartition(' ')[0]} {tag}"


def judgement_lines(conversation: Conversation, shop: Shop) -> Iterator[str]:
    """The judgements of a conversation, a line a relevant product: ``topic 0 product grade``.

    Args:
        conversation: with its expectations.
        shop: its catalogue.
    """
    for number, turn in enumerate(conversation.turns, start=1):
        for id, grade in relevance(turn.expect, shop).items():
            yield f"{topic_of(conversation.id, number)} 0 {encoded(id)} {grade}"


def read_run(path: Path) -> dict[str, list[str]]:
    """The products of each topic, best first.

    As ``trec_eval`` does, it goes by the scores, and by the names of documents that have the
    same one, the last first; the ranks are not looked at.

    Raises:
        BadInput: the file cannot be read or has no line, a line is malformed, or names a product
            a second time; the sentence names file and line.
    """
    scored: dict[str, dict[str, float]] = {}
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                if not line.strip():
                    continue
                topic, document, score = _run_line(line, where := f"{path}, line {number}")
                documents = scored.setdefault(topic, {})
                if document in documents:
                    raise BadInput(f"{where}: {document!r} is there twice.", field="input")
                documents[document] = score
    except OSError as error:
        raise BadInput(f"Cannot read {path}: {error.strerror}.", field="input") from error
    if not scored:
        raise BadInput(f"{path} has no line.", field="input")
    return {
        topic: [
            unquote(document)
            for _, document in sorted(((s, d) for d, s in documents.items()), reverse=True)
        ]
        for topic, documents in scored.items()
    }


def records_of(
    run: Mapping[str, list[str]], conversations: Iterable[Conversation], *, system: str
) -> tuple[list[Record], list[Lost]]:
    """A run as what a system gave, so that it is graded like any other.

    A run has no text, so that every check of one fails; the measures of products are its own. Of
    times and tokens it tells nothing. A topic without a line was given no product: were it left
    out, a run could choose what it is graded by.

    Args:
        run: the products of each topic.
        conversations: of the suite. Those that are a simulated shopper's goal have no turns to
            be topics, and are left out.
        system: a name for whatever made the run.

    Returns:
        The records; and the topics that are no turn of the suite.
    """
    left = dict(run)
    records: list[Record] = []
    for conversation in conversations:
        if not conversation.turns:
            continue
        topics = [topic_of(conversation.id, n) for n in range(1, len(conversation.turns) + 1)]
        turns = [Observed(products=left.pop(topic, []), timed=False) for topic in topics]
        records.append(
            Record(
                system=system,
                conversation=conversation.id,
                digest=digest_of(conversation),
                said=[turn.say for turn in conversation.turns],
                turns=turns,
            )
        )
    return records, [Lost(f"topic {topic}", "no turn of the suite") for topic in left]


def _run_line(line: bytes, where: str) -> tuple[str, str, float]:
    try:
        fields = line.decode("utf-8").split()
    except UnicodeDecodeError as error:
        raise BadInput(f"{where}: not UTF-8 text.", field="input") from error
    if len(fields) != _FIELDS:
        told = f"{len(fields)} fields, not the six of a run (topic Q0 document rank score tag)"
        raise BadInput(f"{where}: {told}.", field="input")
    topic, _, document, _, text, _ = fields
    try:
        score = float(text)
    except ValueError as error:
        raise BadInput(f"{where}: the score {text!r} is no number.", field="input") from error
    if not math.isfinite(score):
        raise BadInput(f"{where}: the score {text!r} is no number.", field="input")
    return topic, document, score
