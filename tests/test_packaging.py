"""A wheel holds every file that the packages read at run time."""

import tomllib
from fnmatch import fnmatchcase
from pathlib import Path

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
SETUPTOOLS = PROJECT["tool"]["setuptools"]
# What readers of BENCHMARKS.md look at; no program does.
FOR_READERS = ("evals/pictures/*", "evals/readings/*")


def packages() -> list[Path]:
    """The folders of the packages, as setuptools finds them: with and without ``__init__.py``."""
    include = SETUPTOOLS["packages"]["find"]["include"]
    tops = [folder for folder in ROOT.iterdir() if (folder / "__init__.py").is_file()]
    tops = [top for top in tops if any(fnmatchcase(top.name, one) for one in include)]
    return [
        folder
        for top in tops
        for folder in (top, *top.rglob("*"))
        if folder.is_dir() and folder.name != "__pycache__"
    ]


def test_every_package_of_the_project_is_in_the_wheel() -> None:
    wanted = {"assistant", "tools", "prompts", "retrieval", "ui", "evals"}
    assert {folder.name for folder in packages() if folder.parent == ROOT} == wanted
    # setuptools takes no folder with a dot in its name for a package.
    assert [folder for folder in packages() if "." in folder.name] == []


def test_every_data_file_of_the_packages_is_in_the_wheel() -> None:
    globs = SETUPTOOLS["package-data"]["*"]
    files = [
        file
        for folder in packages()
        for file in folder.iterdir()
        if file.is_file() and file.suffix not in (".py", ".pyc")
    ]
    left_out = [
        name
        for file in files
        if not any(fnmatchcase(file.name, glob) for glob in globs)
        and not any(
            fnmatchcase(name := file.relative_to(ROOT).as_posix(), one) for one in FOR_READERS
        )
    ]
    assert left_out == []
    shipped = {file.relative_to(ROOT).as_posix() for file in files}
    for name in (
        "retrieval/demo/policies/en/returns.md",
        "assistant/desk/pages/case.html",
        "assistant/orders/openapi.yaml",
        "assistant/orders/demo.json",
        "ui/widget/start.js",
        "evals/suites/schema.json",
    ):
        assert name in shipped
    assert "assistant/database/migrations/env.py" in {
        file.relative_to(ROOT).as_posix() for folder in packages() for file in folder.glob("*.py")
    }
