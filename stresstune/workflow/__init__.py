"""The use cases, wired from the rooms: tune, check, preflight.

The rooms do not know each other; what flows between them (evidence, verdict, recommendation, plan)
is handed on here, and nowhere else. Import from the modules: this package imports nothing, so that
a startup check does not pay for the probes.

Where a change belongs:

- *the loop*: `tune`, with `needed` before it, `proposal` (what follows from what was measured) and
  `saved` (a plan that is applied later). Other use cases: `check`, `preflight`, `report`.
- *what is asked*: `options`, `endpoint` and `loadtest`; with the config they make a `job`. `switch`
  turns it off.
- *measuring*: `measure` runs `probes`, which call `targets`, after a `selftest` and within the
  `daily` quota; `results` are read instead where there are some; `here` is where that holds.
- *deciding*: `careful` values; what is `remembered` of `past` runs, or `rescaled`; what `replicas`
  share out.
- *telling*: the `result`, and the `outcome` for the room.
- *many hosts*: `fleet`.

Decisions that somebody may want to undo:

* **What can fail for free fails first**: the config is read, the key looked for and the profile
  parsed before anything is measured.
* **Memory first, then the API**, never both at once: each would spoil the other's measurement.
* **An inconclusive run changes nothing.** Where one probe found something worth acting on and the
  other could tell nothing, values may become more careful, never bolder.
* **Writing takes its turn.** Where several replicas start at the same moment, each plans and writes
  under the lock, and whoever comes second finds nothing to change.
"""
