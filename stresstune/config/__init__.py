"""Reading and writing the config of an app that must start tomorrow.

Writing to that file is the most dangerous thing that stresstune does, so this room writes it
itself, and says here why:

- `scan` finds the exact characters of every value, and `document` replaces those and nothing else.
  A parser that prints the whole file again would be shorter, and has been seen to move comments,
  to mix line endings and to refuse valid files. tomlkit only spells a new value.
- `tomllib` reads the file before and after: exactly the planned keys may differ.
- `write` replaces the file in one step and keeps mode, owner and attributes. Where a file cannot
  be replaced (it is a mount point of its own, or its folder is closed), it is written in place,
  after its bytes are safe in the journal.
- `journal` writes down what is about to be done before it is done, so that the next command can
  finish or undo what was interrupted. It keeps earlier versions of the file whole, since a
  rollback must work without the current one; so it is readable by those who can read the file,
  and by nobody else, and is kept out of the repository.
- `lock` makes concurrent writers take turns. It is `flock` on a file that is never removed: the
  kernel lets go of it whenever its holder ends.
- `decide` is what is kept back when a recommendation meets a file that people edit too.

Where a change belongs:

- *naming*: `path` (one value), `place` (the file that is meant, and its journal), `variables`.
- *a TOML file*: `text` (bytes and values), `scan`, `document`, `insert`, `remove`, `spell`.
- *what stresstune is told*: `schema`, `load`, `words` (what is allowed, in words), `slow_mode`;
  what the app reads: `settings`.
- *writing*: `plan` with `decide`; `apply`, `rollback` and `writable`, each in its `turn`, which has
  the `lock`; `write` with `in_place` and `files`, and the `way_out` where that fails.
- *the journal*: its folder (`state`), its file (`database`, `tables`, each row with its `seal`),
  what is written (`journal`, `change_set`) and what is read of it (`recall`, `glance`, `grounds`).
- *telling*: `history`, `explain`, `aftermath`; the startup `check`, with `drift` and `digests`.
- *for asynchronous programs*: `aio`.

Import from the modules; this package itself imports nothing, so that an app which only wants its
settings does not pay for the journal.
"""
