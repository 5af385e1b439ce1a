"""The nodes and paths of an interest graph in words a shopper reads."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.resources import files

import yaml
from pydantic import BaseModel, ConfigDict

from assistant.profile.interests.nodes import Node
from assistant.profile.interests.related import Step
from assistant.reply import Language
from retrieval.index import CatalogueIndex
from retrieval.vocabulary import Term

_LONGEST = 80


class InterestWords(BaseModel):
    """The words of one language; ``interest_words.yaml`` tells where each stands."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    arrow: str
    start: dict[str, str]
    step: dict[str, str]
    counted: str


@cache
def interest_words(language: Language) -> InterestWords:
    """The words of a language."""
    file = files("assistant.profile.interests").joinpath("words.yaml")
    return InterestWords.model_validate(yaml.safe_load(file.read_text(encoding="utf-8"))[language])


def node_name(node: Node, index: CatalogueIndex, language: Language, text: str = "") -> str:
    """What a node is called: a title, a value, the shopper's words.

    Args:
        node: of the graph; the shopper has no name.
        index: the catalogue.
        language: of the reader.
        text: the words of a fact, which its node does not hold.
    """
    if node.kind == "product" or (node.kind == "event" and node.field != "search"):
        id = str(node.value)
        return index.get(id).title_in(language) if id in index else id
    if node.kind == "advice":
        entry = index.advice.get(str(node.value))
        return entry.name(language) if entry else str(node.value)
    if node.kind in ("brand", "category", "value"):
        shown = index.vocabulary.display(Term(node.field, node.value), language)
        if node.kind != "value" or isinstance(node.value, bool):
            return shown
        pattern = index.vocabulary.pattern(node.field, language)
        if pattern is not None:
            return pattern.format(value=shown)
        label = index.vocabulary.label(node.field, language)
        return f"{label}: {shown}" if language == "en" else f"{label}：{shown}"
    return text or str(node.value)


def path_sentence(
    path: Sequence[Step], index: CatalogueIndex, language: Language, quotes: dict[Node, str]
) -> str:
    """A path as one sentence: ``you bought X → for trail → Rain jackets (8 of 12)``.

    Args:
        path: from the shopper on; an empty one gives an empty sentence.
        index: the catalogue.
        language: of the sentence.
        quotes: the shopper's words for the facts on the path.
    """
    words = interest_words(language)
    told: list[str] = []
    for before, step in zip([None, *path], path, strict=False):
        node = step.node
        # What was bought is named with the purchase.
        if node.kind == "shopper" or (
            node.kind == "product" and before and before.node.kind == "event"
        ):
            continue
        name = _short(node_name(node, index, language, quotes.get(node, "")))
        if node.kind in ("fact", "event"):
            pattern = words.start["fact" if node.kind == "fact" else node.field]
        else:
            pattern = words.step[node.kind]
        text = pattern.format(text=name)
        if step.count is not None and node.kind == "category":
            text = words.counted.format(text=text, count=step.count, total=step.total)
        told.append(text)
    return words.arrow.join(told)


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= _LONGEST else flat[: _LONGEST - 1].rstrip() + "…"
