"""Goods that one has, or that have come, are told from goods that are wished for."""

import pytest

from tools.reading.asides import has_come, is_ones_own, is_the_shops


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ("my running shoes arrived in the wrong colour", "running shoes"),
        ("the running shoes that came are two left ones", "running shoes"),
        ("the boots you sent me don't match the picture", "boots"),
        ("I received the white sneakers and the box was torn", "white"),
        ("the trail shoes I ordered are too dirty to keep", "trail shoes"),
        ("我的跑鞋到了，颜色不对", "跑鞋"),
        ("收到的靴子和图片不一样", "靴子"),
        ("我在你们家买的白色板鞋发错了", "白色"),
    ],
)
def test_goods_that_have_come(message: str, words: str) -> None:
    assert has_come(message, words)
    assert is_ones_own(message, words)


@pytest.mark.parametrize(
    ("message", "words"),
    [("my white running shoes fell apart", "running shoes"), ("我的跑鞋开胶了", "跑鞋")],
)
def test_goods_of_ones_own_need_not_have_come(message: str, words: str) -> None:
    assert is_ones_own(message, words)
    assert not has_come(message, words)


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ("my wife wants pink trail shoes", "trail shoes"),
        ("running shoes for my son", "running shoes"),
        ("do your boots come in black?", "boots"),
        ("my size in running shoes is 42", "running shoes"),
        ("买的人多的跑鞋", "跑鞋"),
        ("我想买的是跑鞋", "跑鞋"),
        ("给我妈买的健步鞋有吗", "健步鞋"),
        ("秋天到了，想要靴子", "靴子"),
        ("white sneakers", "boots"),
    ],
)
def test_goods_that_are_wished_for(message: str, words: str) -> None:
    assert not is_ones_own(message, words)
    assert not has_come(message, words)


@pytest.mark.parametrize(
    ("message", "words", "all_of_it"),
    [
        ("are your trail running shoes authentic?", "running shoes", True),
        ("你们家的跑鞋是正品吗", "跑鞋", True),
        ("are the running shoes authentic?", "running shoes", True),
        ("are these running shoes authentic?", "running shoes", False),
        ("which is your best running shoe?", "running shoe", False),
        ("这双跑鞋是正品吗", "跑鞋", False),
    ],
)
def test_all_that_the_shop_has(message: str, words: str, all_of_it: bool) -> None:
    assert is_the_shops(message, words) is all_of_it
