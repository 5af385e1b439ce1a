"""No shopper sees or changes another's data; the full measurement is a benchmark."""

from evals.profile.isolation import run


def test_nobody_sees_or_changes_what_is_anothers() -> None:
    figures = run(300, seed=3)
    assert figures["seen"] == 0, figures["faults"]
    assert figures["changed"] == 0, figures["faults"]
    assert figures["broken"] == 0, figures["statuses"]
    # The search can find, and the comparison can notice.
    assert figures["owner_saw"] == figures["owner_ways"]
    assert figures["owner_changed"]
