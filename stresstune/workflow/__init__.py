"""The use cases, wired from the rooms: tune, check, preflight.

The rooms do not know each other; what flows between them (evidence, verdict, recommendation, plan)
is handed on here, and nowhere else. Import from the modules: this package imports nothing, so that
a startup check does not pay for the probes.

Decisions that somebody may want to undo:

* **What can fail for free fails first**: the config is read, the key looked for and the profile
  parsed before anything is measured.
* **Memory first, then the API**, never both at once: each would spoil the other's measurement.
* **An inconclusive run changes nothing.** Where one probe found something worth acting on and the
  other could tell nothing, values may become more careful, never bolder.
* **Writing takes its turn.** Where several replicas start at the same moment, each plans and writes
  under the lock, and whoever comes second finds nothing to change.
"""
