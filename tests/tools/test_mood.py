"""Feelings, hurry and anger, in both languages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.reading.mood import Mood, read_mood


@pytest.mark.parametrize(
    ("message", "mood"),
    [
        ("I'm so annoyed, third time I ask", Mood(sentiment="negative", angry=True)),
        ("气死我了", Mood(sentiment="negative", angry=True)),
        ("你们这什么破机器人", Mood(sentiment="negative", angry=True)),
        ("need it by tomorrow", Mood(urgency="high")),
        ("急用", Mood(urgency="high")),
        ("不急，慢慢看", Mood(urgency="low")),
        ("no rush", Mood(urgency="low")),
        ("love it", Mood(sentiment="positive")),
        ("太好了", Mood(sentiment="positive")),
        ("not happy with these", Mood(sentiment="negative")),
        ("I'm not angry", Mood()),
        ("too expensive", Mood(sentiment="negative")),
        ("太贵了", Mood(sentiment="negative")),
        ("running shoes under $100 for bad knees", Mood()),
        ("我想买一双跑鞋", Mood()),
        ("shoes with quick laces", Mood()),
    ],
)
def test_moods(message: str, mood: Mood) -> None:
    assert read_mood(message) == mood


@given(st.text(max_size=200))
def test_any_text_has_a_mood(message: str) -> None:
    assert read_mood(message).sentiment in ("positive", "neutral", "negative")
