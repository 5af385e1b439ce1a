"""The question that is asked back: which one, with which answers, and when none."""

from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from recommended import LANGUAGES, extreme, fitting, many_machines, needs, recommend, wish

from assistant.asking import Question, ask_back
from assistant.need import Need
from assistant.reply import Language
from retrieval.index import CatalogueIndex
from retrieval.product import Product
from retrieval.vocabulary import Term

_FIXTURES = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@pytest.fixture(scope="module")
def machines() -> CatalogueIndex:
    return many_machines()


def _values(product: Product, field: str, products: list[Product]) -> list[str]:
    if field != "category":
        return sorted({v for v in product.values(field) if isinstance(v, str)})
    shared = product.category
    while not all(p.category[: len(shared)] == shared for p in products):
        shared = shared[:-1]
    return list(product.category[len(shared) : len(shared) + 1])


def _gain(
    field: str, products: list[Product], index: CatalogueIndex, language: Language
) -> float | None:
    """By the words of the docstring: how much an answer to the field is expected to rule out."""
    held = {p.id: _values(p, field, products) for p in products}
    counts = Counter(value for values in held.values() for value in values)
    choices = [
        value
        for value in sorted(counts, key=lambda v: (-counts[v], v))
        if counts[value] < len(products)
        and any(
            term.value == value
            for term in index.vocabulary.resolve(
                index.vocabulary.display(Term(field, value), language), (field,)
            )
        )
    ][:4]
    if len(choices) < 2:
        return None
    have_one = [p for p in products if set(choices) & set(held[p.id])]
    answers = [value for value in choices for _ in range(counts[value])]
    ruled_out = [len(products) - counts[value] for value in answers]
    return len(have_one) / len(products) * sum(ruled_out) / len(answers) / len(products)


def _ask(need: Need, index: CatalogueIndex, language: Language) -> Question | None:
    return ask_back(need, fitting(need, index), index, language)


def _is_sound(question: Question, need: Need, index: CatalogueIndex, language: Language) -> None:
    products = fitting(need, index)
    assert 2 <= len(question.choices) <= 4
    assert len(set(question.choices)) == len(question.choices)
    assert question.text[-1] in "?？"
    assert question.field not in need.asked
    assert question.field not in ("size", "color")
    for choice in question.choices:
        assert choice in question.text
        terms = index.vocabulary.resolve(choice, (question.field,))
        left = [
            product
            for product in products
            if any(term.value in (*product.values(question.field), *product.category)
                   for term in terms)
        ]  # fmt: skip
        assert 0 < len(left) < len(products), choice


@pytest.mark.parametrize("language", LANGUAGES)
@_FIXTURES
@given(data=st.data())
def test_the_question_is_the_one_that_rules_out_most(
    demo_index: CatalogueIndex, language: Language, data: st.DataObject
) -> None:
    need = data.draw(needs(demo_index, most_hard=1, most_soft=1))
    asked = data.draw(st.sets(st.sampled_from(sorted(demo_index.vocabulary.fields())), max_size=8))
    need = need.model_copy(update={"asked": tuple(sorted(asked))})
    question = _ask(need, demo_index, language)
    if question is None:
        return
    _is_sound(question, need, demo_index, language)
    products = fitting(need, demo_index)
    assert question.gain == pytest.approx(
        _gain(question.field, products, demo_index, language), abs=1e-9
    )
    wished = {w.field for w in need.wishes()}
    known = {
        condition.field
        for w in need.find("need")
        if (entry := demo_index.advice.get(str(w.value)))
        for condition in (*entry.require, *entry.prefer)
    }
    for field in demo_index.vocabulary.fields() - {"size", "color"} - asked - wished - known:
        if field in demo_index.vocabulary.labels():
            gain = _gain(field, products, demo_index, language)
            assert gain is None or gain <= question.gain + 1e-9, field


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("catalogue", ["demo_index", "machines"])
def test_over_many_turns_no_field_is_asked_about_twice(
    request: pytest.FixtureRequest, catalogue: str, language: Language
) -> None:
    index: CatalogueIndex = request.getfixturevalue(catalogue)
    need, asked = Need(), list[str]()
    while question := _ask(need, index, language):
        _is_sound(question, need, index, language)
        asked.append(question.field)
        # Only who answers is asked again.
        assert _ask(need.model_copy(update={"asked": tuple(asked)}), index, language) is None
        (term, *_) = index.vocabulary.resolve(question.choices[0], (question.field,))
        answered = wish(question.field, term.value)
        need = need.model_copy(update={"asked": tuple(asked), "must": (*need.must, answered)})
        assert len(asked) < 50
    assert asked
    assert len(set(asked)) == len(asked)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_vague_wish_is_asked_about(demo_index: CatalogueIndex, language: Language) -> None:
    vague = Need(must=(wish("category", "Shoes"),))
    assert _ask(Need(), demo_index, language) is not None
    assert _ask(vague, demo_index, language) is not None


