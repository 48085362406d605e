"""docs/operations.md, the units, the Dockerfile and the alerts name what there is: settings, commands, figures."""

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

from app.cli import app
from app.domain.policies import Policies
from app.jobs.figures import list_figures
from app.settings import Settings
from app.telemetry.metrics import REGISTRY
from app.watch.figures import Figures

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs/operations.md").read_text()
DEPLOY = ROOT / "deploy"
ELSEWHERE = {"FORWARDED_ALLOW_IPS", "OTEL_EXPORTER_OTLP_ENDPOINT"}
"""Settings that libraries read."""
RULES = yaml.safe_load((DEPLOY / "alerts.yml").read_text())["groups"][0]["rules"]


def settings() -> set[str]:
    return {str(field.validation_alias) for field in Settings.model_fields.values()}


def commands() -> set[str]:
    names = {one.name or one.callback.__name__ for one in app.registered_commands if one.callback is not None}
    return {name.replace("_", "-") for name in names}


def test_the_table_has_every_setting_once_and_no_other() -> None:
    table = GUIDE.partition("## Configure")[2].partition("## Watch")[0]
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    named = [name for row in rows for name in re.findall(r"`([A-Z_]+)`", row)]
    assert sorted(named) == sorted(settings() | ELSEWHERE)


def test_every_command_that_is_named_is_there() -> None:
    named = set(re.findall(r"`(?:\S+ )?seatmark ([a-z-]+)", GUIDE))
    assert named <= commands()
    assert {"migrate", "restored", "check", "jobs", "api-check", "worker-check"} <= named


@pytest.mark.parametrize("path", sorted(DEPLOY.glob("*.service")), ids=lambda path: path.name)
def test_a_unit_runs_a_command_that_is_there_with_settings_that_are_there(path: Path) -> None:
    lines = dict(line.split("=", 1) for line in path.read_text().splitlines() if re.match(r"[A-Z]\w+=", line))
    program, command = shlex.split(lines["ExecStart"])
    assert program.endswith("/bin/seatmark")
    assert command in commands()
    assert {one.partition("=")[0] for one in shlex.split(lines.get("Environment", ""))} <= settings()


def test_the_example_of_an_environment_has_settings_that_are_there() -> None:
    lines = (DEPLOY / "environment.example").read_text().splitlines()
    assert {line.partition("=")[0] for line in lines if not line.startswith("#")} <= settings()


@pytest.mark.parametrize("unit", ["seatmark-api.service", "seatmark-worker.service"])
def test_commands_by_the_environment_of_the_example_use_the_folder_of_those_who_serve(unit: str) -> None:
    (setting,) = re.findall(r"^(SEATMARK_DATA_DIR=.+)$", (DEPLOY / "environment.example").read_text(), re.MULTILINE)
    (served,) = re.findall(r"^Environment=(.+)$", (DEPLOY / unit).read_text(), re.MULTILINE)
    assert setting in shlex.split(served)
    assert "SEATMARK_DATA_DIR" in GUIDE.partition("\n4. `seatmark restored`")[2].partition("\n5. ")[0]


def test_the_image_is_of_what_is_here() -> None:
    text = (ROOT / "Dockerfile").read_text()
    copied = [path for line in re.findall(r"^COPY (?!--)(.+)$", text, re.MULTILINE) for path in line.split()[:-1]]
    assert [path for path in copied if not (ROOT / path).exists()] == []
    assert set(re.findall(r"SEATMARK_[A-Z_]+", text)) <= settings()
    check, run = re.findall(r"CMD (\[.+\])$", text, re.MULTILINE)
    assert {yaml.safe_load(check)[1], yaml.safe_load(run)[0]} <= commands()
    assert text.index("USER seatmark") < text.index("ENTRYPOINT")


async def figures(database: str) -> set[str]:
    """Names of all samples, as they are scraped."""
    told = Figures(lambda: list_figures(Policies()))
    await told.refresh()
    families = [*REGISTRY.collect(), *told.collect()]
    suffixes = {"counter": ["_total"], "histogram": ["_bucket", "_count", "_sum"]}
    return {family.name + suffix for family in families for suffix in suffixes.get(family.type, [""])}


async def test_alerts_and_runbooks_are_about_figures_that_there_are(clean_database: None, database: str) -> None:
    known = await figures(database)
    for rule in RULES:
        named = set(re.findall(r"seatmark_\w+", rule["expr"]))
        assert named, rule["alert"]
        assert named <= known, rule["alert"]
    named = set(re.findall(r"seatmark_[a-z_]+[a-z]\b(?!\*)", GUIDE)) - ROLES
    assert named <= known


ROLES = {"seatmark_app", "seatmark_api", "seatmark_owner", "seatmark_tenants", "seatmark_system", "seatmark_new"}


def test_every_alert_has_a_runbook_and_every_runbook_an_alert() -> None:
    runbooks = re.findall(r"^### (\w+)$", GUIDE, re.MULTILINE)
    assert runbooks == [rule["alert"] for rule in RULES]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_a_rule_is_whole(rule: dict[str, Any]) -> None:
    assert rule["labels"]["severity"] in ("page", "ticket")
    for opening, closing in ("()", "{}", "[]"):
        assert rule["expr"].count(opening) == rule["expr"].count(closing)
