"""More shoppers and more budget show more of what they want."""

from evals.insight import seen


def test_a_large_shop_sees_its_commonest_wishes_and_a_tiny_one_hardly_any() -> None:
    large, small = seen(3_000, share=1.0, weeks=3), seen(30, share=1.0, weeks=3)
    assert large.shown == 10
    assert large.error is not None
    assert large.error < 0.1
    assert small.shown <= 1
    assert seen(300, share=0.25, weeks=3).threshold > large.threshold
