"""Which words of a message tell one product from another."""

import pytest

from tools.reading.telling import telling_words


@pytest.mark.parametrize(
    "message",
    [
        "recommend me something nice",
        "what do you recommend?",
        "I am looking for something new",
        "show me a nice pair",
        "随便看看",
        "有什么好看的吗",
        "有没有什么推荐的",
        "",
    ],
)
def test_a_vague_question_tells_nothing(message: str) -> None:
    assert telling_words(message) == []


@pytest.mark.parametrize(
    ("message", "word"),
    [
        ("something for my gravel rides", "gravel"),
        ("a gift for a dancer", "dancer"),
        ("anything that is comfortable?", "comfortable"),
        ("推荐透气的", "透气"),
        ("跳广场舞穿什么", "舞"),
        ("espresso machine", "espresso"),
    ],
)
def test_what_it_is_for_is_kept(message: str, word: str) -> None:
    assert any(word in told for told in telling_words(message))
