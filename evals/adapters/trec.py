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
from evals.measures.products import recommends
from evals.running.observed import Observed
from evals.running.records import Record, digest_of
from evals.suite.conversation import Conversation
from evals.suite.predicates import best, can_be_bought, meets
from retrieval.errors import BadInput

_SPACE = re.compile(r"[\s%]")
_MEETS, _PICK = 1, 2
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
    buyable = [product for product in shop.products.values() if can_be_bought(product)]
    for number, turn in enumerate(conversation.turns, start=1):
        expect = turn.expect
        rule = expect.products
        if rule is None or not recommends(expect) or not (rule.some or expect.pick):
            continue
        predicates = rule.predicates
        meeting = [p for p in buyable if meets(p, predicates)]
        # Without conditions every product would be relevant.
        grades = dict.fromkeys((p.id for p in meeting if predicates), _MEETS)
        if expect.pick is not None:
            picks = set(expect.pick.ids or ())
            if expect.pick.extreme is not None:
                picks |= {product.id for product in best(meeting, *expect.pick.extreme)}
            grades |= dict.fromkeys(sorted(picks), _PICK)
        for id, grade in grades.items():
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

    A run has no text, so that every check of one fails; the measures of products are its own.

    Args:
        run: the products of each topic.
        conversations: of the suite. One with no topic in the run is left out.
        system: a name for whatever made the run.

    Returns:
        The records; and the topics that are no turn of the suite.
    """
    left = dict(run)
    records: list[Record] = []
    for conversation in conversations:
        topics = [topic_of(conversation.id, n) for n in range(1, len(conversation.turns) + 1)]
        if not any(topic in run for topic in topics):
            continue
        turns = [Observed(products=left.pop(topic, [])) for topic in topics]
        records.append(
            Record(
                system=system,
                conversation=conversation.id,
                digest=digest_of(conversation),
                place=len(records),
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
