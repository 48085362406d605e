"""What the ledger says in English, said in the document's language."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.documents.content import Language
from app.documents.formats import Formats
from app.documents.words import say_cause, say_stored

ENGLISH, RUSSIAN = Formats(Language.EN), Formats(Language.RU)
APP = Path(__file__).parents[2] / "app"
TELLING = {"settle_seats", "settle_and_record", "insert_change", "change_subscriptions"}
"""What is called with the words that the ledger will have of a change."""


@pytest.mark.parametrize(
    ("english", "russian"),
    [
        ("1 subscribed", "оформлена 1 подписка"),
        ("3 subscribed", "оформлены 3 подписки"),
        ("11 subscribed", "оформлено 11 подписок"),
        ("130 subscribed", "оформлено 130 подписок"),
        ("1 unsubscribed", "прекращена 1 подписка"),
        ("25 unsubscribed, 3 subscribed", "прекращено 25 подписок, оформлены 3 подписки"),
        ("1 seated who waited", "место получил 1 ожидавший"),
        ("22 seated who waited", "место получили 22 ожидавших"),
        ("joined a team", "вступление в команду"),
        ("left and joined a team", "выход из команды и вступление в неё"),
        ("a roster was applied", "применён список сотрудников"),
        ("a new month began", "начался новый месяц"),
        ("the billing profile was set", "указаны платёжные данные"),
    ],
)
def test_a_change_is_told_in_the_language(english: str, russian: str) -> None:
    assert say_cause(english, RUSSIAN) == russian
    assert say_cause(english, ENGLISH) == english


@pytest.mark.parametrize("unknown", ["seats were changed", "3 subscribed, seats were changed", "3 subscribed!", ""])
def test_a_change_in_other_words_stays_as_it_is(unknown: str) -> None:
    assert say_cause(unknown, RUSSIAN) == unknown


def test_every_change_that_the_code_tells_of_has_russian_words() -> None:
    told = {
        cause for path in APP.rglob("*.py") if path.name != "demo.py" for cause in _told_in(ast.parse(path.read_text()))
    }
    assert {"joined a team", "left a team", "undid a change", "was erased", "the trial was extended"} <= told
    assert len(told) >= 20
    untold = {one for one in told if re.search("[а-я]", say_cause(one, RUSSIAN)) is None}
    assert untold == {"what if"}, "of what is taken back at once no document tells"


@pytest.mark.parametrize(
    ("stored", "english", "russian"),
    [
        ("Seats 1–28", "Seats 1–28", "Места 1–28"),
        ("Seat 29", "Seat 29", "Место 29"),
        ("Seats 29–29", "Seat 29", "Место 29"),
        ("Seats 30 and more", "Seats 30 and more", "Места 30 и далее"),
        ("Seats of others", "Seats of others", "Seats of others"),
    ],
)
def test_a_line_is_named_in_the_language_whichever_way_it_is_stored(stored: str, english: str, russian: str) -> None:
    assert say_stored(stored, Language.EN) == english
    assert say_stored(stored, Language.RU) == russian


def _told_in(tree: ast.Module) -> Iterator[str]:
    """Texts given to what tells, assigned to `cause`, or answered by `_cause`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in TELLING:
            yield from _texts([*node.args, *(keyword.value for keyword in node.keywords)])
        elif isinstance(node, ast.Assign) and "cause" in {
            name.id for target in node.targets for name in ast.walk(target) if isinstance(name, ast.Name)
        }:
            yield from _texts(node.value.elts if isinstance(node.value, ast.Tuple) else [node.value])
        elif isinstance(node, ast.FunctionDef) and node.name == "_cause":
            yield from _texts(
                [part for one in ast.walk(node) if isinstance(one, ast.Return) for part in _arms(one.value)]
            )


def _texts(nodes: list[ast.expr]) -> list[str]:
    return [one.value for one in nodes if isinstance(one, ast.Constant) and isinstance(one.value, str)]


def _arms(node: ast.expr | None) -> list[ast.expr]:
    if isinstance(node, ast.IfExp):
        return [node.body, node.orelse]
    return [node] if node is not None else []
