"""Plans that were saved to a file, to be applied later."""

from __future__ import annotations

import os
from pathlib import Path

from stresstune.config.apply import apply
from stresstune.config.load import load_config
from stresstune.config.path import parse_path
from stresstune.config.place import printable
from stresstune.config.schema import Config
from stresstune.config.settings import notes_on_environment, shadows
from stresstune.errors import ConfigError, UsageError, WriteError
from stresstune.model.change import Plan
from stresstune.workflow.needed import nothing_done
from stresstune.workflow.outcome import in_force, told
from stresstune.workflow.result import TuneResult
from stresstune.workflow.switch import is_switched_off
from stresstune.workflow.tune import written


def save_plan(made: Plan, path: str | os.PathLike[str]) -> None:
    """Write a plan to a file; it is bound to the bytes of the config that it was made for.

    An earlier plan is overwritten; only its owner can read it.

    Raises:
        UsageError: Another file is there already, the config itself for one.
        WriteError: It cannot be written.
    """
    file = Path(path)
    if file.exists() and not (file.is_file() and _is_plan(file)):
        raise UsageError(
            f"{path} exists and is no plan, so it is not overwritten: name another file with --out"
        )
    try:
        text = made.to_json() + "\n"
    except UnicodeEncodeError as error:
        raise UsageError(
            f"the name {printable(made.path)} is no UTF-8, so no plan for it can be saved: apply "
            "at once, or rename the file"
        ) from error
    try:
        private = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(private, "w") as out:
            out.write(text)
    except OSError as error:
        raise WriteError(f"the plan cannot be written to {path}: {error.strerror}") from error


def _is_plan(file: Path) -> bool:
    try:
        Plan.from_json(file.read_bytes())
    except (OSError, ValueError):
        return False
    return True


def read_plan(path: str | os.PathLike[str]) -> Plan:
    """Read a plan that was saved.

    Raises:
        UsageError: It cannot be read, or is no plan.
    """
    try:
        made = Plan.from_json(Path(path).read_text())
        for each in made.changes:
            parse_path(each.key)
    except OSError as error:
        raise UsageError(f"the plan {path} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise UsageError(
            f"{path} is no plan: {error}. Make one with `plan --out plan.json`"
        ) from error
    return made


def apply_saved(made: Plan) -> TuneResult:
    """Write what was planned earlier, if the config is still the one that it was planned for.

    ``STRESSTUNE=off`` switches it off, as it does every other `apply`.

    Raises:
        StalePlan: The config changed since then; nothing was written.
        Locked: Another process is writing.
        WriteError: The config could not be written; it is as it was.
    """
    if is_switched_off():
        return nothing_done(made.path)
    evidence = made.evidence
    verdict = evidence.verdict if evidence else None
    recommendation = evidence.recommendation if evidence else None
    config = _config_of(made)
    final = in_force(config, made) if config else {}
    if config and recommendation:
        recommendation = told(recommendation, verdict, config, final)
    result = TuneResult(
        path=made.path,
        outcome="planned",
        tier=verdict.tier if verdict else None,
        binding=verdict.binding if verdict else None,
        memory=verdict.memory if verdict else None,
        api=verdict.api if verdict else None,
        findings=verdict.findings if verdict else (),
        recommendation=recommendation,
        in_force=final,
        shadows=shadows(config, final, os.environ) if config else (),
        changes=made.changes,
        kept=made.kept,
        diff=made.diff,
        simulated=evidence.simulated if evidence else False,
        notes=(*made.notes, *(notes_on_environment(config, os.environ) if config else ())),
    )
    return written(result, apply(made))


def _config_of(made: Plan) -> Config | None:
    """Read the config; one that cannot be read is for `apply` to refuse, as stale if it is."""
    try:
        return load_config(made.path)
    except ConfigError:
        return None
