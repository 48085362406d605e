"""Imports point right: graphql | workers | cli → … → events → domain (design.md §1)."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = [
    "jobs",
    "clocks",
    "delivery",
    "identity",
    "retention",
    "tracker",
    "access",
    "words",
    "documents",
    "billing",
    "memberships",
    "seats",
    "directory",
    "terms",
    "organizations",
    "events",
]
"""From the doors inward; a room imports rooms to its right."""
DOORS = ("graphql", "workers", "rest", "http")
DOORS_BESIDE = {
    "rest": {"graphql", "http"},  # it takes filters and ids as GraphQL does, and lets in whom that door lets in
    "http": {"graphql"},  # it executes the schema
}
FOUNDATION = {
    "domain": set[str](),
    "faultpoints": set[str](),
    "garbage": set[str](),
    "logs": set[str](),
    "telemetry": set[str](),
    "connections": {"telemetry"},
    "readings": {"connections"},
    "transactions": {"connections", "readings", "telemetry"},
    "db": {"connections", "domain", "telemetry", "transactions"},
    "together": {"telemetry", "transactions"},
    "watch": {"connections", "db", "processes", "telemetry"},
    "mail_server": {"domain"},
    "settings": {"domain", "mail_server"},
    "receipts": {"db", "domain", "settings"},
    "checks": {"domain", "db"},
}
"""What stands under and beside the rooms, and what of ours each may import."""
ROOTS = ("asgi", "cli", "seed", "seed_history", "serving", "demo", "roster_apply", "supervisor")
"""Composition roots, where everything may meet. What only they need stands outside the rooms."""
OF_ROOTS = ("embedded", "evidence_files", "given", "logins", "processes", "roster_file")
ANYONES = {"domain", "db", "settings", "receipts", "mail_server", "faultpoints", "telemetry", "together"}


def layer_of(module: str) -> str:
    """app.seats.peak → seats; workers.main → workers."""
    parts = module.split(".")
    return parts[0] if parts[0] != "app" or len(parts) == 1 else parts[1]


def allowed(layer: str) -> set[str]:
    """The layers that one may import."""
    if layer in FOUNDATION:
        return FOUNDATION[layer] | {layer}
    if layer in ROOMS:
        return {*ANYONES, *ROOMS[ROOMS.index(layer) :]}
    if layer in DOORS:
        return {*ANYONES, "garbage", "logs", "watch", layer, *DOORS_BESIDE.get(layer, ()), *ROOMS}
    if layer in OF_ROOTS:
        return {*OF_ROOTS, "db", "settings", "domain"}
    return {layer, *ANYONES, "garbage", "logs", "checks", "watch", *DOORS, *ROOMS, *ROOTS, *OF_ROOTS}


def imports_of(source: str) -> Iterator[str]:
    """Every module that a source names, also within functions; `from app import db` is app.db."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            if node.module in ("app", "workers"):
                yield from (f"{node.module}.{alias.name}" for alias in node.names)
            else:
                yield node.module or ""


def violations(module: str, source: str) -> list[str]:
    """What a module imports and must not."""
    layer = layer_of(module)
    found = []
    for imported in imports_of(source):
        top = imported.split(".")[0]
        if top not in ("app", "workers"):
            if layer == "domain" and top not in sys.stdlib_module_names:
                found.append(f"{module} imports {imported}: the domain stands on the standard library alone")
            continue
        if layer_of(imported) not in allowed(layer):
            found.append(f"{module} imports {imported}: {layer} may not know {layer_of(imported)}")
        elif imported.endswith(".models") and layer_of(imported) != layer:
            found.append(f"{module} imports {imported}: a room is entered by its queries and service")
    return found


def modules() -> list[tuple[str, Path]]:
    files = [file for folder in ("app", "workers") for file in sorted(ROOT.joinpath(folder).rglob("*.py"))]
    return [(".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"), file) for file in files]


def test_every_import_points_right() -> None:
    found = [one for module, file in modules() for one in violations(module, file.read_text())]
    assert found == []


def test_everything_has_a_place_in_the_picture() -> None:
    known = {"app", "migrations", "workers", *DOORS, *ROOMS, *FOUNDATION, *ROOTS, *OF_ROOTS}
    assert {layer_of(module) for module, _ in modules()} <= known


def test_no_file_grows_past_400_lines() -> None:
    long = {module: len(file.read_text().splitlines()) for module, file in modules() if "migrations" not in module}
    assert {module: lines for module, lines in long.items() if lines > 400} == {}


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("app.domain.seats", "import asyncpg"),
        ("app.domain.seats", "from app import db"),
        ("app.domain.seats", "def late():\n    from app.settings import Settings"),
        ("app.db", "from app.seats.queries import count_seats"),
        ("app.settings", "import app.events.service"),
        ("app.seats.service", "from app.billing.close import close_periods"),
        ("app.checks.ledger", "from app.seats.peak import find_peaks"),
        ("app.billing.close", "from app.checks.catalog import find_violations"),
        ("app.events.service", "from app.organizations.service import record"),
        ("app.billing.close", "from app.seats.models import SeatGrant"),
        ("app.retention.purge", "import app.graphql.schema"),
        ("app.graphql.seats", "from workers.main import make_worker"),
        ("app.graphql.seats", "from app.directory.models import Member"),
        ("workers.billing", "from app import cli"),
        ("app.roster_file", "from app.memberships.roster import apply_roster"),
        ("workers.billing", "from app.graphql import schema"),
        ("app.clocks.service", "if True:\n    from workers.billing import sweep_closings"),
    ],
)
def test_an_import_that_points_outward_is_caught(module: str, source: str) -> None:
    assert len(violations(module, source)) == 1


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("app.seats.service", "from app import db\nfrom app.terms.queries import load_tariff"),
        ("app.db", "from app.domain.paging import PageRequest"),
        ("app.graphql.seats", "from app.seats.service import change_seats"),
        ("workers.main", "from app.logs import configure_logging"),
        ("app.cli", "from workers.running import run_worker\nfrom app.supervisor import up"),
        ("app.seats.queries", "from app.seats.models import SeatGrant"),
    ],
)
def test_an_import_that_points_inward_is_let_be(module: str, source: str) -> None:
    assert violations(module, source) == []
