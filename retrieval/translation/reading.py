"""Which languages an embedding model reads, tried out on pairs of words."""

from __future__ import annotations

import numpy as np

from retrieval.translation.encoder import Encoder
from retrieval.translation.language import Language

# Everyday things under two names that share no stem and no character, so that a model that only
# sees letters cannot match them.
_PAIRS: dict[Language, tuple[tuple[str, str], ...]] = {
    "en": (
        ("couch", "sofa"),
        ("rug", "carpet"),
        ("spectacles", "eyeglasses"),
        ("pants", "trousers"),
        ("suitcase", "luggage"),
        ("cellphone", "smartphone"),
        ("soda", "soft drink"),
        ("physician", "doctor"),
        ("father", "dad"),
        ("automobile", "car"),
        ("candy", "sweets"),
        ("rubbish bin", "trash can"),
    ),
    "zh": (
        ("土豆", "马铃薯"),
        ("番茄", "西红柿"),
        ("电脑", "计算机"),
        ("冰淇淋", "雪糕"),
        ("钱包", "皮夹"),
        ("口红", "唇膏"),
        ("菠萝", "凤梨"),
        ("医生", "大夫"),
        ("出租车", "的士"),
        ("爸爸", "父亲"),
        ("妈妈", "母亲"),
        ("卫生间", "厕所"),
    ),
}
_ENOUGH = 0.6


def languages_read(embedder: Encoder) -> frozenset[Language]:
    """The languages in which the model finds a word by another word for the same thing.

    Args:
        embedder: any; two dozen short texts of each language are embedded.
    """
    return frozenset(language for language in _PAIRS if _share(embedder, language) >= _ENOUGH)


def _share(embedder: Encoder, language: Language) -> float:
    """How many of the pairs find each other, from 0 to 1."""
    pairs = _PAIRS[language]
    left = embedder.documents([pair[0] for pair in pairs])
    right = embedder.documents([pair[1] for pair in pairs])
    nearest = np.argmax(left @ right.T, axis=1)
    return float(np.mean(nearest == np.arange(len(pairs))))
