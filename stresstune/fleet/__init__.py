"""Many hosts through one engine, dask.distributed: who is there, calls from all of them, one run.

- `engine` is the only importer of dask and distributed; it also lets one run at a time measure a
  fleet. `around` says what dask does to a process, and keeps it quiet.
- `address` finds the scheduler that somebody means.
- `hosts` says which workers share one memory. `clock` compares clocks, `stripes` chooses who makes
  the next call, `merge` puts together what several hosts saw. All four are pure.
- `agent` makes the calls that it is ordered to, on its host, in a thread of its own. `target` is
  the other end: a target like any other, whose calls are made on the hosts. So the probe of the API
  is the very same as on one machine: one schedule, one budget.

Decisions that somebody may want to undo:

* **No call is ever made twice.** Dask runs a task again when its worker dies, and a call that is
  made again spends quota twice and spoils the log. So nothing here is a task: everything is an
  out-of-band call of one worker (`Client.run`), with a deadline of our own.
* **Orders carry the time.** A call is ordered a little before it is due, and the host starts it at
  that very moment by its own clock, which was compared with ours. So the way through the scheduler
  is in no response time, and a start is late only where the order came too late (the host then does
  not make the call at all, and the run's health says so).
* **A host that falls silent is given up**, with a name and a reason. Calls under way there count
  as spent; what became of them is not known, and they prove nothing.
* **The other side ends by itself.** An agent that hears nothing for `agent.LEASE_SECONDS` closes
  its connections and goes, so that nothing is left behind when the one who measures dies.
"""