@pytest.mark.parametrize("language", LANGUAGES)
@_FIXTURES
@given(data=st.data())
def test_where_the_wish_is_clear_nothing_is_asked(
    demo_index: CatalogueIndex, language: Language, data: st.DataObject
) -> None:
    """Two wishes that narrow what fits, neither the kind that nearly all have, are enough."""
    need = data.draw(needs(demo_index, most_hard=3, most_soft=0))
    telling = [
        w
        for w in need.must
        if w.field not in ("gender", "size")
        and not (w.field == "category" and len(fitting(Need(must=(w,)), demo_index)) > 70)
        and not (w.field == "need" and not demo_index.advice.get(str(w.value)).require)  # type: ignore[union-attr]
    ]
    if len(telling) >= 2:
        assert _ask(need, demo_index, language) is None


@pytest.mark.parametrize("language", LANGUAGES)
def test_who_it_is_for_leaves_the_rest_open(demo_index: CatalogueIndex, language: Language) -> None:
    need = Need(must=(wish("gender", "men"), wish("size", "43")))
    question = _ask(need, demo_index, language)
    assert question is not None
    assert question.field != "gender"


@pytest.mark.parametrize("language", LANGUAGES)
@_FIXTURES
@given(data=st.data())
def test_where_few_fit_nothing_is_asked(
    demo_index: CatalogueIndex, language: Language, data: st.DataObject
) -> None:
    products = data.draw(
        st.lists(st.sampled_from(list(demo_index.products)), max_size=6, unique_by=lambda p: p.id)
    )
    assert ask_back(Need(), products, demo_index, language) is None


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_small_shop_needs_no_questions(shoes_index: CatalogueIndex, language: Language) -> None:
    assert _ask(Need(), shoes_index, language) is None


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_shop_of_other_goods_asks_in_its_own_words(
    machines: CatalogueIndex, language: Language
) -> None:
    question = _ask(Need(), machines, language)
    assert question is not None
    _is_sound(question, Need(), machines, language)
    assert machines.vocabulary.label(question.field, language) in question.text
    assert question.field in {"kind", "drink", "brand"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_a_wish_or_its_advice_settles_is_not_asked(
    demo_index: CatalogueIndex, language: Language
) -> None:
    need = Need(must=(wish("need", "flat-feet", "flat feet"),))
    entry = demo_index.advice.get("flat-feet")
    assert entry is not None
    settled = {c.field for c in (*entry.require, *entry.prefer)}
    while question := _ask(need, demo_index, language):
        assert question.field not in settled
        need = need.model_copy(update={"asked": (*need.asked, question.field)})


def test_a_kind_is_asked_one_step_at_a_time(demo_index: CatalogueIndex) -> None:
    """Within running shoes the kinds of running shoes are the choices, not kinds beside them."""
    need = Need(must=(wish("category", "Running shoes"),))
    others = demo_index.vocabulary.fields() - {"category"}
    question = _ask(need.model_copy(update={"asked": tuple(others)}), demo_index, "en")
    if question is None:
        pytest.skip("The demo shop's running shoes are all of one kind.")
    assert question.field == "category"
    under = {p.category[2] for p in demo_index.products if p.category[1:2] == ("Running shoes",)}
    resolved = {
        term.value
        for choice in question.choices
        for term in demo_index.vocabulary.resolve(choice, ("category",))
    }
    assert under & resolved


def test_a_large_catalogue_is_weighed_quickly(machines: CatalogueIndex) -> None:
    """The work grows with the number of products, not with its square."""
    calls = 0

    class Counted(tuple[str, ...]):
        def __len__(self) -> int:
            nonlocal calls
            calls += 1
            return super().__len__()

    products = [
        p.model_copy(update={"id": f"{p.id}-{n}", "category": Counted(p.category)})
        for p in machines.products
        for n in range(20)
    ]
    ask_back(Need(), products, machines, "en")
    assert calls <= 20 * len(products)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_choice_is_understood_as_an_answer(
    demo_index: CatalogueIndex, language: Language
) -> None:
    """A search for the answer finds the products that the question counted."""
    question = _ask(Need(), demo_index, language)
    assert question is not None
    for choice in question.choices:
        (term, *_) = demo_index.vocabulary.resolve(choice, (question.field,))
        need = Need(must=(wish(question.field, term.value, choice),))
        evidence = recommend(demo_index, need, language)
        assert evidence is not None
        for product in evidence.products:
            assert term.value in (*product.values(question.field), *product.category)


def test_an_extreme_is_no_reason_to_fail(demo_index: CatalogueIndex) -> None:
    """Wishes without a value of the vocabulary count like any other."""
    need = Need(must=(extreme("price", "asc", "cheapest"),))
    question = _ask(need, demo_index, "en")
    assert question is None or question.field != "price"
