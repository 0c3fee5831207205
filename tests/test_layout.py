"""The map of the code: imports point upwards only, and the README's tree is the tree."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
# What each package may import of ours; training sees pages and frames as the index will.
ALLOWED = {
    "embedder": {"embedder"},
    "indexer": {"indexer", "embedder"},
    "train": {"train", "embedder", "indexer.loaders", "indexer.types"},
    "app": {"app", "indexer"},
}


def imports_of(path: Path) -> set[str]:
    """Return the dotted names a module imports, at its top and inside functions."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module)
    return names


@pytest.mark.parametrize("package", ALLOWED)
def test_imports_point_upwards_only(package):
    modules = list((ROOT / package).rglob("*.py"))
    assert modules
    for path in modules:
        ours = {name for name in imports_of(path) if name.split(".")[0] in ALLOWED}
        wrong = {
            name
            for name in ours
            if not any(name == ok or name.startswith(f"{ok}.") for ok in ALLOWED[package])
        }
        assert not wrong, f"{path.relative_to(ROOT)} imports {sorted(wrong)}"


def test_streamlit_is_imported_in_the_app_only():
    for package in ("embedder", "indexer", "train"):
        for path in (ROOT / package).rglob("*.py"):
            assert not any(name.split(".")[0] == "streamlit" for name in imports_of(path)), path


def test_readme_tree_names_every_module():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    tree = readme[readme.index("## The files") :]
    for package in ("app", "bench", "embedder", "indexer", "train"):
        for path in (ROOT / package).rglob("*.py"):
            # one line for the drawings of the demo corpus; a model folder carries its own code
            has_own_line = {"demo_corpus", "models"} & set(path.parts)
            if path.name != "__init__.py" and not has_own_line:
                assert path.name in tree, f"{path.relative_to(ROOT)} is not in the README's tree"
