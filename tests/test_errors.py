from __future__ import annotations

import inspect

import pytest

from stresstune import errors


def drawn() -> dict[str, str]:
    """Each error of the tree in the docstring, and the one above it."""
    above = {0: "StresstuneError"}
    parents = {}
    for line in errors.__doc__.splitlines():
        if "── " in line:
            depth = line.index("── ") // 4
            name = line.split("── ")[1].split()[0]
            parents[name] = above[depth - 1]
            above[depth] = name
    return parents


def test_the_tree_in_the_docstring_is_the_real_one() -> None:
    real = {
        name: kind.__base__.__name__
        for name, kind in inspect.getmembers(errors, inspect.isclass)
        if kind.__module__ == errors.__name__
    }
    assert real.pop("StresstuneError") == "Exception"
    assert real.pop("Interrupted") == "KeyboardInterrupt"
    assert drawn() == real


def test_an_interrupt_is_no_ordinary_error_and_carries_what_was_measured() -> None:
    interrupted = errors.Interrupted(partial="half of it")
    assert interrupted.partial == "half of it"
    assert not isinstance(interrupted, Exception)
    assert errors.Interrupted().partial is None


def test_a_config_error_names_file_and_key() -> None:
    error = errors.ConfigError("sessions is -1", path="workshop.toml", key="a.b")
    assert (str(error), error.path, error.key) == ("sessions is -1", "workshop.toml", "a.b")
    with pytest.raises(errors.UsageError):
        raise error
