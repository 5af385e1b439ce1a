"""What the writer lets through: true sentences, one repair, else what the records say."""

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from recommended import LANGUAGES, many_machines, needs, recommend, wish
from scripted_model import Answer as Script
from scripted_model import ScriptedModel

from assistant.answering import (
    MOST_CHARACTERS,
    MOST_WORDS,
    Answer,
    Writer,
    _plainly_named,
    length_of,
)
from assistant.claims import split_sentences
from assistant.errors import BadModelOutput, ModelUnavailable
from assistant.evidence import Evidence
from assistant.facts_sheet import recommendation_sheet
from assistant.need import Need
from assistant.opening import opening
from assistant.record_sentence import plain_sentence, record_sentence
from assistant.reply import Language
from retrieval.index import CatalogueIndex

# Each example writes a whole answer: shrinking one would take minutes.
_FIXTURES = settings(
    max_examples=12,
    deadline=None,
    phases=[Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow],
)
_CATALOGUES = ("demo_index", "shoes_index", "machines")
_FLAT_FEET = Need(must=(wish("need", "flat-feet", "flat feet"),))


@pytest.fixture(scope="module")
def machines() -> CatalogueIndex:
    return many_machines()


async def _write(
    evidence: Evidence, *script: Script, after: str = ""
) -> tuple[Answer, ScriptedModel, str]:
    """The answer after its opening, the model that was asked, and what was streamed."""
    model = ScriptedModel(*script)
    answer = Answer()
    sentence, citations = opening(evidence)
    streamed = answer.add(sentence, citations, evidence.phrases["stop"])
    writer = Writer(model, evidence, answer, [evidence.products[0].id], after)
    async for piece in writer.write("answer", recommendation_sheet(evidence, sentence)):
        streamed += piece
    streamed += "".join(writer.tell_records())
    assert streamed == answer.text(evidence.phrases["stop"])
    assert not model.queue, "The model was not asked for all of its script."
    return answer, model, streamed


def _three(index: CatalogueIndex, language: Language) -> Evidence:
    """Three stability shoes: Kayano, Structure and Excite, in the ranking's order."""
    evidence = recommend(index, _FLAT_FEET, language)
    assert evidence is not None
    assert len(evidence.products) == 3
    return evidence


def _true(evidence: Evidence, place: int) -> str:
    product = evidence.products[place - 1]
    pattern = "{title} [{place}]，{price}。" if evidence.language == "zh" else (
        "The {title} [{place}] costs {price}."
    )  # fmt: skip
    return pattern.format(title=evidence.title(product), place=place, price=evidence.price(product))


def _lie(evidence: Evidence, place: int) -> str:
    product = evidence.products[place - 1]
    if evidence.language == "zh":
        return f"{evidence.title(product)} [{place}] 只要 $17.77。"
    return f"The {evidence.title(product)} [{place}] costs only $17.77."


