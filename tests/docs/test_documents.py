"""What the commands print with --json is what the published schema says."""

from __future__ import annotations

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from docs.extensions.command_line import commands
from docs.extensions.published_schema import PRINTED_BY, json_schema
from stresstune.cli.main import main
from stresstune.model.api import Limit
from tests.cli.conftest import CONFIG
from tests.policy.evidence import api_of, classic, memory_that_fits

SCHEMA = json_schema()
LIMIT = Limit(kind="requests_per_minute", value=60, low=60, high=60, provenance="stated")


@pytest.fixture(autouse=True)
def in_a_folder(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("STRESSTUNE", raising=False)
    (tmp_path / "workshop.toml").write_text(CONFIG)
    both = {"memory": memory_that_fits(20).to_dict(), "api": api_of(LIMIT).to_dict()}
    (tmp_path / "both.json").write_text(json.dumps({"schema": 1, **both}))


def is_valid(document: dict[str, Any], *names: str) -> None:
    kinds = [{"$ref": f"#/$defs/{name}"} for name in names]
    printed = json.loads(json.dumps(document))
    Draft202012Validator({**SCHEMA, "anyOf": kinds}).validate(printed)


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert len(SCHEMA["$defs"]) > 20


@pytest.mark.parametrize(
    ("command", "kind"),
    [
        ("apply --from both.json", "apply"),
        ("plan --from both.json", "plan"),
        ("probe memory --limit 1GB --images 1", "probe memory"),
        ("probe memory --cleanup", "probe memory --cleanup"),
        ("check", "check"),
        ("explain MAX_CONCURRENT_SESSIONS", "explain"),
        ("history", "history"),
        ("rollback", "rollback"),
        ("report --out report.md", "report"),
        ("completion fish", "completion"),
        ("check --config nowhere.toml", "any command that fails"),
    ],
)
def test_what_a_command_prints_fits_the_schema(command: str, kind: str, capsys) -> None:
    main(["apply", "--from", "both.json", "--quiet"])
    capsys.readouterr()
    main([*command.split(), "--json"])
    is_valid(json.loads(capsys.readouterr().out), *PRINTED_BY[kind])


def test_records_of_the_api_fit_the_schema() -> None:
    is_valid(api_of(LIMIT).to_dict(), "ApiCapacity")
    is_valid(classic(rejected=3).to_dict(), "LoadResult")


def test_another_document_does_not_fit(capsys) -> None:
    main(["history", "--json"])
    document = json.loads(capsys.readouterr().out)
    validator = Draft202012Validator(SCHEMA)
    assert validator.is_valid(document)
    assert not validator.is_valid({**document, "schema": 2})
    assert not validator.is_valid({"schema": 1, "entries": "none"})


def test_every_command_says_what_it_prints() -> None:
    named = {kind.split(" --")[0] for kind in PRINTED_BY}
    leaves = {name.removeprefix("stresstune ") for name, _ in commands()}
    assert leaves - named <= {"stresstune", "probe"}
