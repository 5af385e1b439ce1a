"""A yes is a message all of whose words say yes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.orders.reading.answers import Answer, answer_of
from tools.orders.reading.request import Kind

YES = [
    "yes", "Yes please!", "yep, go ahead", "okay do it", "Sure, cancel it", "I confirm", "YES",
    "yes, please cancel the order", "that's fine", "looks good, thanks", "Yes, that's correct",
    "是", "是的", "好的", "可以", "确认取消", "好的，取消吧，谢谢", "嗯，可以",
    "没问题", "确定", "是的，麻烦了", "那就这样办吧", "我同意", "好啊", "对，就这样",
    "那就麻烦您了，好的",
]  # fmt: skip
NO = [
    "no", "No, don't", "nope", "wait", "never mind", "no thanks", "hold on, changed my mind",
    "stop",
    "不", "不对", "不要", "算了", "先不取消了", "我不想取消了", "等等",
]  # fmt: skip
NEITHER = [
    "yes but change the address first", "yes?", "is it yes", "ok and the lamp too", "cancel it",
    "yes if it is free", "what happens to my money?", "yes to the first one", "return it instead",
    "yes, 43", "I said yes to something else", "maybe", "I guess", "yes return it", "right shoe",
    "show me running shoes", "the model says yes", "fine print", "ok google",
    "right now", "correct it", "perfect", "right",
    "你好", "您好", "对了", "行了", "我是", "那是", "还好", "好几双", "确认一下",
    "好像不是",
    "可以吗", "好看吗", "嗯", "好的那双鞋还有吗", "好的，换一双黑色的", "确认一下地址",
    "是什么", "好几天了", "行李箱",
]  # fmt: skip
_SAFE = st.text(alphabet="abcdefghijklmnopqrstuvwxyz鞋灯海山书", min_size=3, max_size=12)


@pytest.mark.parametrize("message", YES)
def test_a_yes(message: str) -> None:
    assert answer_of(message, Kind.CANCEL) is Answer.YES


@pytest.mark.parametrize("message", NO)
def test_a_no(message: str) -> None:
    assert answer_of(message, Kind.CANCEL) is Answer.NO


@pytest.mark.parametrize("message", NEITHER)
def test_what_is_neither(message: str) -> None:
    assert answer_of(message, Kind.CANCEL) is Answer.OTHER


def test_a_yes_to_something_else_than_was_offered_is_none() -> None:
    assert answer_of("yes, return them", Kind.RETURN) is Answer.YES
    assert answer_of("yes, return them", Kind.CANCEL) is Answer.OTHER


@given(st.sampled_from(YES), _SAFE, st.sampled_from(list(Kind)))
def test_a_yes_with_a_strange_word_is_no_yes(yes: str, word: str, kind: Kind) -> None:
    if answer_of(word, kind) is Answer.YES or set(word) <= set("yeaok"):
        return
    strange = f"{yes} q{word}q"
    assert answer_of(strange, kind) is not Answer.YES


@given(st.sampled_from(YES), st.sampled_from(["?", " if it is free", " but not yet", "吗", "？"]))
def test_a_yes_with_a_question_or_a_condition_is_no_yes(yes: str, more: str) -> None:
    assert answer_of(yes + more, Kind.CANCEL) is not Answer.YES
