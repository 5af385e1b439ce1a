"""The weights of policy answers, learnt: ``python -m evals.policy_weights [--write]``.

Every question of the suites under ``evals/suites/policies`` is read as a turn reads it, and what
speaks for and against each sentence of its shop's policies is gathered. A multinomial logistic
regression over the sentences of a question and "none of them" (McFadden's conditional logit) learns
what each sign counts: a clause that answers may do so by any of its sentences. The figures are of
each shop by weights learnt from the others; ``--write`` learns from all and stores them.
"""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import yaml
from numpy.typing import NDArray
from scipy.optimize import minimize

from assistant.app import default_embedder, indexes_folder
from assistant.language import language_of
from assistant.logs import configure_logs
from assistant.policy import weights as stored
from assistant.policy.answering import MOST_CLAUSES, MOST_QUESTIONS, goods_in
from assistant.policy.deciding import chosen, matches_of
from assistant.policy.question import questions_of
from assistant.policy.weights import Weights, silence_of
from assistant.policy.words import Spans
from assistant.settings import Settings
from evals.handoffs import share
from evals.suite.files import load_suites
from retrieval.catalogues import DEMO, open_catalogue
from retrieval.folder import IndexFolder
from retrieval.policies import PolicyFolder
from retrieval.translation import Thesaurus
from tools.find_policy import MOST_QUESTION

SUITES = Path(__file__).parent / "suites" / "policies"
SHIPPED = Path(__file__).parents[1] / "retrieval" / "demo" / "policies"
# The rules were written on these: they read all of their questions, and others' few.
_DEVELOPED = frozenset({"dev", "held"})
# Nothing is learnt from these, so that they go on telling what an unseen shop may expect.
_KEPT_BACK = frozenset({"kitchen", "outdoor"})
# Of a sign whose spread is 1, its square costs this much: few hundred questions bear no more.
_RIDGE = 5.0

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Gathered:
    """One question of a message.

    Attributes:
        signs: of each sentence, shape (sentences, signs).
        sources: what a citation of each would name.
        silence: of the question.
    """

    signs: Numbers
    sources: tuple[str, ...]
    silence: Numbers


@dataclass(frozen=True)
class Message:
    """One message of a suite.

    Attributes:
        shop: whose policies it asks.
        answers: of each clause that is expected the sources that will do; empty where none answers.
        questions: that it was read as.
    """

    shop: str
    answers: tuple[frozenset[str], ...]
    questions: tuple[Gathered, ...]


@dataclass(frozen=True)
class Names:
    """The signs in their order."""

    answer: tuple[str, ...]
    silence: tuple[str, ...]


def shops() -> Iterator[tuple[str, Path, list[Path]]]:
    """Each shop that there are questions on: its name, its policies' folder and its suites."""
    yield "shipped", SHIPPED, sorted(SUITES.glob("*.jsonl"))
    for folder in sorted(SUITES.glob("*/policies")):
        if folder.parent.name not in _DEVELOPED | _KEPT_BACK:
            yield folder.parent.name, folder, sorted(folder.parent.glob("*.jsonl"))


def gather(
    shop: str, folder: PolicyFolder, suites: Sequence[Path], goods: Callable[[str], Spans]
) -> tuple[Names, list[Message]]:
    """Every message of a shop's suites with what speaks for and against each sentence.

    Args:
        shop: its name.
        folder: of its policies.
        suites: whose turns expect ``policy``.
        goods: where a text names products.
    """
    thesaurus = Thesaurus()
    names = Names((), ())
    messages = []
    turns = [turn for conversation in load_suites(suites) for turn in conversation.turns]
    for turn in turns:
        if turn.expect.policy is None:
            continue
        language = language_of(turn.say)
        read = []
        for question in questions_of(turn.say, language, goods=goods)[:MOST_QUESTIONS]:
            found = folder.now().search(question.whole[-MOST_QUESTION:], language, MOST_CLAUSES)
            every = matches_of(question, found, thesaurus)
            matches = [one for one in every if not one.barred]
            silence = silence_of(question)
            if matches:
                names = Names(tuple(matches[0].signs), tuple(silence))
            rows = [[float(one.signs[name]) for name in names.answer] for one in matches]
            read.append(
                Gathered(
                    np.array(rows).reshape(len(rows), len(names.answer)),
                    tuple(one.unit.clause.source for one in matches),
                    np.array([float(value) for value in silence.values()]),
                )
            )
        answers = tuple(
            frozenset(f"policy:{place}" for place in one.split("|")) for one in turn.expect.policy
        )
        messages.append(Message(shop, answers, tuple(read)))
    return names, messages


