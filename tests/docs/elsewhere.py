"""Programs that need a network or another machine: stand-ins that write down what they are told.

What they were told is then held against the files that it is about: the extras of pyproject.toml,
the Dockerfile, the manifest.
"""

from __future__ import annotations

import argparse
import json
import re
import shlex
import tomllib
from pathlib import Path
from typing import NoReturn

import dockerfile
import yaml

from tests.docs.pages import ROOT

DEPLOY = ROOT / "examples" / "deploy"
PROGRAMS = ("docker", "gunicorn", "kubectl", "pip", "pytest")

_STAND_IN = """#!/usr/bin/env python3
import json, os, sys
with open(os.path.join(os.path.dirname(__file__), "told"), "a") as told:
    print(json.dumps([os.path.basename(sys.argv[0]), *sys.argv[1:]]), file=told)
"""


class Elsewhere:
    """A folder for the path, in which the stand-ins are."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.folder = folder
        for name in PROGRAMS:
            (folder / name).write_text(_STAND_IN)
            (folder / name).chmod(0o755)

    def told(self) -> list[list[str]]:
        """Return what the stand-ins were told since the last time, and forget it."""
        file = self.folder / "told"
        lines = file.read_text().splitlines() if file.exists() else []
        file.unlink(missing_ok=True)
        return [json.loads(line) for line in lines]


def check_words(words: list[str]) -> None:
    """Hold what a program was told against the files that it is about."""
    match words:
        case ["pip", "install", *options]:
            _check_install(options)
        case ["docker", "build", *options]:
            _check_build(options)
        case ["docker", "run", *options]:
            _check_run(options)
        case ["kubectl", "apply", *options]:
            name = _parse(options, "--filename", required=True).filename
            assert (DEPLOY / "kubernetes" / name).exists(), f"there is no manifest {name}"
        case ["kubectl", "logs", *options]:
            _check_logs(options)
        case ["pytest", *paths]:
            assert all((ROOT / path).exists() for path in paths), words
        case ["gunicorn", *options]:
            assert re.fullmatch(r"\w+:\w+", options[-1]), f"{options[-1]} names no app"
        case other:
            raise AssertionError(f"nobody here knows what {shlex.join(other)} would do")


class _Strict(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise AssertionError(message)


def _parse(words: list[str], *names: str, required: bool = False) -> argparse.Namespace:
    """Read options that all have a value, and what is left as ``rest``."""
    parser = _Strict(allow_abbrev=False)
    for name in names:
        parser.add_argument(name, required=required)
    parser.add_argument("rest", nargs="*")
    return parser.parse_args(words)


def _check_install(words: list[str]) -> None:
    wanted = words[-1]
    found = re.fullmatch(r"(?:\.|stresstune)(?:\[([\w,]+)\])?", wanted)
    assert found, f"{wanted} is not this project"
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = set(found[1].split(",")) if found[1] else set()
    assert extras <= set(project["optional-dependencies"]), f"{wanted} names no such extra"


def _check_build(words: list[str]) -> None:
    given = _parse(words, "--tag", "--file", required=False)
    assert given.rest == ["."], given.rest
    assert given.tag


def _check_run(words: list[str]) -> None:
    given = _parse(words, "--memory", "--env", "--volume", "--publish")
    assert re.fullmatch(r"\d+[bkmg]?", given.memory), f"docker reads no size {given.memory}"
    said = instructions()
    assert given.volume.partition(":")[2] in said["VOLUME"]
    assert given.publish.partition(":")[2] in said["EXPOSE"]
    assert given.rest, "an image is missing"


def _check_logs(words: list[str]) -> None:
    given = _parse(words, "--container")
    made = manifest()
    assert given.rest == [f"{made['kind'].lower()}/{made['metadata']['name']}"]
    pod = made["spec"]["template"]["spec"]
    names = [one["name"] for one in (*pod["initContainers"], *pod["containers"])]
    assert given.container in names, f"{given.container} is none of {names}"


def instructions() -> dict[str, tuple[str, ...]]:
    """Return the last of each instruction of the recipe's Dockerfile, as Docker reads it."""
    commands = dockerfile.parse_file(str(DEPLOY / "docker" / "Dockerfile"))
    return {command.cmd.upper(): command.value for command in commands}


def manifest() -> dict[str, object]:
    """Return the recipe's manifest, as Kubernetes reads it."""
    found: dict[str, object] = yaml.safe_load((DEPLOY / "kubernetes" / "workshop.yaml").read_text())
    return found
