"""``shopguide convert``: suites and runs into the formats of other tools, and back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from assistant.commands.console import say, tell
from assistant.commands.convert_run import (
    DATABASE,
    Conversion,
    counted,
    of_lost,
    read_run,
    tell_lost,
    write_judgements,
    write_rewards,
    write_run,
)
from assistant.errors import BadInput
from assistant.settings import Settings
from evals.adapters import openai_evals, promptfoo
from evals.adapters.jsonl import write_lines
from evals.adapters.lost import Lost
from evals.adapters.tau2_catalogue import products_of
from evals.adapters.tau2_retail import read_retail
from evals.adapters.tau2_suite import CATALOGUE, conversation_of
from evals.adapters.tau2_tasks import read_tasks
from evals.suite.conversation import Conversation
from evals.suite.files import load_suites
from retrieval.whole_file import narrowest_mode, written_whole

_CATALOGUES = "catalogs"


def convert(settings: Settings, from_kind: str, to_kind: str, conversion: Conversion) -> None:
    """Converts, and tells what could not be carried over.

    Args:
        settings: of the shop, whose catalogues judgements are made by.
        from_kind, to_kind: what is read and what is written: see ``KINDS``.
        conversion: the rest.

    Raises:
        BadInput: there is no such conversion, or what is read is malformed.
    """
    if (from_kind, to_kind) in _OF_SHOP:
        _OF_SHOP[from_kind, to_kind](settings, conversion)
    elif (from_kind, to_kind) in _RUNS:
        _RUNS[from_kind, to_kind](conversion)
    elif from_kind in _READERS and to_kind in _WRITERS and from_kind != to_kind:
        conversations, lost = _READERS[from_kind](conversion)
        kept = _WRITERS[to_kind](conversion.out, conversion.mode, conversations)
        tell_lost(lost)
        without = kept.pop(openai_evals.NO_IDEAL, 0)
        if kept:
            parts = ", ".join(f"{name} ({count})" for name, count in kept.most_common())
            tell(f"Kept for ShopGuide alone, as {to_kind} has no check of it (turns): {parts}.")
        if without:
            tell(f"Samples without an ideal, which a model would have to grade: {without}.")
        say(f"{conversion.out} has {counted(len(conversations))}{of_lost(lost)}.")
    else:
        pairs = ", ".join(f"{a} to {b}" for a, b in KINDS)
        raise BadInput(f"Nothing converts {from_kind} to {to_kind}; there is: {pairs}.", field="to")


def _from_suite(conversion: Conversion) -> tuple[list[Conversation], list[Lost]]:
    return load_suites([conversion.source]), []


def _from_promptfoo(conversion: Conversion) -> tuple[list[Conversation], list[Lost]]:
    return promptfoo.read_tests(conversion.source, variable=conversion.message_var)


def _from_openai_evals(conversion: Conversion) -> tuple[list[Conversation], list[Lost]]:
    return openai_evals.read_samples(conversion.source)


def _from_tau2(conversion: Conversion) -> tuple[list[Conversation], list[Lost]]:
    """Also writes the shop's catalogue where the suite looks for it."""
    tasks = read_tasks(conversion.source)
    database = conversion.database or conversion.source.with_name(DATABASE)
    records = read_retail(database)
    conversations: list[Conversation] = []
    lost: list[Lost] = []
    for task in tasks:
        conversation, missing = conversation_of(task, records)
        conversations.append(conversation)
        lost += (replace(one, where=f"{conversion.source}, {one.where}") for one in missing)
    folder = conversion.out.parent / _CATALOGUES
    folder.mkdir(parents=True, exist_ok=True)
    with written_whole(folder / f"{CATALOGUE}.jsonl", mode=narrowest_mode(database)) as file:
        write_lines(file, products_of(records))
    return conversations, lost


def _to_suite(out: Path, mode: int, conversations: Iterable[Conversation]) -> Counter[str]:
    with written_whole(out, mode=mode) as file:
        write_lines(file, (c.model_dump(mode="json", exclude_defaults=True) for c in conversations))
    return Counter()


def _to_promptfoo(out: Path, mode: int, conversations: Iterable[Conversation]) -> Counter[str]:
    return _write(out, mode, map(promptfoo.as_tests, conversations))


def _to_openai_evals(out: Path, mode: int, conversations: Iterable[Conversation]) -> Counter[str]:
    made = map(openai_evals.sample_of, conversations)
    return _write(out, mode, (([sample], kept) for sample, kept in made))


def _write(
    out: Path, mode: int, made: Iterable[tuple[Sequence[Mapping[str, Any]], Counter[str]]]
) -> Counter[str]:
    kept: Counter[str] = Counter()
    with written_whole(out, mode=mode) as file:
        for lines, of_one in made:
            write_lines(file, lines)
            kept += of_one
    return kept


_READERS: Mapping[str, Callable[[Conversion], tuple[list[Conversation], list[Lost]]]] = {
    "suite": _from_suite,
    "promptfoo": _from_promptfoo,
    "openai-evals": _from_openai_evals,
    "tau2": _from_tau2,
}
_WRITERS: Mapping[str, Callable[[Path, int, list[Conversation]], Counter[str]]] = {
    "suite": _to_suite,
    "promptfoo": _to_promptfoo,
    "openai-evals": _to_openai_evals,
}
_RUNS: Mapping[tuple[str, str], Callable[[Conversion], None]] = {
    ("results", "trec"): write_run,
    ("results", "tau2-rewards"): write_rewards,
}
_OF_SHOP: Mapping[tuple[str, str], Callable[[Settings, Conversion], None]] = {
    ("suite", "qrels"): write_judgements,
    ("trec", "results"): read_run,
}
KINDS: Sequence[tuple[str, str]] = (
    *((a, b) for a in _READERS for b in _WRITERS if a != b),
    *_RUNS,
    *_OF_SHOP,
)
"""What is read, and what can be written of it."""
