"""What an install of the packages holds beside the code."""

import tomllib
from fnmatch import fnmatch
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_an_install_holds_every_file_of_the_packages() -> None:
    """Weights, lists, catalogues and the notes on their sources are installed with the code."""
    tools = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]
    patterns = [*tools["package-data"]["*"], "*.py", "*.pyc"]
    packages = [pattern.rstrip("*") for pattern in tools["packages"]["find"]["include"]]
    files = [path for package in packages for path in (ROOT / package).rglob("*") if path.is_file()]
    assert any(path.suffix == ".npz" for path in files)
    assert [path for path in files if not any(fnmatch(path.name, pattern) for pattern in patterns)] == []
