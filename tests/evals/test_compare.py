"""Two folders of runs held against each other, and a recorded suite against a run of it."""

import json
import random
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from assistant.cli import main
from evals.comparing.compare import compare
from evals.comparing.comparison import Comparison, FigureChange
from evals.reports.graded_lines import GRADED, FailedTurnCheck, GradedLine, checked_digest
from evals.running.observed import Observed, SeenWish
from evals.running.records import ABOUT, RESULTS, About, Record, digest_of
from evals.suite.conversation import Conversation
from retrieval.errors import BadInput

Answer = Callable[[int, int, int], Observed]
"""By conversation (from 0), turn (from 1) and attempt (from 1)."""


def _conversations(count: int, *, changed: Sequence[int] = ()) -> list[Conversation]:
    return [
        Conversation.model_validate(
            {
                "id": f"c{n}",
                "language": "zh" if n % 2 else "en",
                "tags": ["t"],
                "turns": [
                    {"say": f"hello {n}{' again' if n in changed else ''}"},
                    {"say": "cheaper", "expect": {"language": "en"}},
                ],
            }
        )
        for n in range(count)
    ]


def _answer(n: int, turn: int, attempt: int) -> Observed:
    return Observed(
        text=f"Answer {turn} to {n}.",
        intent="recommend",
        products=["p1", "p2"],
        pick="p1",
        need=[SeenWish(field="price", op="<=", value=120.0)],
    )


def _write(
    folder: Path,
    conversations: Sequence[Conversation],
    *,
    right: Callable[[int, int], bool] = lambda n, attempt: True,
    answer: Answer = _answer,
    total: Callable[[int, int], float] = lambda n, turn: 1000.0 + n,
    about: About | None = None,
    attempts: int = 1,
    system: str = "shopguide",
) -> Path:
    """A run whose second turn is right or not; it may hold several systems, one call each."""
    folder.mkdir(exist_ok=True)
    about = about or About(model="tiny", attempts=attempts)
    (folder / ABOUT).write_text(about.model_dump_json(), encoding="utf-8")
    with (
        (folder / RESULTS).open("a", encoding="utf-8") as results,
        (folder / GRADED).open("a", encoding="utf-8") as graded,
    ):
        for n, conversation in enumerate(conversations):
            for attempt in range(1, attempts + 1):
                passed = right(n, attempt)
                record = Record(
                    system=system,
                    conversation=conversation.id,
                    digest=digest_of(conversation),
                    attempt=attempt,
                    said=[turn.say for turn in conversation.turns],
                    turns=[answer(n, turn, attempt) for turn in (1, 2)],
                )
                failed = [FailedTurnCheck(turn=2, check="language", told="the text is in zh")]
                line = GradedLine(
                    system=system,
                    conversation=conversation.id,
                    digest=record.digest,
                    checked=checked_digest(conversation),
                    attempt=attempt,
                    language=conversation.language,
                    tags=conversation.tags,
                    passed=passed,
                    checks={"answered": (2, 2), "language": (int(passed), 1)},
                    failed=[] if passed else failed,
                    shares={"language": (float(passed), 1.0), "answered": (2.0, 2.0)},
                    values={"total": [total(n, turn) for turn in (1, 2)]},
                    group=conversation.group,
                )
                results.write(record.model_dump_json() + "\n")
                graded.write(line.model_dump_json() + "\n")
    return folder


def _figure(found: Comparison, key: str, group: str = "all") -> FigureChange:
    return next(f for f in found.figures if (f.key, f.group) == (key, group))


def test_a_run_against_itself(tmp_path: Path) -> None:
    run = _write(tmp_path / "a", _conversations(30), right=lambda n, attempt: n % 3 > 0)
    found = compare(run, run)
    assert (found.paired, found.only_a, found.only_b, found.changed) == (30, [], [], [])
    assert {figure.group for figure in found.figures} == {"all", "en", "zh"}
    assert {figure.verdict for figure in found.figures} == {"within noise"}
    assert all(figure.difference == 0 for figure in found.figures)
    assert (found.newly_failing_count, found.newly_passing_count) == (0, 0)
    assert found.changed_answers == []
    assert {item.same.value for item in found.agreement} == {1.0}


