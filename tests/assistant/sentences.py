"""Sentences for the sentence gate: lies and truths about a catalogue, drawn from its records.

The wordings stand in ``wordings_en.yaml`` and ``wordings_zh.yaml``. What fills them is computed
from the records alone and shares nothing with the gate.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from sentence_couple import Couple, text_of
from sentence_figures import add_figures
from sentence_qualities import add_qualities
from sentence_scenes import Scene, draw_scenes
from sentence_wordings import Wordings, load_wordings

from assistant.evidence import Evidence
from assistant.reply import Language
from retrieval.index import CatalogueIndex

_SCENES = 150
_COUPLES = 3
_SAID_TWICE = 2
# Where one of these stands in a description, it may support what the wordings of a kind claim.
_SUPPORTS = {
    "boolean": re.compile(r"water|rain|wet|dry|splash|puddle|weather", re.IGNORECASE),
    "popularity": re.compile(
        r"popular|loved|favou?rite|famous|award|expert|athlete|\bpros?\b|best", re.IGNORECASE
    ),
    "origin": re.compile(r"recycl|vegan|hand|made in|natural|sustain", re.IGNORECASE),
    "no_record": re.compile(
        r"durab|last|tough|hard-wearing|wash|reflect|break|broken in|size|insole|footbed|lining|"
        r"memory|quiet|shape",
        re.IGNORECASE,
    ),
    "plain_words": re.compile(
        r"popular|loved|favou?rite|best|\bwell\b|colou?r|buyers|people|fits|keep|hold|nothing",
        re.IGNORECASE,
    ),
    "superlative": re.compile(r"\w+est\b|\bmost\b", re.IGNORECASE),
}


@dataclass(frozen=True)
class Said:
    """A sentence about records.

    Attributes:
        sentence: as a model might write it.
        evidence: what it is held against.
        kind: the kind of claim.
        note: the wording that it was made from.
        before: a true sentence that stands before it and says what "it" is; may be empty.
    """

    sentence: str
    evidence: Evidence
    kind: str
    note: str
    before: str = ""


def lies(index: CatalogueIndex, language: Language, seed: int) -> list[Said]:
    """Sentences of which each claims something that no record supports.

    Args:
        index: the catalogue.
        language: of the sentences.
        seed: of the choices.
    """
    return _say(index, language, seed, "lies")


def truths(index: CatalogueIndex, language: Language, seed: int) -> list[Said]:
    """Sentences that the records support, as a good model would write them.

    Args:
        index: the catalogue.
        language: of the sentences.
        seed: of the choices.
    """
    return _say(index, language, seed, "truths")


def _say(index: CatalogueIndex, language: Language, seed: int, section: str) -> list[Said]:
    rng = random.Random(f"{seed} {language} {section}")
    words = load_wordings(language)
    couples = [
        _couple(scene, words, rng)
        for scene in draw_scenes(index, language, rng, _SCENES)
        for _ in range(_COUPLES)
    ]
    said: dict[tuple[str, int], Said] = {}
    kinds = dict(words.data[section])
    if section == "lies":
        # One true price with each of the clauses that plain words alone make up.
        kinds["plain_words"] = [
            carrier.replace("<claim>", claim)
            for carrier in words.data["carriers"]
            for claim in words.data["plain_claims"]
        ]
    for kind, templates in kinds.items():
        supports = _SUPPORTS.get(kind) if section == "lies" else None
        usable = [
            c
            for c in couples
            if supports is None or not any(supports.search(text_of(x)) for x in (c.p, c.q))
        ]
        for template in templates:
            for one in _fill(template, kind, usable, rng):
                said.setdefault((one.sentence, id(one.evidence)), one)
    return list(said.values())


def _couple(scene: Scene, words: Wordings, rng: random.Random) -> Couple:
    p, q = rng.sample(list(scene.shown), 2)
    couple = Couple(scene, p, q, words, rng)
    add_figures(couple)
    add_qualities(couple)
    return couple


def _fill(
    template: str, kind: str, couples: Sequence[Couple], rng: random.Random
) -> Iterator[Said]:
    needed, _, text = template.rpartition(" :: ")
    wanted, named = {*needed.split()}, {*re.findall(r"{(\w+)}", text)}
    fitting = [c for c in couples if wanted <= c.conditions and named <= c.slots.keys()]
    for couple in rng.sample(fitting, min(len(fitting), _SAID_TWICE)):
        sentence = _polish(text.format(**couple.slots), couple.language)
        before = _opening(couple) if kind == "pronoun" else ""
        yield Said(sentence, couple.evidence, kind, template, before)


def _polish(sentence: str, language: Language) -> str:
    """A capital at the beginning; no doubled space."""
    sentence = re.sub(r"  +", " ", sentence).strip()
    sentence = re.sub(r"\balso is\b", "is also", sentence).replace("是是", "是")
    sentence = re.sub(r"\b([Aa]) (?=8|11\b|18\b)", r"\1n ", sentence.replace(" 1 grams", " 1 gram"))
    if language == "zh":
        return re.sub(r" (?=[，。！？：；、）])", "", sentence)
    capital: Callable[[re.Match[str]], str] = lambda m: m[0].upper()  # noqa: E731
    return re.sub(r"^\W*[a-z]", capital, sentence) if sentence[:1] != "[" else sentence


def _opening(couple: Couple) -> str:
    e, p = couple.evidence, couple.p
    named, price = f"{e.title(p)} {e.marker(p)}", e.price(p)
    return f"{named} 售价{price}。" if couple.zh else f"{named} costs {price}."
