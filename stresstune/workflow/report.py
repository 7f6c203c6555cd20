"""A report of a run: gathered from the journal, rendered, written to a file."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from stresstune.config.aftermath import aftermath
from stresstune.config.history import earlier_run, run
from stresstune.errors import UsageError, WriteError
from stresstune.model.report import Dossier

if TYPE_CHECKING:
    from stresstune.model.journal import Run

PathLike = str | os.PathLike[str]


def gather(
    path: PathLike = "workshop.toml",
    *,
    run_id: int | None = None,
    against: int | None = None,
    state_dir: PathLike | None = None,
) -> Dossier:
    """Gather what a report of one run is made from.

    Args:
        path: The config.
        run_id: Number of the run in the journal; None for the latest.
        against: Number of the run that it is compared with; None for the one before it.
        state_dir: Folder of the journal, if not ``.stresstune/`` beside the config.

    Raises:
        UsageError: There is no such run.
        JournalUnreadable: The journal is damaged, or of a newer version.
    """
    found = _run(path, run_id, state_dir)
    earlier = None if against is None else _run(path, against, state_dir)
    if found.evidence.is_of_a_fleet:  # each host has its own config, and its own journal
        return Dossier(path=Path(path).name, run=found, earlier=earlier)
    if against is None:
        earlier = earlier_run(path, found.id, state_dir=state_dir)
    after = aftermath(path, found, state_dir=state_dir)
    return Dossier(
        path=Path(path).name,
        run=found,
        entry=after.entry,
        diff=after.diff,
        in_force=after.in_force,
        keys=after.keys,
        earlier=earlier,
        notes=after.notes,
    )


def save_report(
    out: PathLike,
    path: PathLike = "workshop.toml",
    *,
    run_id: int | None = None,
    against: int | None = None,
    state_dir: PathLike | None = None,
) -> Dossier:
    """Write a report of a run to a file, and return what it was made from.

    Args:
        out: Where to; its ending says in which form: ``.html`` (one self-contained page), ``.md``,
            ``.png`` or ``.json``.
        path: The config.
        run_id: Number of the run in the journal; None for the latest.
        against: Number of the run that it is compared with; None for the one before it.
        state_dir: Folder of the journal, if not ``.stresstune/`` beside the config.

    Raises:
        UsageError: There is no such run, no such form, or the extra ``report`` is not installed.
        JournalUnreadable: The journal is damaged, or of a newer version.
        WriteError: The file cannot be written.

    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from stresstune import tune
    >>> results = {"schema": 1, "memory": {"held_sessions": 5, "sessions_that_fit": 26,
    ...     "safe_sessions": 20, "bytes_per_session": {"value": 8e7, "low": 8e7, "high": 8e7},
    ...     "baseline_bytes": 180_000_000, "limit_bytes": 2_300_000_000, "limit_source": "host",
    ...     "stopped_by": "target"}}
    >>> with TemporaryDirectory() as folder:
    ...     config = Path(folder, "workshop.toml")
    ...     _ = config.write_text("MAX_CONCURRENT_SESSIONS = 30")
    ...     _ = tune(config, results=results)
    ...     _ = save_report(Path(folder, "report.md"), config)
    ...     Path(folder, "report.md").read_text().splitlines()[0]
    '# Memory holds 26 of the 30 people that are wanted.'
    """
    render = form_of(out)
    dossier = gather(path, run_id=run_id, against=against, state_dir=state_dir)
    write_report(out, render(dossier))
    return dossier


async def asave_report(
    out: PathLike,
    path: PathLike = "workshop.toml",
    *,
    run_id: int | None = None,
    against: int | None = None,
    state_dir: PathLike | None = None,
) -> Dossier:
    """Do the same as `save_report` from asynchronous code, without blocking the event loop.

    >>> import anyio
    >>> from stresstune import UsageError
    >>> try:
    ...     anyio.run(asave_report, "report.docx")
    ... except UsageError as error:
    ...     print(error)
    report.docx: its ending must say what it is to be: .html, .htm, .md, .png, .json
    """
    from anyio.to_thread import run_sync  # noqa: PLC0415 - for asynchronous programs only

    save = partial(save_report, run_id=run_id, against=against, state_dir=state_dir)
    return await run_sync(save, out, path)


def form_of(out: PathLike) -> Callable[[Dossier], bytes]:
    """Return how a file of that name is rendered.

    Raises:
        UsageError: Its ending names no form.
    """
    ending = Path(out).suffix.lower()
    if ending not in _FORMS:
        raise UsageError(
            f"{os.fspath(out)}: its ending must say what it is to be: {', '.join(_FORMS)}"
        )
    return _FORMS[ending]


def write_report(out: PathLike, data: bytes) -> None:
    """Write a report to a file, over an earlier one.

    Raises:
        WriteError: It cannot be written.
    """
    try:
        Path(out).write_bytes(data)
    except OSError as error:
        raise WriteError(f"{os.fspath(out)} cannot be written: {error.strerror}") from error


def _run(path: PathLike, number: int | None, state_dir: PathLike | None) -> Run:
    found = run(path, number, state_dir=state_dir)
    if found is not None:
        return found
    if number is None:
        raise UsageError(
            f"the journal of {os.fspath(path)} holds no measurement: run `stresstune apply` first"
        )
    raise UsageError(
        f"the journal of {os.fspath(path)} holds no run {number}: `stresstune history` lists the "
        "changes; without --run it is the latest"
    )


def _html(dossier: Dossier) -> bytes:
    from stresstune.report.page import render_page  # noqa: PLC0415 - the form that was asked for

    return render_page(dossier).encode()


def _markdown(dossier: Dossier) -> bytes:
    from stresstune.report.markdown import render_markdown  # noqa: PLC0415 - likewise

    return render_markdown(dossier).encode()


def _png(dossier: Dossier) -> bytes:
    from stresstune.report.poster import render_png  # noqa: PLC0415 - likewise

    return render_png(dossier)


def _json(dossier: Dossier) -> bytes:
    return f"{dossier.to_json()}\n".encode()


_FORMS: dict[str, Callable[[Dossier], bytes]] = {
    ".html": _html,
    ".htm": _html,
    ".md": _markdown,
    ".png": _png,
    ".json": _json,
}