def test_what_got_better_and_worse_is_told_with_both_answers(tmp_path: Path) -> None:
    def other(n: int, turn: int, attempt: int) -> Observed:
        seen = _answer(n, turn, attempt)
        return seen.model_copy(update={"pick": "p2"}) if turn == 2 and n < 15 else seen

    a = _write(tmp_path / "a", _conversations(40), right=lambda n, attempt: n >= 12 and n != 20)
    b = _write(
        tmp_path / "b",
        _conversations(40),
        right=lambda n, attempt: n != 39,
        answer=other,
        total=lambda n, turn: 2000.0 + n,
        about=About(model="big"),
    )
    found = compare(a, b)
    passed = _figure(found, "pass^1")
    assert (passed.a, passed.b) == (27 / 40, 39 / 40)
    assert (passed.verdict, passed.changed) == ("better", 14)
    assert passed.low < passed.difference < passed.high
    assert _figure(found, "language").verdict == "better"
    assert _figure(found, "total").verdict == "worse"
    assert _figure(found, "answered").verdict == "within noise"
    assert (found.newly_passing_count, found.newly_failing_count) == (13, 1)
    [failing] = found.newly_failing
    assert (failing.conversation, failing.passed_a, failing.passed_b) == ("c39", True, False)
    [turn] = failing.turns
    assert (turn.number, turn.say, turn.a.text) == (2, "cheaper", "Answer 2 to 39.")
    assert [(f.check, f.told) for f in turn.b.failed] == [("language", "the text is in zh")]
    assert turn.a.failed == []
    # Whatever is checked: what is given otherwise, where nothing else became of it.
    assert [change.conversation for change in found.changed_answers] == ["c12", "c13", "c14"]
    assert [turn.aspects for turn in found.changed_answers[0].turns] == [["pick"]]
    alike = {item.aspect: item.same.value for item in found.agreement}
    assert alike["pick"] == (80 - 15) / 80
    assert alike["products"] == alike["need"] == alike["intent"] == 1
    assert "The model is tiny in A and big in B." in found.notes
    back = compare(b, a)
    for figure in found.figures:
        other_way = _figure(back, figure.key, figure.group)
        assert other_way.difference == -figure.difference
        assert other_way.p_corrected == figure.p_corrected
        turned = {"better": "worse", "worse": "better"}
        assert other_way.verdict == turned.get(figure.verdict, figure.verdict)


def test_only_what_was_asked_and_checked_alike_is_held_together(tmp_path: Path) -> None:
    mended = _conversations(6)
    document = json.loads(mended[2].model_dump_json())
    document["turns"][1]["expect"]["language"] = "zh"
    mended[2] = Conversation.model_validate(document)
    a = _write(tmp_path / "a", _conversations(5))
    b = _write(tmp_path / "b", [*_conversations(5, changed=[1])[1:2], *mended[2:]])
    found = compare(a, b)
    assert found.paired == 2
    assert (found.only_a, found.only_b, found.changed) == (["c0"], ["c5"], ["c1", "c2"])
    assert any("1 conversations were checked otherwise" in note for note in found.notes)


def test_catalogues_that_are_not_the_same_are_named(tmp_path: Path) -> None:
    a = _write(
        tmp_path / "a",
        _conversations(2),
        about=About(model="m", catalogs={"demo": "1+0", "mini-aaaaaaaa": "", "gone-1": ""}),
    )
    b = _write(
        tmp_path / "b",
        _conversations(2),
        about=About(model="m", catalogs={"demo": "2+3", "mini-bbbbbbbb": "", "new": ""}),
    )
    notes = [note for note in compare(a, b).notes if "catalogue" in note]
    assert notes == [
        "The catalogue demo was changed between the runs: it is 1+0 in A and 2+3 in B.",
        "The catalogue mini beside the suite was changed between the runs: it is mini-aaaaaaaa in "
        "A and mini-bbbbbbbb in B.",
    ]


def test_what_was_held_against_another_catalogue_was_checked_otherwise() -> None:
    [conversation] = _conversations(1)
    states = [checked_digest(conversation, catalog=state) for state in ("", "1+0", "1+1", "1+0")]
    assert states[0] == checked_digest(conversation)
    assert len(set(states)) == 3
    assert states[1] == states[3]


