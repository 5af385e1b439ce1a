"""The texts of the page, in English and Chinese, and which of the two a browser prefers."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict

from assistant.reply import Language
from retrieval.errors import ShopGuideError


class Confidence(BaseModel):
    """Words for how sure a fact is."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sure: str
    likely: str
    maybe: str
    unsure: str


class MemoryTexts(BaseModel):
    """Texts of what a shopper may do about the memory."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str
    ask: str
    agree: str
    decline: str
    nothing_kept: str
    declined: str
    not_learning: str
    stop_learning: str
    go_on_learning: str
    interests: str
    close: str
    export: str
    erase: str
    really: str
    erase_now: str
    keep: str
    erased: str
    pin: str
    unpin: str
    pinned: str
    faded: str
    corrected: str
    correct: str
    save: str
    saved: str
    delete: str
    deleted: str
    said_before: str
    unknown_fact: str
    known_already: str
    bad_value: str
    needs_number: str
    not_done: str


class ThreadTexts(BaseModel):
    """Texts of the list of conversations."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str
    search: str
    none: str
    none_found: str
    more: str
    delete: str
    really: str
    delete_now: str
    keep: str
    deleted: str


class GraphTexts(BaseModel):
    """Texts of the interest graph."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str
    drawing: str
    about: str
    columns: tuple[str, str, str, str, str, str]
    kinds: dict[str, str]
    path: str
    related: str
    trace: str
    fitting: str
    none: str
    empty: str
    left_out: str


class Texts(BaseModel):
    """Every text of the page in one language; ``texts.yaml`` tells where each is shown."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    title: str
    tagline: str
    language_label: str
    welcome: str
    welcome_more: str
    conversation: str
    you: str
    assistant: str
    box_label: str
    box_hint: str
    send: str
    stop: str
    new: str
    dark: str
    suggested: str
    questions_demo: list[str]
    questions_any: list[str]
    working: str
    thumb_up: str
    thumb_down: str
    thumbed: str
    model_failed: str
    pick: str
    products: str
    products_shown: str
    comparison: str
    best: str
    not_told: str
    list_price: str
    rated: str
    rated_alone: str
    reasons: str
    because: str
    why_here: str
    score: str
    met: str
    not_met: str
    from_record: str
    from_advice: str
    citations: str
    need_title: str
    need_empty: str
    must: str
    prefer: str
    exclude: str
    unmatched: str
    release: str
    released: str
    put_back: str
    profile_title: str
    profile_empty: str
    memory: MemoryTexts
    threads: ThreadTexts
    last_seen: str
    confidence: Confidence
    ops: dict[Literal["<", "<=", ">", ">=", "=", "!=", "contains"], str]
    sort_asc: str
    sort_desc: str
    yes: str
    no: str
    illustrative: str
    opens_new: str
    stopped: str
    not_stopped: str
    retry: str
    edit: str
    editing: str
    leave_edit: str
    copy_answer: str
    stock: str
    sizes: str
    availability: dict[Literal["in_stock", "out_of_stock", "preorder", "backorder"], str]
    compare: str
    compare_now: str
    compare_need: str
    compare_none: str
    chosen: str
    chosen_most: str
    alike: str
    record: str
    record_gone: str
    open_record: str
    citation_title: str
    said_then: str
    in_shop: str
    copied: str
    too_long: str
    pasted: str
    still_answering: str
    connection_lost: str
    unsent: str
    talking_to: str
    person_coming: str
    message_taken: str
    reload: str
    failed: str
    fields: dict[str, str]
    errors: dict[str, str]
    graph: GraphTexts

    def error(self, error: ShopGuideError) -> str:
        """The sentence for an error: the page's own where there is one, else the error's."""
        for kind in type(error).__mro__:
            if kind.__name__ in self.errors:
                return self.errors[kind.__name__]
        return error.sentence


@cache
def texts(language: Language) -> Texts:
    """The page's texts in a language."""
    loaded = yaml.safe_load(files("ui").joinpath("texts.yaml").read_text(encoding="utf-8"))
    return Texts.model_validate(loaded[language])


def known_language(value: object) -> Language | None:
    """The language that a browser's stored value names; None where it names none."""
    if value == "en" or value == "zh":
        return value
    return None


def preferred_language(accept: str) -> Language:
    """The better liked of English and Chinese; English where neither is named.

    Args:
        accept: the Accept-Language header (RFC 9110, section 12.5.4).
    """
    best: Language = "en"
    best_weight = 0.0
    for entry in accept[:500].split(","):
        tag, _, parameter = entry.strip().lower().partition(";")
        language = known_language(tag.strip().split("-")[0])
        weight = _weight(parameter)
        if language is not None and weight > best_weight:
            best, best_weight = language, weight
    return best


def _weight(parameter: str) -> float:
    name, _, number = parameter.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return min(max(float(number), 0.0), 1.0)
    except ValueError:
        return 0.0
