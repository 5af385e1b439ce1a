"""What a person of the shop reads before taking over: the shopper's words, and titles."""

import pytest
from recommended import LANGUAGES, wish

from assistant.handoff import summarise
from assistant.need import Need
from assistant.reply import Language
from prompts import phrases
from retrieval.index import CatalogueIndex
from tools.reading.mood import Mood, Urgency

MESSAGE = {"en": "Get me your manager, now!", "zh": "叫你们经理来，快点！"}
NEED = Need(
    must=(
        wish("category", "Running shoes", "‹跑鞋 for me›"),
        wish("price", 120.0, "‹120›", op="<="),
    ),
    prefer=(wish("color", "white", "‹white›"),),
    exclude=(wish("brand", "Nike", "‹Nike›", op="!="),),
)


def _rest(summary: str, language: Language, *said: str) -> str:
    """The summary without the words that it was given."""
    for words in sorted(said, key=len, reverse=True):
        assert words in summary
        summary = summary.replace(words, "")
    return summary


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("urgency", ["low", "normal", "high"])
def test_it_holds_the_words_the_titles_and_nothing_else(
    shoes_index: CatalogueIndex, language: Language, urgency: Urgency
) -> None:
    titles = [shoes_index.get(id).title for id in ("nike-structure", "asics-excite")]
    summary = summarise(MESSAGE[language], NEED, titles, Mood(urgency=urgency), language)
    fixed = phrases(language)
    quotes = [w.quote for w in NEED.wishes()]
    rest = _rest(summary, language, MESSAGE[language], *quotes, *titles)
    frame = fixed["handoff_summary"].format(
        message="", wishes="", shown="", urgency=fixed["urgencies"][urgency]
    )
    glue = (fixed["join"].strip(), fixed["not_wanted"].format(quote=""))
    for piece in glue:
        rest = rest.replace(piece, "")
        frame = frame.replace(piece, "")
    assert "".join(rest.split()) == "".join(frame.split())


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_not_wanted_keeps_its_sign(language: Language) -> None:
    summary = summarise(MESSAGE[language], NEED, [], Mood(), language)
    assert phrases(language)["not_wanted"].format(quote="‹Nike›") in summary
    for kept in ("‹跑鞋 for me›", "‹120›", "‹white›"):
        assert phrases(language)["not_wanted"].format(quote=kept) not in summary


@pytest.mark.parametrize("language", LANGUAGES)
def test_with_nothing_known_it_still_reads_as_sentences(language: Language) -> None:
    summary = summarise(MESSAGE[language], Need(), [], Mood(), language)
    assert MESSAGE[language] in summary
    assert "{" not in summary
    assert ": ." not in summary
    assert "：。" not in summary


@pytest.mark.parametrize("language", LANGUAGES)
def test_braces_of_the_shopper_are_only_words(language: Language) -> None:
    need = Need(must=(wish("brand", "Nike", "{wishes}"),))
    summary = summarise("{message} {0}", need, ["{title}"], Mood(), language)
    assert all(words in summary for words in ("{message} {0}", "{wishes}", "{title}"))