def test_attempts_that_the_shopper_broke_off_are_left_out(tmp_path: Path) -> None:
    a, b = (_write(tmp_path / name, _conversations(4), attempts=2) for name in "ab")
    written = (b / GRADED).read_text(encoding="utf-8").splitlines()
    lines = [GradedLine.model_validate_json(line) for line in written]
    for line in lines:
        if line.conversation == "c1" or (line.conversation, line.attempt) == ("c2", 2):
            line.broken_off, line.passed = "BadModelOutput: no JSON", False
    text = "".join(line.model_dump_json() + "\n" for line in lines)
    (b / GRADED).write_text(text, encoding="utf-8")
    found = compare(a, b)
    assert (found.paired, found.newly_failing_count) == (3, 0)
    assert any(note.startswith("3 attempts were broken off") for note in found.notes)


def test_attempts_are_one_conversation(tmp_path: Path) -> None:
    chance = random.Random(5)
    outcomes = [[chance.random() < 0.5 for _ in range(4)] for _ in range(12)]
    a = _write(
        tmp_path / "a",
        _conversations(12),
        right=lambda n, attempt: outcomes[n][attempt - 1],
        attempts=4,
    )
    b = _write(tmp_path / "b", _conversations(12), attempts=3)
    found = compare(a, b)
    # Three attempts are in both; the fourth has no counterpart.
    assert _figure(found, "pass^1").a == pytest.approx(sum(sum(o[:3]) for o in outcomes) / 36)
    assert _figure(found, "pass^3").a == pytest.approx(sum(all(o[:3]) for o in outcomes) / 12)
    assert _figure(found, "pass^1").conversations == 12
    assert any("12 attempts have no counterpart" in note for note in found.notes)


def test_times_of_another_concurrency_are_not_compared(tmp_path: Path) -> None:
    a = _write(tmp_path / "a", _conversations(4))
    b = _write(tmp_path / "b", _conversations(4), about=About(model="tiny", concurrency=4))
    found = compare(a, b)
    assert not [figure for figure in found.figures if figure.unit == "ms"]
    assert any("their times are not compared" in note for note in found.notes)


def test_two_systems_of_one_run(tmp_path: Path) -> None:
    run = _write(tmp_path / "a", _conversations(20), right=lambda n, a: n > 10)
    _write(run, _conversations(20), system="create-agent")
    found = compare(run, run, systems=["shopguide", "create-agent"])
    assert (found.a.system, found.b.system) == ("shopguide", "create-agent")
    assert _figure(found, "pass^1").verdict == "better"
    assert compare(run, run).b.system == "shopguide"
    with pytest.raises(BadInput, match="no system 'oracle'"):
        compare(run, run, systems=["oracle"])


def test_a_simulated_shopper_is_followed_as_far_as_it_says_the_same(tmp_path: Path) -> None:
    def other(n: int, turn: int, attempt: int) -> Observed:
        return _answer(n, turn, attempt).model_copy(update={"products": ["p9"]})

    a = _write(tmp_path / "a", _conversations(3))
    b = _write(tmp_path / "b", _conversations(3), answer=other)
    lines = (b / RESULTS).read_text(encoding="utf-8").replace('"cheaper"', '"something else"')
    (b / RESULTS).write_text(lines, encoding="utf-8")
    found = compare(a, b)
    assert found.changed_answers_count == 3
    [change, *_] = found.changed_answers
    assert [turn.number for turn in change.turns] == [1]
    assert change.note == "The simulated shopper said other things from message 2 on."


def test_only_some_are_kept_and_all_are_counted(tmp_path: Path) -> None:
    a = _write(tmp_path / "a", _conversations(9), right=lambda n, attempt: False)
    b = _write(tmp_path / "b", _conversations(9))
    found = compare(a, b, listed=2)
    assert (len(found.newly_passing), found.newly_passing_count) == (2, 9)


