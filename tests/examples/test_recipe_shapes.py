"""The recipes of examples/deploy, read as those who run them read them.

No Render, Kubernetes, GitHub or Docker is to be had here, so what each of them refuses at first
sight is looked for: keys that it does not know, references to what is not there.
"""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.examples.deploy import DEPLOY, ROOT

yaml = pytest.importorskip("yaml", reason="PyYAML is not installed")

STEP_KEYS = {"name", "id", "if", "uses", "with", "run", "env", "shell", "working-directory"}
RUNNER_VARIABLES = {"RUNNER_TEMP", "GITHUB_STEP_SUMMARY", "GITHUB_WORKSPACE"}
RENDER_KEYS = {
    *("type", "name", "runtime", "plan", "region", "buildCommand", "startCommand", "envVars"),
    *("healthCheckPath", "disk", "preDeployCommand", "numInstances", "branch", "rootDir"),
}
DOCKER = {"FROM", "WORKDIR", "COPY", "RUN", "ENV", "VOLUME", "EXPOSE", "ENTRYPOINT", "CMD"}


def read(name: str) -> Any:
    return yaml.safe_load((DEPLOY / name).read_text())


def variables_in(script: str) -> set[str]:
    return set(re.findall(r"\$\{?([A-Z][A-Z_]*)", script))


def test_every_recipe_is_listed():
    listed = set(re.findall(r"\]\((\w[\w./-]*)\)", (DEPLOY / "README.md").read_text()))
    for file in DEPLOY.rglob("*"):
        name = str(file.relative_to(DEPLOY))
        is_there = file.is_dir() or name == "README.md"
        assert is_there or name in listed or name.split("/", maxsplit=1)[0] in listed, name


def test_each_step_of_the_workflow_has_one_thing_to_do():
    workflow = read("github/capacity.yml")
    on = workflow[True]  # YAML 1.1 takes the word "on" for a truth value; GitHub does not
    assert set(on) <= {"push", "pull_request", "schedule", "workflow_dispatch"}
    assert all(len(one["cron"].split()) == 5 for one in on["schedule"])
    for job in workflow["jobs"].values():
        for step in job["steps"]:
            assert set(step) <= STEP_KEYS
            assert ("run" in step) != ("uses" in step)
            assert re.fullmatch(r"[\w-]+/[\w-]+@v\d+", step.get("uses", "a/b@v1"))
            known = {*job["env"], *step.get("env", {})} | RUNNER_VARIABLES
            assert variables_in(step.get("run", "")) <= known


def test_the_blueprint_knows_only_keys_that_render_knows():
    (service,) = read("render/render.yaml")["services"]
    assert set(service) <= RENDER_KEYS
    assert "preDeployCommand" not in service
    assert all(set(one) <= {"key", "value", "sync"} for one in service["envVars"])
    given = {one["key"]: one.get("value", "") for one in service["envVars"]}
    assert given["STRESSTUNE_CONFIG"].startswith(service["disk"]["mountPath"] + "/")
    assert variables_in(service["startCommand"]) <= {*given, "PORT"}
    assert (DEPLOY / service["startCommand"].split()[0]).exists()


def test_the_containers_of_the_pod_see_the_same_limits_and_files():
    deployment = read("kubernetes/workshop.yaml")
    assert (deployment["apiVersion"], deployment["kind"]) == ("apps/v1", "Deployment")
    template = deployment["spec"]["template"]
    assert deployment["spec"]["selector"]["matchLabels"] == template["metadata"]["labels"]
    pod = template["spec"]
    (probe,), (app,) = pod["initContainers"], pod["containers"]
    assert probe["resources"] == app["resources"]
    assert probe["resources"]["requests"] == probe["resources"]["limits"]
    volumes = {one["name"] for one in pod["volumes"]}
    for container in (probe, app):
        mounts = {one["mountPath"]: one["name"] for one in container["volumeMounts"]}
        assert set(mounts.values()) <= volumes
        assert "subPath" not in str(container["volumeMounts"])
        environ = {one["name"]: one.get("value", "") for one in container["env"]}
        assert environ["STRESSTUNE_CONFIG"].startswith("/data/")
        assert "/data" in mounts
    assert variables_in(probe["args"][0]) <= {one["name"] for one in probe["env"]}


def test_the_dockerfile_copies_what_it_runs():
    text = (DEPLOY / "docker" / "Dockerfile").read_text()
    lines = [line.split(maxsplit=1) for line in text.splitlines() if line[:1].isalpha()]
    words = [word for word, _ in lines]
    assert words[0] == "FROM"
    assert set(words) <= DOCKER
    for word, rest in lines:
        if word in {"ENTRYPOINT", "CMD"}:
            assert all(isinstance(part, str) for part in json.loads(rest))
    given = dict(lines)["ENV"].partition("=")
    volume = dict(lines)["VOLUME"]
    assert given[2].startswith(volume + "/")
    for script in ("start.sh", "docker/entrypoint.sh"):
        assert (DEPLOY / script).stat().st_mode & 0o111, f"{script} cannot be executed"
        assert (DEPLOY / script).read_text().startswith("#!/bin/sh\n")


def test_the_config_that_the_recipes_copy_is_there():
    assert (ROOT / "workshop.toml").exists()
