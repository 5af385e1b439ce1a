"""Queries put into the catalogue's language, from dictionaries alone."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.embedding import HashingEmbedder, Vectors
from retrieval.text import has_cjk, stem
from retrieval.translation import (
    GlossingEmbedder,
    Thesaurus,
    Translation,
    Translator,
    language_of_catalogue,
)
from retrieval.translation.cedict import cc_cedict, phrase_key, read_entries
from retrieval.translation.cutting import cut
from retrieval.translation.glosses import clean_gloss
from retrieval.translation.reading import languages_read
from retrieval.translation.thesaurus import shop_words
from retrieval.words import Words


@pytest.fixture(scope="module", autouse=True)
def thesaurus() -> Thesaurus:
    """Read once, so that no test is timed by the reading of dictionaries."""
    thesaurus = Thesaurus()
    assert thesaurus.in_english("懶人沙發")
    return thesaurus


def into(language: str, thesaurus: Thesaurus, known: str) -> Translator:
    """A translator into a catalogue that has these words."""
    terms = {stem(word) for word in known.split()}
    return Translator("zh" if language == "zh" else "en", terms.__contains__, thesaurus)


def put(translator: Translator, query: str) -> Translation:
    translation = translator.translate(query)
    assert translation is not None
    return translation


# glosses -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "text", "action"),
    [
        ("to stir-fry", "stir-fry", True),
        ("a big wok", "big wok", False),
        ("salmon (loanword)", "salmon", False),
        ("(coll.) to be hungry", "hungry", True),
        ("(hand)bag", "handbag", False),
        (" pan", "pan", False),
    ],
)
def test_a_gloss_is_cleaned(written: str, text: str, action: bool) -> None:
    gloss = clean_gloss(written)
    assert gloss is not None
    assert (gloss.text, gloss.action) == (text, action)


@pytest.mark.parametrize(
    "written",
    [
        "CL:個|个[ge4]",
        "variant of 鞋[xie2]",
        "old variant of 碗[wan3]",
        "surname Bao",
        "see 手機|手机[shou3 ji1]",
        "abbr. for 加拿大[Jia1 na2 da4]",
        "used to form the negative of verbs",
        "Anping county in Hebei",
        "one of the many things that people say at length",
        "",
    ],
)
def test_what_is_no_meaning_is_left_out(written: str) -> None:
    assert clean_gloss(written) is None


def test_names_and_old_words_are_marked() -> None:
    for written in ("Canada", "(literary) to suffer", "(dialect) wok"):
        gloss = clean_gloss(written)
        assert gloss is not None
        assert gloss.rare


# the dictionary ------------------------------------------------------------------------------


def test_both_directions_of_a_small_dictionary() -> None:
    dictionary = read_entries(
        [
            {"simplified": "锅", "definitions": ["pot", " pan", "CL:口[kou3]"]},
            {"simplified": "锅", "definitions": ["pan", "cauldron"]},
            {"simplified": "平底锅", "definitions": ["frying pan"]},
            {"simplified": "DNA", "definitions": ["DNA"]},
        ]
    )
    assert len(dictionary) == 2
    assert [gloss.text for gloss in dictionary.glosses("锅")] == ["pot", "pan", "cauldron"]
    assert dictionary.glosses("碗") == []
    assert "平底锅" in dictionary
    assert [(word, order) for word, _, order in dictionary.words("Pans")] == [("锅", 1)]
    assert [word for word, _, _ in dictionary.words("frying-pan")] == ["平底锅"]
    assert dictionary.words("bowl") == []


@given(
    st.sampled_from(["被子", "墨镜", "帐篷", "雨伞", "耳机", "手提包", "小提琴", "围巾", "口红"])
)
def test_each_gloss_leads_back(word: str) -> None:
    dictionary = cc_cedict()
    for gloss in dictionary.glosses(word):
        assert word in {found for found, _, _ in dictionary.words(gloss.text)}


@given(st.text(max_size=20))
def test_any_word_may_be_asked_for(word: str) -> None:
    dictionary = cc_cedict()
    assert isinstance(dictionary.glosses(word), list)
    assert isinstance(dictionary.words(word), list)


def test_groups_of_shop_words_cross_the_languages() -> None:
    for group in shop_words():
        assert any(has_cjk(word) for word in group)
        assert any(not has_cjk(word) for word in group)


# cutting -------------------------------------------------------------------------------------


def test_known_words_are_kept_long() -> None:
    known = {"皮划艇", "炒菜", "锅", "猫砂"}
    assert [piece.text for piece in cut("皮划艇 nike gel-kayano 31", known.__contains__)] == [
        "皮划艇", "nike", "gel-kayano", "31",
    ]  # fmt: skip
    assert [piece.text for piece in cut("炒菜锅", known.__contains__)] == ["炒菜", "锅"]


@given(st.text(alphabet="猫狗跑鞋锅的大号红色", max_size=12))
def test_cutting_loses_nothing(run: str) -> None:
    assert "".join(piece.text for piece in cut(run, {"跑鞋", "红色"}.__contains__)) == run


# into English --------------------------------------------------------------------------------


def test_chinese_into_english_takes_what_the_shop_calls_it(thesaurus: Thesaurus) -> None:
    assert put(into("en", thesaurus, "wok stir fry"), "炒锅").text == "wok"
    assert put(into("en", thesaurus, "skillet"), "平底锅").text == "skillet"
    tent = put(into("en", thesaurus, "tent camping"), "露营帐篷")
    assert [stem(ways[0][0]) for ways in tent.alternatives] == ["camp", "tent"]


def test_names_and_numbers_stay(thesaurus: Thesaurus) -> None:
    translator = into("en", thesaurus, "nike run shoe iphon phone case")
    assert put(translator, "Nike 跑鞋").text.startswith("nike ")
    assert "12" in put(translator, "iphone 12 手机壳").text.split()
    words = [ways[0][0] for ways in put(translator, "iphone 手机壳").alternatives]
    assert words == ["iphone", "phone case"]


def test_traditional_characters_and_brands(thesaurus: Thesaurus) -> None:
    translation = put(into("en", thesaurus, "rolex watch"), "勞力士手錶")
    assert translation.text.split()[0] == "rolex"
    assert stem(translation.text.split()[1]) == "watch"


def test_an_english_query_needs_nothing_in_an_english_shop(thesaurus: Thesaurus) -> None:
    assert into("en", thesaurus, "shoe").translate("running shoes") is None


# into Chinese --------------------------------------------------------------------------------


def test_english_into_chinese_takes_the_longest_phrase(thesaurus: Thesaurus) -> None:
    translation = put(into("zh", thesaurus, "钢笔 泉 笔"), "a fountain pen for my father")
    assert translation.text.split()[0] == "钢笔"
    assert translation.alternatives[0][0] == ("钢笔", 1.0)


def test_a_word_that_the_shop_has_beats_one_that_it_has_not(thesaurus: Thesaurus) -> None:
    known = put(into("zh", thesaurus, "毯"), "blanket").alternatives[0]
    assert known[0][0] == "毯"
    assert put(into("zh", thesaurus, "毛毯 毯"), "blanket").alternatives[0][0][0] == "毛毯"


def test_an_unknown_chinese_word_is_sought_by_its_synonyms_and_head(thesaurus: Thesaurus) -> None:
    ways = dict(put(into("zh", thesaurus, "曲奇"), "饼干").alternatives[0])
    assert ways["曲奇"] < ways["饼干"] == 1.0
    assert dict(put(into("zh", thesaurus, "毯"), "毛毯").alternatives[0])["毯"] > 0.2
    assert dict(put(into("zh", thesaurus, "被"), "被子").alternatives[0])["被"] > 0.8


def test_a_shops_own_words_count(thesaurus: Thesaurus) -> None:
    own = Thesaurus(Words(values={"category": {"Zorbs": ["滚滚球"]}, "warm": {"true": ["暖暖"]}}))
    assert put(into("en", own, "zorb"), "滚滚球").text == "zorbs"
    assert own.english("暖暖") == {}


@given(st.text(max_size=60), st.sampled_from(["zh", "en"]))
def test_whatever_is_typed_gives_weights_between_0_and_1(
    thesaurus: Thesaurus, query: str, language: str
) -> None:
    translation = into(language, thesaurus, "鞋 红 shoe red").translate(query)
    if translation is not None:
        assert translation.text.strip()
        for ways in translation.alternatives:
            assert 0 < len(ways) <= 6
            assert all(text and 0.0 < weight <= 1.0 for text, weight in ways)


def test_function_words_are_not_looked_up(thesaurus: Thesaurus) -> None:
    translation = put(into("zh", thesaurus, "枕头"), "我想买一个枕头")
    assert [ways[0][0] for ways in translation.alternatives] == ["枕头"]
    assert put(into("zh", thesaurus, "枕头"), "I need a pillow").text == "枕头"


# catalogues and models -----------------------------------------------------------------------


def test_the_language_of_a_catalogue() -> None:
    assert language_of_catalogue(["20寸登机箱", "Carat钻石炒锅30cm", "Nike Pegasus"]) == "zh"
    assert language_of_catalogue(["Nike Pegasus 41", "Li-Ning 李宁", "Wok"]) == "en"
    assert language_of_catalogue([]) == "en"


class ReadingEmbedder(HashingEmbedder):
    """Knows the words that it is told mean the same; remembers what it was given."""

    def __init__(self, same: Sequence[tuple[str, str]]) -> None:
        super().__init__(512)
        self.name = "reader"
        self._meaning = {word: pair[0] for pair in same for word in pair}
        self.given: list[str] = []

    def query(self, text: str) -> Vectors:
        self.given.append(text)
        return super().query(self._meaning.get(text, text).replace(" ", "_"))


def test_what_a_model_reads_is_tried_out() -> None:
    from retrieval.translation.reading import _PAIRS

    assert languages_read(HashingEmbedder()) == frozenset()
    assert languages_read(ReadingEmbedder(_PAIRS["en"])) == {"en"}
    assert languages_read(ReadingEmbedder([*_PAIRS["en"], *_PAIRS["zh"]])) == {"en", "zh"}


def test_chinese_is_put_into_english_for_a_model_that_reads_no_chinese(
    thesaurus: Thesaurus,
) -> None:
    from retrieval.translation.reading import _PAIRS

    english = ReadingEmbedder(_PAIRS["en"])
    glossing = GlossingEmbedder(english, thesaurus)
    vectors = glossing.documents(["白鹅绒被", "Nike shoe"])
    assert english.given[-2:] == ["white goose down quilt", "Nike shoe"]
    assert np.allclose(glossing.query("白鹅绒被"), vectors[0])
    assert glossing.name != english.name
    assert glossing.dimensions == english.dimensions

    both = ReadingEmbedder([*_PAIRS["en"], *_PAIRS["zh"]])
    GlossingEmbedder(both, thesaurus).query("白鹅绒被")
    assert both.given[-1] == "白鹅绒被"


def test_a_shop_without_chinese_never_tries_the_model(thesaurus: Thesaurus) -> None:
    embedder = ReadingEmbedder(())
    GlossingEmbedder(embedder, thesaurus).query("running shoe")
    assert embedder.given == ["running shoe"]


def test_phrases_meet_in_their_stems() -> None:
    assert phrase_key("Frying pans") == phrase_key("fry pan")
    assert phrase_key("carry-on") == phrase_key("carry on")
