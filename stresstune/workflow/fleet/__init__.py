"""A run over many hosts, wired from the rooms.

- `on_host` and `file_on_host` run on the hosts, `child` in a process of its own there; `order` is
  what they are told.
- `measure` runs where the command was given. `turn` lets one run at a time do so, `roll_call` asks
  who is there, `memories` has each host open sessions, `calls` and `posts` have them call the API,
  after each has found its own ceiling (`ceilings`).
- `files` has each host write its own config, with its own journal.
- `public` has the names of the library, `job` those of the command line; both say what is `asked`.
  `rehearsal` plays a fleet on this machine.

Decisions that somebody may want to undo:

* **A host is a memory**, not a worker: however many workers share one limit, it is measured once.
* **Sessions are opened in a process of their own**, which is no worker: dask's nanny looks at the
  memory of its worker's process alone, and what it sets for its workers' malloc is taken away.
* **A scheduler that was started anew is waited for**, as long as the budget allows. Its workers
  ended with it, so that nothing that was under way there can still come; who was measured is not
  measured again, and calls that were made are never made a second time.
* **Keys stay where they are**: each host calls the API with the key of its own environment, as the
  app there does. A key is never sent through the engine.
"""