@pytest.mark.parametrize("language", LANGUAGES)
async def test_true_sentences_pass_and_nothing_is_added(
    shoes_index: CatalogueIndex, language: Language
) -> None:
    evidence = _three(shoes_index, language)
    stop = evidence.phrases["stop"]
    true = [_true(evidence, 2), _true(evidence, 3)]
    answer, model, _ = await _write(evidence, stop.join(true) if stop else "".join(true))
    assert answer.sentences[1:] == true
    assert answer.refused == []
    assert answer.repaired == 0
    assert answer.usage.calls == len(model.asked) == 1
    sources = {c.source.partition("#")[0] for c in answer.citations}
    assert sources >= {f"product:{p.id}" for p in evidence.products}


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_lie_is_refused_and_mended_once(
    shoes_index: CatalogueIndex, language: Language
) -> None:
    evidence = _three(shoes_index, language)
    lie = _lie(evidence, 2)
    first = f"{lie} {_true(evidence, 3)}"
    answer, model, text = await _write(evidence, first, _true(evidence, 2))
    assert "$17.77" not in text
    assert answer.sentences[1:] == [_true(evidence, 3), _true(evidence, 2)]
    assert answer.repaired == 1
    assert [refusal.sentence for refusal in answer.refused] == [lie]
    assert answer.refused[0].faults
    assert len(model.asked) == 2
    # The model is told which sentence, and what is wrong with it.
    complaint = model.asked[1][-1].content
    assert lie in complaint
    assert answer.refused[0].faults[0] in complaint
    assert model.asked[1][-2].role == "assistant"
    # What came before stays as it was, so that the engine's prefix cache serves it.
    assert model.asked[1][: len(model.asked[0])] == model.asked[0]


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_repair_that_lies_again_gives_way_to_the_record(
    shoes_index: CatalogueIndex, language: Language
) -> None:
    evidence = _three(shoes_index, language)
    lies = f"{_lie(evidence, 2)} {_lie(evidence, 3)}"
    answer, model, text = await _write(evidence, lies, lies)
    assert len(model.asked) == 2
    assert "$17.77" not in text
    assert answer.repaired == 0
    assert not answer.failed
    assert answer.sentences[1:] == [
        record_sentence(evidence, product).text for product in evidence.products[1:]
    ]


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_repair_does_not_repeat_a_product(
    shoes_index: CatalogueIndex, language: Language
) -> None:
    evidence = _three(shoes_index, language)
    again = " ".join(_true(evidence, place) for place in (1, 2, 3, 3))
    answer, _, text = await _write(evidence, f"{_true(evidence, 2)} {_lie(evidence, 3)}", again)
    assert answer.sentences[1:] == [_true(evidence, 2), _true(evidence, 3)]
    for place in (1, 2, 3):
        assert text.count(f"[{place}]") == 1


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_lie_about_what_is_spoken_of_is_left_out_without_a_repair(
    shoes_index: CatalogueIndex, language: Language
) -> None:
    evidence = _three(shoes_index, language)
    text = f"{_lie(evidence, 1)} {_true(evidence, 2)} {_true(evidence, 3)}"
    answer, model, shown = await _write(evidence, text)
    assert len(model.asked) == 1
    assert "$17.77" not in shown
    assert len(answer.refused) == 1


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("failure", [ModelUnavailable("down"), BadModelOutput("nonsense")])
async def test_a_model_that_dies_leaves_the_records(
    shoes_index: CatalogueIndex, language: Language, failure: Exception
) -> None:
    evidence = _three(shoes_index, language)
    records = [record_sentence(evidence, product).text for product in evidence.products[1:]]
    answer, _, _ = await _write(evidence, failure)
    assert answer.failed
    assert answer.sentences[1:] == records
    mended, _, text = await _write(evidence, _lie(evidence, 2), failure)
    assert mended.failed
    assert mended.sentences[1:] == records
    assert "$17.77" not in text


@pytest.mark.parametrize("language", LANGUAGES)
async def test_what_passed_before_the_model_broke_off_stays(
    shoes_index: CatalogueIndex, language: Language
) -> None:
    evidence = _three(shoes_index, language)
    answer = Answer()
    half = f"{_true(evidence, 2)} {evidence.title(evidence.products[2])} [3] costs"
    model = ScriptedModel(half)
    model.breaks = ModelUnavailable("The line broke.")
    writer = Writer(model, evidence, answer, [evidence.products[0].id])
    text = "".join([piece async for piece in writer.write("answer", "")])
    text += "".join(writer.tell_records())
    assert answer.failed
    assert answer.sentences == [
        _true(evidence, 2),
        record_sentence(evidence, evidence.products[2]).text,
    ]
    assert text.count("[3]") == 1


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("nothing", ["", "   ", "Hm", "Sure! Here you go.", "好的！"])
async def test_empty_talk_never_leaves_an_empty_reply(
    shoes_index: CatalogueIndex, language: Language, nothing: str
) -> None:
    evidence = _three(shoes_index, language)
    model = ScriptedModel(nothing)
    model.otherwise = nothing
    answer = Answer()
    writer = Writer(model, evidence, answer)
    text = "".join([piece async for piece in writer.write("answer", "")])
    text += "".join(writer.tell_records())
    assert all(f"[{place}]" in text for place in (1, 2, 3))
    assert nothing.strip() == "" or nothing not in text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("catalogue", _CATALOGUES)
