"""The parts of the reference that are made from the code, so that they cannot say anything else.

When a build begins, `write_pages` puts into ``reference/made/``: the keys of the config (from the
records that it is read into), the command line (from click's tree), the exit codes, the public
names of the library, and the JSON schema of everything that a command prints with ``--json``.
"""

from __future__ import annotations

import inspect
import json
import re
from pathlib import Path
from typing import Any

import msgspec

import stresstune
from docs.extensions.command_line import command_line
from docs.extensions.published_schema import PRINTED_BY, json_schema
from stresstune import testing
from stresstune.cli import exits
from stresstune.config.schema import TABLES
from stresstune.config.words import allowed
from stresstune.model.record import Record, annotations_of
from stresstune.report.verdict import show_value

SCHEMA_FILE = "stresstune.schema.json"


def setup(app: Any) -> dict[str, Any]:  # noqa: ANN401 - Sphinx is there in a build only
    """Tell Sphinx when to make them."""
    app.connect("builder-inited", lambda app: write_pages(Path(app.srcdir) / "reference" / "made"))
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def write_pages(folder: Path) -> None:
    """Write every part into a folder; a file that says the same already keeps its age."""
    folder.mkdir(exist_ok=True)
    pages = {
        "command-line.md": command_line(),
        "config-keys.md": config_keys(),
        "exit-codes.md": exit_codes(),
        "documents.md": documents(),
        "names.rst": names(stresstune),
        "names-of-testing.rst": names(testing),
        SCHEMA_FILE: json.dumps(json_schema(), indent=2) + "\n",
    }
    for name, text in pages.items():
        file = folder / name
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            file.write_text(text, encoding="utf-8")


def config_keys() -> str:
    """Return every key under ``[stresstune]``, with what is allowed and its default."""
    return "\n".join(_table_of(name, record) for name, record in TABLES.items())


def _table_of(name: str, record: type[Record]) -> str:
    meanings = attributes_of(record)
    title = (inspect.getdoc(record) or "").splitlines()[0]
    rows = [f"## `[stresstune.{name}]`", "", title, ""]
    for key, annotation in annotations_of(record).items():
        default = _default(record, key)
        shown = "" if default is None else f" Default: `{default}`."
        said = meanings[key][:1].upper() + meanings[key][1:]
        rows += [f"`{key}`", f": {said}", f"  *{allowed(annotation).capitalize()}.*{shown}", ""]
    return "\n".join(rows)


def _default(record: type[Record], key: str) -> str | None:
    """Return a default as it would stand in TOML, or None where there is none."""
    value = {one.name: one.default for one in msgspec.structs.fields(record)}[key]
    if value is msgspec.NODEFAULT or value is None:
        return None
    if isinstance(value, float) and not value.is_integer():
        return f"{value:.4g}"
    return "[]" if value == () else show_value(value)


def attributes_of(record: type[Record]) -> dict[str, str]:
    """Return what a record's docstring says of each field.

    >>> attributes_of(stresstune.Budget)["max_requests"]
    'Calls, rejected ones included.'
    """
    doc = inspect.getdoc(record) or ""
    section = re.search(r"^Attributes:\n(.*?)(?=^\S|\Z)", doc, re.DOTALL | re.MULTILINE)
    found = re.findall(
        r"^ {4}(\w+): (.*?)(?=^ {4}\w|\Z)", section[1] if section else "", re.DOTALL | re.MULTILINE
    )
    return {name: " ".join(text.split()).replace("``", "`") for name, text in found}


def exit_codes() -> str:
    """Return the exit codes with what each means."""
    rows = [f"| `{code}` | {meaning} |" for code, meaning in exits.MEANINGS.items()]
    return "\n".join(["| code | meaning |", "| --- | --- |", *rows, ""])


def documents() -> str:
    """Return which command prints which document."""
    rows = [
        f"| {_code(command)} | {', '.join(f'`{name}`' for name in made)} |"
        for command, made in PRINTED_BY.items()
    ]
    return "\n".join(["| command | definitions in the schema |", "| --- | --- |", *rows, ""])


def _code(command: str) -> str:
    return command if command.startswith("any ") else f"`{command}`"


def names(module: Any) -> str:  # noqa: ANN401 - a module with __all__
    """Return an autodoc directive for each public name, in the order of the tour."""
    return "\n".join(_directive(module, name) for name in module.__all__)


def _directive(module: Any, name: str) -> str:  # noqa: ANN401
    value = getattr(module, name)
    kind, extra = "function", ""
    if inspect.isclass(value):
        kind = "exception" if issubclass(value, BaseException) else "class"
        extra = "   :members:\n" if kind == "class" else ""
    return f".. auto{kind}:: {module.__name__}.{name}{_fields(value)}\n{extra}\n"


def _fields(value: object) -> str:
    """Return a record's fields as a short signature: their types stand in the list below it."""
    if not (isinstance(value, type) and issubclass(value, Record)):
        return ""
    fields = msgspec.structs.fields(value)
    shown = (one.name if one.required else f"{one.name}=..." for one in fields)
    return f"(*, {', '.join(shown)})"
