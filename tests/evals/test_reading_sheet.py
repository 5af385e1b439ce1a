"""Replies of a run drawn into a sheet for a person."""

import csv
import json
from pathlib import Path

from evals.reading_sheet import main
from evals.running.observed import Observed
from evals.running.records import Record


def _run(folder: Path) -> tuple[Path, Path]:
    suite, results = folder / "suite.jsonl", folder / "results.jsonl"
    with suite.open("w") as lines, results.open("w") as records:
        for number in range(6):
            turn = {"say": f"message {number}", "expect": {"language": "en"}}
            line = {"id": f"c{number}", "language": "en", "catalog": "demo", "tags": ["x"]}
            lines.write(json.dumps(line | {"turns": [turn]}) + "\n")
            seen = Observed(text="The Pegasus 41 costs $99.", products=["nike-pegasus-41"])
            record = Record(system="s", conversation=f"c{number}", digest="d", turns=[seen])
            records.write(record.model_dump_json() + "\n")
    return suite, results


def test_the_same_seed_draws_the_same_sheet(tmp_path: Path) -> None:
    suite, results = _run(tmp_path)
    texts = []
    for seed in ("1", "1", "2"):
        out = tmp_path / "sheet"
        main([str(results), str(suite), "--out", str(out), "--size", "3", "--seed", seed])
        texts.append(out.with_suffix(".md").read_text(encoding="utf-8"))
    assert texts[0] == texts[1] != texts[2]
    assert texts[0].count("Verdict:") == 3
    assert "price: $140" in texts[0]
    assert "price “$99”" in texts[0]
    with (tmp_path / "sheet.csv").open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    assert [row["doubted"] for row in rows] == ["price: $99"] * 3
    assert {row["verdict"] for row in rows} == {""}
