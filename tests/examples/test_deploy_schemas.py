"""The recipes of examples/deploy are what the schemas of their readers allow."""

from __future__ import annotations

import copy
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.elsewhere import instructions, manifest
from tests.examples.deploy import DEPLOY, ROOT

FORMS = ROOT / ".github" / "ISSUE_TEMPLATE"
KUBERNETES = ("1.29", "1.34")
INSTRUCTIONS = {
    *("FROM", "WORKDIR", "COPY", "RUN", "ENV", "VOLUME", "EXPOSE", "ENTRYPOINT", "CMD"),
}


def fits(schema: str, *files: Path) -> subprocess.CompletedProcess[str]:
    pytest.importorskip("check_jsonschema", reason="the extra dev is not installed")
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{schema}"]
    return subprocess.run([*command, *files], capture_output=True, text=True, check=False)


def test_the_workflow_is_one():
    done = fits("github-workflows", DEPLOY / "github" / "capacity.yml")
    assert done.returncode == 0, done.stdout


def test_a_workflow_with_a_step_of_another_kind_is_none(tmp_path):
    text = (DEPLOY / "github" / "capacity.yml").read_text()
    wrong = tmp_path / "wrong.yml"
    wrong.write_text(text.replace("runs-on:", "run-on:"))
    assert fits("github-workflows", wrong).returncode == 1


@pytest.mark.skipif(not FORMS.exists(), reason="an unpacked sdist has no forms")
def test_the_forms_for_issues_are_forms():
    forms = sorted(FORMS.glob("*.yml"))
    config = [form for form in forms if form.name == "config.yml"]
    done = fits("github-issue-forms", *(form for form in forms if form not in config))
    assert done.returncode == 0, done.stdout
    done = fits("github-issue-config", *config)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("version", KUBERNETES)
def test_kubernetes_knows_every_field_of_the_manifest(version):
    schemas = pytest.importorskip("kubernetes_validate", reason="the extra dev is not installed")
    made = manifest()
    schemas.validate(made, version, strict=True)
    wrong = copy.deepcopy(made)
    wrong["spec"]["template"]["spec"]["containers"][0]["volumeMount"] = []
    with pytest.raises(schemas.ValidationError):
        schemas.validate(wrong, version, strict=True)


def test_each_mount_of_the_manifest_is_a_volume_of_the_pod():
    pod = manifest()["spec"]["template"]["spec"]
    volumes = {one["name"] for one in pod["volumes"]}
    for container in (*pod["initContainers"], *pod["containers"]):
        assert {one["name"] for one in container["volumeMounts"]} <= volumes


def test_docker_knows_every_instruction_and_starts_what_was_copied():
    made = instructions()
    assert set(made) <= INSTRUCTIONS
    (entry,) = made["ENTRYPOINT"]
    assert (DEPLOY / "docker" / entry).stat().st_mode & 0o111
    assert made["CMD"][0] == "gunicorn"
