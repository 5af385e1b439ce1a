"""Which sentence answers: what is weighed, and what no weight can make up for."""

from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.policy.deciding import Decided, decide, matches_of
from assistant.policy.question import questions_of
from assistant.policy.weights import silence_of, weights
from assistant.reply import Language
from retrieval.policies import Found
from retrieval.policies.reading import read_clauses
from retrieval.translation import Thesaurus

_THESAURUS = Thesaurus()
_COUNTRIES = {
    "Norway": "挪威", "Brazil": "巴西", "Japan": "日本", "Kenya": "肯尼亚", "Canada": "加拿大",
}  # fmt: skip
_PAYMENTS = ["PayPal", "Klarna", "Apple Pay", "American Express", "Alipay"]
_CARRIERS = ["DHL", "UPS", "FedEx", "Royal Mail"]


def _found(text: str, likeness: float = 1.0, language: Language = "en") -> list[Found]:
    """Clauses that are all as like the question as given."""
    clauses = read_clauses(text, file=f"{language}/policy.md", language=language)
    return [
        Found(clause, 1.0, likeness, (likeness,) * len(clause.sentences), 1.0) for clause in clauses
    ]


def _decide(message: str, found: list[Found], language: Language = "en") -> Decided:
    return decide(questions_of(message, language)[0], found, _THESAURUS)


@settings(max_examples=40, deadline=None)
@given(
    asked=st.sampled_from(sorted(_COUNTRIES)),
    written=st.sampled_from(sorted(_COUNTRIES)),
    likeness=st.floats(0, 1),
)
def test_a_clause_on_another_country_is_never_quoted(
    asked: str, written: str, likeness: float
) -> None:
    if asked == written:
        return
    text = f"# Delivery\n## Time\nParcels to {written} arrive within 5 days.\n"
    assert not _decide(f"How long does delivery to {asked} take?", _found(text, likeness)).quoted
    text = f"# 配送\n## 时间\n寄往{_COUNTRIES[written]}的包裹5天内送达。\n"
    found = _found(text, likeness, "zh")
    assert not _decide(f"寄到{_COUNTRIES[asked]}要多久？", found, "zh").quoted


@settings(max_examples=40, deadline=None)
@given(
    names=st.one_of(
        st.permutations(_PAYMENTS).map(lambda p: (p[0], p[1], "pay with", "Pay with")),
        st.permutations(_CARRIERS).map(lambda p: (p[0], p[1], "have it sent by", "We send by")),
    ),
    likeness=st.floats(0, 1),
)
def test_another_way_to_pay_or_send_is_no_answer(
    names: tuple[str, str, str, str], likeness: float
) -> None:
    asked, written, asks, says = names
    text = f"# Orders\n## How\n{says} {written}.\n"
    assert not _decide(f"Can I {asks} {asked}?", _found(text, likeness)).quoted


def test_a_sentence_without_the_fact_that_is_asked_for_is_no_answer() -> None:
    text = "# Returns\n## Costs\nWe pay for returns of faulty items.\n"
    question = questions_of("How many days do I have to return something?", "en")[0]
    assert all(one.barred for one in matches_of(question, _found(text), _THESAURUS))
    decided = decide(question, _found(text), _THESAURUS)
    assert not decided.quoted
    # It is named as near all the same.
    assert [clause.heading for clause in decided.near] == ["Costs"]


def test_every_sign_is_weighed_and_no_other() -> None:
    text = "# Returns\n## How long\nYou can return items within 30 days.\n"
    question = questions_of("How long do I have to return something?", "en")[0]
    [match] = matches_of(question, _found(text), _THESAURUS)
    assert list(weights().answer) == list(match.signs)
    assert list(weights().silence) == list(silence_of(question))


def test_what_answers_is_likelier_than_what_does_not_and_than_nothing() -> None:
    text = (
        "# Returns\n## How long\nYou can return items within 30 days.\n"
        "## Refunds\nMoney comes back within 5 days.\n"
    )
    decided = _decide("How long do I have to return something?", _found(text, 0.6))
    assert [unit.text for unit in decided.quoted] == ["You can return items within 30 days."]
    assert decided.whole
    assert decided.near[0].heading == "How long"


def test_chances_of_all_sentences_are_less_than_certain() -> None:
    text = "# Returns\n## How long\nYou can return items within 30 days. Not sale items.\n"
    question = questions_of("How long do I have to return something?", "en")[0]
    chances = weights().chances(question, matches_of(question, _found(text), _THESAURUS))
    assert (chances > 0).all()
    assert chances.sum() < 1
    assert len(weights().chances(question, [])) == 0