def learn(names: Names, messages: Sequence[Message]) -> Weights:
    """The weights that make what is known of the messages likeliest.

    Args:
        names: of the signs.
        messages: of shops whose right clauses are known.
    """
    rows, right, silence, counts = [], [], [], []
    for message in messages:
        wanted = frozenset().union(*message.answers)
        for question in message.questions:
            answers = np.array([source in wanted for source in question.sources], dtype=bool)
            # Of several questions each right clause answers one, and it is not known which.
            if not len(answers) or (wanted and not answers.any()):
                continue
            rows.append(question.signs)
            right.append(answers)
            silence.append(question.silence)
            counts.append(len(answers))
    data, asked = np.concatenate(rows), np.array(silence)
    spread, spread_asked = _spread(data), _spread(asked)
    found = _fit(data / spread, np.concatenate(right), asked / spread_asked, np.array(counts))
    split = len(names.answer)
    return Weights(
        dict(zip(names.answer, (found[:split] / spread).tolist(), strict=True)),
        dict(zip(names.silence, (found[split:] / spread_asked).tolist(), strict=True)),
    )


def _spread(data: Numbers) -> Numbers:
    spread: Numbers = data.std(axis=0)
    return np.where(spread > 0, spread, 1.0)


def _fit(
    data: Numbers, right: NDArray[np.bool_], asked: Numbers, counts: NDArray[np.int64]
) -> Numbers:
    """Weights of the sentences' signs, then of the questions', of signs whose spread is 1.

    Args:
        data: the signs of all sentences, those of one question next to each other.
        right: which sentences answer.
        asked: the signs of each question.
        counts: how many sentences each question has.
    """
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    owner = np.repeat(np.arange(len(counts)), counts)
    answered = np.add.reduceat(right, starts, dtype=np.int64) > 0
    split = data.shape[1]

    def loss(weights: Numbers) -> tuple[float, Numbers]:
        odds, none = data @ weights[:split], asked @ weights[split:]
        most = np.maximum(np.maximum.reduceat(odds, starts), none)
        raised, raised_none = np.exp(odds - most[owner]), np.exp(none - most)
        whole = np.add.reduceat(raised, starts) + raised_none
        good = np.where(answered, np.add.reduceat(raised * right, starts), raised_none)
        good = np.maximum(good, 1e-300)
        change = raised / whole[owner] - raised * right / good[owner]
        change_none = raised_none / whole - np.where(answered, 0.0, raised_none / good)
        slope = np.concatenate([data.T @ change, asked.T @ change_none])
        told = float(np.sum(np.log(whole / good)) + _RIDGE / 2 * weights @ weights)
        return told, slope + _RIDGE * weights

    start = np.zeros(split + asked.shape[1])
    found: Numbers = minimize(loss, start, jac=True, method="L-BFGS-B").x
    return found


