"""Every sentence that the server refuses with, read out of its source: as templates whose holes have a sample."""

import ast
from collections.abc import Iterator, Mapping
from itertools import product
from pathlib import Path

ROOT = Path(__file__).parents[2]
APP = ROOT / "app"
SAMPLE = "7"
"""What stands in a hole: a number, for holes that are counted by."""

_SINKS = {
    "invalid": 0,
    "refuse": 1,
    "DomainError": 1,
    "Problem": 1,
    "Refusal": 1,
    "AccessDecision": 3,
    "ImpactWarning": 1,
    "UnreadableError": 0,
    "_forbidden": 0,
    "add": 1,  # of the flaws of a roster
    "append": 0,  # of the flaws of prices and promo codes, and of differences
    "check_text": 1,  # a name of an input
    "_check_given": 1,
    "_Key": 1,
}
"""What makes a refusal, a warning or a part of one, and which of its arguments is the sentence."""
_LISTS = ("flaws", "differences")
_Scope = Mapping[str, list[ast.expr]]


def refusals() -> Iterator[tuple[str, str]]:
    """Where a refusal is made, and each sentence that it can have there."""
    for file in sorted(APP.rglob("*.py")):
        yield from refusals_of(file.read_text(), str(file.relative_to(ROOT)))


def refusals_of(source: str, where: str) -> Iterator[tuple[str, str]]:
    """Of one module. A sentence that cannot be read from the source is its expression within `<>`."""
    tree = ast.parse(source)
    everywhere = _assigned(tree.body)
    for scope in _functions(tree):
        known = everywhere if scope is tree else {**everywhere, **_assigned(ast.walk(scope))}
        for call in _calls(scope) if scope is not tree else _of_module(tree):
            name = call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
            said = _argument(call, _SINKS[name]) if name in _SINKS and _is_of_people(call, name) else None
            if said is not None:
                for sentence in _read(said, known):
                    yield f"{where}:{call.lineno}", sentence


def _functions(tree: ast.Module) -> Iterator[ast.AST]:
    yield tree
    yield from (one for one in ast.walk(tree) if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef))


def _of_module(tree: ast.Module) -> Iterator[ast.Call]:
    """What is called as the module is read."""
    for node in tree.body:
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield from _calls(node)


def _calls(scope: ast.AST) -> Iterator[ast.Call]:
    yield from (one for one in ast.walk(scope) if isinstance(one, ast.Call))


def _is_of_people(call: ast.Call, name: str) -> bool:
    """Much is added and appended; what to these is for people."""
    if name not in ("add", "append"):
        return True
    target = call.func.value if isinstance(call.func, ast.Attribute) else None
    return isinstance(target, ast.Name) and target.id in _LISTS


def told(module: str) -> Iterator[tuple[str, str]]:
    """What a module yields or returns as sentences."""
    tree = ast.parse((APP / module).read_text())
    for scope in _functions(tree):
        known = _assigned(ast.walk(scope))
        for node in ast.walk(scope) if scope is not tree else ():
            if isinstance(node, ast.Yield | ast.Return) and isinstance(node.value, ast.JoinedStr | ast.Constant):
                yield from ((f"app/{module}:{node.lineno}", one) for one in _read(node.value, known) if one[-1:] == ".")


def _argument(call: ast.Call, place: int) -> ast.expr | None:
    named = next((one.value for one in call.keywords if one.arg == "message"), None)
    given = named if named is not None else call.args[place] if len(call.args) > place else None
    return given.elts[0] if isinstance(given, ast.Tuple) else given


def _assigned(nodes: object) -> dict[str, list[ast.expr]]:
    found: dict[str, list[ast.expr]] = {}
    for node in nodes:  # type: ignore[attr-defined]
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        for target in targets:
            if isinstance(target, ast.Name) and node.value is not None:
                found.setdefault(target.id, []).append(node.value)
            elif isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
                for one, value in zip(target.elts, node.value.elts, strict=False):
                    if isinstance(one, ast.Name):
                        found.setdefault(one.id, []).append(value)
    return found


def _read(node: ast.expr, known: _Scope) -> list[str]:
    """Every text that an expression can be."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [node.value]
    if isinstance(node, ast.IfExp):
        return _read(node.body, known) + _read(node.orelse, known)
    if isinstance(node, ast.JoinedStr):
        parts = [_hole(one, known) if isinstance(one, ast.FormattedValue) else _read(one, known) for one in node.values]
        return ["".join(one) for one in product(*parts)]
    if isinstance(node, ast.Name) and node.id in known:
        return [text for value in known[node.id] for text in _read(value, known)]
    return [f"<{ast.unparse(node)}>"]


def _hole(node: ast.FormattedValue, known: _Scope) -> list[str]:
    """What a hole of a sentence is filled with: the words that the source has for it, else a sample."""
    if isinstance(node.value, ast.IfExp | ast.Constant):
        return _read(node.value, known)
    if isinstance(node.value, ast.Name) and node.value.id in known:
        texts = [text for value in known[node.value.id] for text in _read(value, known)]
        if not any(text.startswith("<") for text in texts):
            return texts
    return [SAMPLE + "%" if node.format_spec is not None and "%" in ast.unparse(node.format_spec) else SAMPLE]