@_FIXTURES
@given(data=st.data())
async def test_whatever_the_model_writes_it_is_short_and_names_every_product(
    request: pytest.FixtureRequest, catalogue: str, language: Language, data: st.DataObject
) -> None:
    """Prattle that is true, lies and silence in any order; a question to ask follows."""
    index: CatalogueIndex = request.getfixturevalue(catalogue)
    evidence = recommend(index, data.draw(needs(index)), language)
    if evidence is None:
        return
    places = st.integers(1, len(evidence.products))
    said = st.one_of(
        places.map(lambda place: _true(evidence, place)),
        places.map(lambda place: _lie(evidence, place)),
        places.map(lambda place: record_sentence(evidence, evidence.products[place - 1]).text),
        st.just("Hello there."),
    )
    texts = [" ".join(data.draw(st.lists(said, max_size=12))) for _ in range(2)]
    after = "Which one? " * 4 if language == "en" else "您想要哪一种颜色的鞋呢？" * 2
    model = ScriptedModel(texts[0])
    model.otherwise = texts[1]
    answer = Answer()
    sentence, citations = opening(evidence)
    answer.add(sentence, citations, evidence.phrases["stop"])
    writer = Writer(model, evidence, answer, [evidence.products[0].id], after)
    async for _ in writer.write("answer", recommendation_sheet(evidence, sentence)):
        pass
    list(writer.tell_records())
    text = answer.text(evidence.phrases["stop"])
    assert "$17.77" not in text
    assert len(model.asked) <= 2
    most = MOST_CHARACTERS if language == "zh" else MOST_WORDS
    assert length_of(text + evidence.phrases["stop"] + after, language) <= most
    for product in evidence.products:
        assert f"{evidence.title(product)} {evidence.marker(product)}" in text
    spoken_of = {c.source.partition("#")[0] for c in answer.citations}
    assert spoken_of >= {f"product:{product.id}" for product in evidence.products}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("catalogue", _CATALOGUES)
@_FIXTURES
@given(data=st.data())
def test_a_record_sentence_names_its_product_and_cites_the_record(
    request: pytest.FixtureRequest, catalogue: str, language: Language, data: st.DataObject
) -> None:
    index: CatalogueIndex = request.getfixturevalue(catalogue)
    evidence = recommend(index, data.draw(needs(index)), language)
    if evidence is None:
        return
    for product in evidence.products:
        for told in (record_sentence(evidence, product), plain_sentence(evidence, product)):
            assert evidence.title(product) in told.text
            assert evidence.marker(product) in told.text
            assert told.citations
            assert split_sentences(told.text)
            mine = evidence.marker(product).strip("[]")
            assert any(c.marker == mine for c in told.citations)


@pytest.mark.parametrize(
    ("text", "language", "length"),
    [
        ("", "en", 0),
        ("", "zh", 0),
        ("It costs $110 [1].", "en", 4),
        ("推荐耐克 Structure 25 [1]，$104.97。", "zh", 8),
        ("一款很好的鞋", "zh", 6),
    ],
)
def test_length_is_words_or_characters(text: str, language: Language, length: int) -> None:
    assert length_of(text, language) == length


def test_a_name_is_as_the_record_has_it(shoes_index: CatalogueIndex) -> None:
    evidence = _three(shoes_index, "en")
    title = evidence.products[1].title
    written = f"The {title} Men's [2] costs $55 less."
    assert _plainly_named(written, evidence) == f"The {title} [2] costs $55 less."
    kept = f"The {title} [2] and another [3]."
    assert _plainly_named(kept, evidence) == kept
