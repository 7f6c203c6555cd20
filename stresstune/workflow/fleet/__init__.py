"""A run over many hosts, wired from the rooms.

- `on_host` runs on the hosts, `child` in a process of its own there; `order` is what they are told.
- `measure` runs where the command was given: who is there, memory on each host, the API once for
  all. `posts` hands calls to the hosts. `files` has each host write its own config, with its own
  journal. `rehearsal` plays a fleet on this machine.
- `public` has the names of the library.

Decisions that somebody may want to undo:

* **A host is a memory**, not a worker: however many workers share one limit, it is measured once.
* **Sessions are opened in a process of their own**, which is no worker: dask's nanny looks at the
  memory of its worker's process alone, and what it sets for its workers' malloc is taken away.
* **Keys stay where they are**: each host calls the API with the key of its own environment, as the
  app there does. A key is never sent through the engine.
"""
