"""No sentence that a person reads goes past the catalogues: read from the sources, and held.

mypy holds most of it, since errors and states take a ``Saying`` and no text. This holds the rest:
that a ``Saying`` begins as a literal in ``saying()``, where ``gathering.py`` finds it, and that a
refusal is no text that was put together.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cues.gathering import gathered

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("kiosk", "profiles", "hardware")
REFUSALS = {"Refusal": 1, "PinRefused": 0}
"""What may be given a literal, which is found as well -> where its sentences begin."""
MADE = {
    # Where a Saying is made of something else than a literal in saying(): each looked at.
    "profiles/saying.py": 2,  # the two functions that make them
    "profiles/checking.py": 4,  # choices as a file has them; nothing; a marked text with its field
    "profiles/rules.py": 1,  # the rules' own texts, marked where they stand
    "kiosk/sticks/model.py": 1,  # the bench speaks English
    "kiosk/export/errors.py": 1,  # so does the command line
    "kiosk/screens/refusals.py": 2,  # a fault's own text, with units and names
    "kiosk/care/selftest.py": 3,  # what the machine calls itself, and a system's own reason
}
TEXTS = {
    # Where a refusal is given a text that is no literal: for programs, never on a screen.
    "kiosk/session/controller.py": 1,
}


def name_of(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")


def is_put_together(node: ast.expr) -> bool:
    """Whether this is a text that was put together, or English made of an error."""
    if isinstance(node, ast.JoinedStr | ast.BinOp | ast.BoolOp | ast.IfExp):
        return True
    return isinstance(node, ast.Call) and name_of(node) in {"str", "format", "join", "plain"}


def bypasses(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Each sentence that no catalogue can have, with its line."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = name_of(node)
        if name == "saying":
            first = node.args[0] if len(node.args) == 1 else None
            if not isinstance(first, ast.Constant) or not isinstance(first.value, str):
                yield node.lineno, "saying() takes one literal, its fields by name"
        elif name in REFUSALS:
            for given in node.args[REFUSALS[name] :]:
                if is_put_together(given):
                    yield node.lineno, f"{name}: put it into saying(), its fields apart"


def literals(tree: ast.AST) -> Iterator[str]:
    """Every sentence that is marked."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and name_of(node) == "saying":
            yield from (str(ast.literal_eval(one)) for one in node.args)


def made_otherwise(tree: ast.AST) -> int:
    """How often a ``Saying`` is made without ``saying()``."""
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return sum(name_of(call) == "Saying" for call in calls)


def sources() -> Iterator[tuple[str, ast.AST]]:
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*.py")):
            name = path.relative_to(ROOT).as_posix()
            yield name, ast.parse(path.read_text(encoding="utf-8"), name)


def test_every_sentence_can_be_found_for_the_catalogues() -> None:
    found = []
    for name, tree in sources():
        here = list(bypasses(tree))
        if len(here) != TEXTS.get(name, 0):
            found += [f"{name}:{line}: {why}" for line, why in here]
    assert not found, "\n".join(found)


def test_the_catalogues_have_every_sentence() -> None:
    """What finds the texts for them overlooks some, as one deep inside the words of a refusal."""
    said = {text for _name, tree in sources() for text in literals(tree)}
    assert len(said) > 200
    assert said <= set(gathered())


def test_a_saying_is_made_by_its_function() -> None:
    found = {name: count for name, tree in sources() if (count := made_otherwise(tree))}
    assert found == MADE


@pytest.mark.parametrize(
    "source",
    [
        'raise StickError(saying(f"{stick} is gone."))',
        "raise ExportError(saying(text))",
        'saying("The stick " + name)',
        'raise Refusal("stick", str(error))',
        'raise Refusal("stick", f"{name} is gone.")',
        'raise PinRefused("No PIN: {why}.".format(why=why))',
        'raise Refusal("no", fault or NO_KEY)',
    ],
)
def test_what_goes_past_the_catalogues_is_found(source: str) -> None:
    assert list(bypasses(ast.parse(source)))


@pytest.mark.parametrize(
    "source",
    [
        'raise StickError(saying("{stick} is gone.", stick=name))',
        'raise Refusal("stick", "The stick is gone.", *error.said)',
        "raise ExportError(*told_of(error, FAILED), GONE)",
    ],
)
def test_what_can_be_translated_is_not_found(source: str) -> None:
    assert not list(bypasses(ast.parse(source)))