def test_recorded_answers_against_a_run(tmp_path: Path) -> None:
    suite = tmp_path / "recorded.jsonl"
    documents = []
    for n, conversation in enumerate(_conversations(4)):
        document = json.loads(conversation.model_dump_json(exclude_unset=True))
        for turn in document["turns"]:
            turn["recorded"] = {
                "text": "As it was.",
                "intent": "recommend",
                "products": ["p2", "p1"],
                "pick": "p2" if n == 0 else "p1",
                "need": [{"field": "price", "op": "<=", "value": 150 if n == 1 else 120}],
            }
        documents.append(json.dumps(document))
    suite.write_text("\n".join(documents), encoding="utf-8")
    run = _write(tmp_path / "b", _conversations(5)[:3] + _conversations(5)[4:])
    found = compare(suite, run)
    assert (found.a.system, found.paired, found.only_a, found.only_b) == (
        "recorded",
        3,
        ["c3"],
        ["c4"],
    )
    assert found.figures == []
    changes = {c.conversation: [t.aspects for t in c.turns] for c in found.changed_answers}
    assert changes == {"c0": [["pick"], ["pick"]], "c1": [["need"], ["need"]]}
    turn = found.changed_answers[1].turns[0]
    assert (turn.a.need, turn.b.need) == (["price <= 150"], ["price <= 120"])
    assert {item.aspect: item.same.value for item in found.agreement} == {
        "answered": 1, "intent": 1, "products": 1, "pick": 4 / 6, "need": 4 / 6
    }  # fmt: skip


def _damage(run: Path, name: str) -> None:
    path = run / name
    path.write_text("{}\n" + path.read_text(encoding="utf-8"), encoding="utf-8")


@pytest.mark.parametrize(
    ("harm", "told"),
    [
        (lambda run: (run / ABOUT).unlink(), "no folder of a run"),
        (lambda run: (run / ABOUT).write_text("[]"), "damaged"),
        (lambda run: (run / GRADED).unlink(), "has no graded.jsonl: grade the run"),
        (lambda run: _damage(run, GRADED), "graded.jsonl, line 1 is damaged"),
        (lambda run: _damage(run, RESULTS), "results.jsonl, line 1 is damaged"),
        (lambda run: (run / RESULTS).write_text(""), "has no answers of 'c0'"),
        (lambda run: (run / GRADED).write_text(""), "No system answered in both"),
    ],
)
def test_a_folder_that_cannot_be_used_is_one_sentence(
    tmp_path: Path, harm: Callable[[Path], object], told: str
) -> None:
    a, b = (_write(tmp_path / name, _conversations(2)) for name in "ab")
    harm(b)
    with pytest.raises(BadInput, match=told):
        compare(a, b)


def test_a_line_that_was_cut_off_is_passed_over(tmp_path: Path) -> None:
    a, b = (_write(tmp_path / name, _conversations(2)) for name in "ab")
    with (b / RESULTS).open("a", encoding="utf-8") as file:
        file.write('{"system": "shop')
    assert compare(a, b).paired == 2


def test_runs_with_nothing_in_common_are_refused(tmp_path: Path) -> None:
    a = _write(tmp_path / "a", _conversations(2))
    b = _write(tmp_path / "b", _conversations(4)[2:])
    with pytest.raises(BadInput, match="nothing can be compared"):
        compare(a, b)


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    a = _write(tmp_path / "a", _conversations(30))
    b = _write(tmp_path / "b", _conversations(30), right=lambda n, attempt: n > 14)
    page = tmp_path / "page.html"
    assert main(["compare", str(a), str(b), "--html", str(page)]) == 0
    said = capsys.readouterr()
    assert "Worse beyond noise: conversations that pass every check;" in said.out
    assert "### Newly failing: 15" in said.out
    assert "failed: language: the text is in zh" in said.out
    assert f"Written to {page}." in said.err
    assert "Newly failing" in page.read_text(encoding="utf-8")
    assert main(["compare", str(a), str(b), "--fail-on-worse", "--json"]) == 1
    said = capsys.readouterr()
    found = Comparison.model_validate_json(said.out)
    assert found.newly_failing_count == 15
    assert said.err.startswith("Worse beyond noise: ")
    assert main(["compare", str(b), str(a), "--fail-on-worse"]) == 0
    capsys.readouterr()
    assert main(["compare", str(a), str(tmp_path / "none")]) == 2
    assert main(["compare", str(a), str(b), "--html", str(tmp_path / "no" / "page.html")]) == 2
    assert capsys.readouterr().out == ""