def answer(names: Names, weights: Weights, question: Gathered) -> tuple[str | None, str]:
    """The clause that is quoted, None where it is said to be unknown; and the likeliest one.

    Args:
        names: of the signs.
        weights: of them.
        question: that is asked.
    """
    odds = question.signs @ np.array(list(weights.answer.values()))
    none = float(question.silence @ np.array(list(weights.silence.values())))
    most = max([none, *odds.tolist()])
    raised = np.exp(odds - most)
    chances = raised / (raised.sum() + np.exp(none - most))
    by_clause: dict[str, float] = {}
    for source, chance in zip(question.sources, chances.tolist(), strict=True):
        by_clause[source] = by_clause.get(source, 0.0) + chance
    covers = question.signs[:, names.answer.index("whole")]
    whole = [at for at in np.argsort(-odds, kind="stable").tolist() if covers[at]]
    plain = bool(question.silence[names.silence.index("plain")])
    quoted = chosen(by_clause, question.sources[whole[0]] if whole else None, plain=plain)
    return quoted, max(by_clause, key=lambda source: by_clause[source], default="")


def figures(
    names: Names, weights: Weights, messages: Sequence[Message]
) -> tuple[int, int, int, int]:
    """How many messages are answered rightly and wrongly, of those that a clause answers; of the
    others, how many are honestly not; and of how many of the first the likeliest clause is right.

    Args:
        names: of the signs.
        weights: of them.
        messages: of shops that the weights were not learnt from.
    """
    right = wrong = honest = first = 0
    for message in messages:
        found = [answer(names, weights, question) for question in message.questions]
        cited = {quoted for quoted, _ in found if quoted is not None}
        if not message.answers:
            honest += not cited
            continue
        good = all(one & cited for one in message.answers)
        right += good
        wrong += bool(cited) and not good
        first += any(source in one for _, source in found for one in message.answers)
    return right, wrong, honest, first


def report(names: Names, messages: Sequence[Message]) -> Iterator[str]:
    """The figures of each shop by weights that were learnt from the others, line by line."""
    whole = np.zeros(4, dtype=np.int64)
    for shop in dict.fromkeys(one.shop for one in messages):
        others = [one for one in messages if one.shop != shop]
        own = [one for one in messages if one.shop == shop]
        counted = figures(names, learn(names, others), own)
        whole += np.array(counted)
        yield f"{shop}: {_told(counted, own)}"
    yield f"all: {_told(tuple(whole.tolist()), messages)}"


def _told(counted: Sequence[int], messages: Sequence[Message]) -> str:
    right, wrong, honest, first = counted
    answerable = sum(bool(one.answers) for one in messages)
    return (
        f"right {share(right, answerable)}, another clause {share(wrong, answerable)}, "
        f"honest {share(honest, len(messages) - answerable)}, "
        f"right clause likeliest {share(first, answerable)}"
    )


def store(weights: Weights, path: Path) -> None:
    """Writes weights as people can read them.

    Args:
        weights: learnt.
        path: of the file.
    """
    rounded = {
        name: {sign: round(value, 3) for sign, value in values.items()}
        for name, values in (("answer", weights.answer), ("silence", weights.silence))
    }
    about = "# Learnt: python -m evals.policy_weights --write\n"
    path.write_text(about + yaml.safe_dump(rounded, sort_keys=False), encoding="utf-8")


def main() -> int:
    """Gathers, prints the figures and, where asked to, stores the weights."""
    parser = argparse.ArgumentParser(prog="python -m evals.policy_weights", description=__doc__)
    parser.add_argument("--write", action="store_true", help="store the weights of all shops")
    given = parser.parse_args()
    configure_logs(logging.ERROR)
    with tempfile.TemporaryDirectory() as home:
        settings = Settings(home=Path(home), catalog=DEMO)
        embedder = default_embedder(Settings())
        indexes = IndexFolder(indexes_folder(settings), embedder)
        index = open_catalogue(indexes, DEMO, embedder=embedder, now=datetime.now(UTC))
        messages: list[Message] = []
        for shop, root, suites in shops():
            folder = PolicyFolder(root, embedder)
            names, some = gather(shop, folder, suites, lambda text: goods_in(text, index))
            messages += some
    for line in report(names, messages):
        print(line, flush=True)
    if given.write:
        store(learn(names, messages), Path(stored.__file__).with_name("weights.yaml"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
