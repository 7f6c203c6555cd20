"""The stand-ins find out what Docker, kubectl and pip would not do."""

from __future__ import annotations

import subprocess

import pytest

from tests.docs.elsewhere import Elsewhere, check_words


def test_a_stand_in_writes_down_each_word(tmp_path):
    there = Elsewhere(tmp_path / "bin")
    subprocess.run([there.folder / "docker", "build", "--tag", "a b", "."], check=True)
    assert there.told() == [["docker", "build", "--tag", "a b", "."]]
    assert there.told() == []


@pytest.mark.parametrize(
    "line",
    [
        "pip install .[reports]",
        "pip install stresstun",
        "docker build --tga workshop .",
        "docker run --memory 2GB --volume workshop:/data --publish 8000:8000 workshop",
        "docker run --memory 2g --volume workshop:/files --publish 8000:8000 workshop",
        "docker run --memory 2g --volume workshop:/data --publish 8000:80 workshop",
        "docker run --memory 2g --volume workshop:/data --publish 8000:8000",
        "kubectl apply --filename deployment.yaml",
        "kubectl logs deployment/workshop --container size",
        "kubectl logs pod/workshop --container app",
        "kubectl explode",
        "gunicorn --bind x",
        "pytest tests/nowhere",
    ],
)
def test_what_would_not_work_is_found_out(line):
    with pytest.raises(AssertionError):
        check_words(line.split())
