"""How many sessions fit in memory before the kernel says no.

`limits` finds where memory ends (`cgroup` reads control groups, `boundary` makes of each end
something that can be watched). `probe` opens sessions in a sacrificial process and reckons how
many fit: `sources` names what a session is, `sessions` holds the simulated ones, `child` is the
process that opens them, `process` is the parent's hold on it, `sample` reads its memory (the only
user of psutil), `guard` and `fit` are the arithmetic, `lines` is what people read while it runs.
`leftovers` finds what a killed run may have left.

Decisions, with their reasons:

- What counts is what the kernel charges and cannot take back: anonymous memory, shared memory,
  page tables, kernel stacks. Clean file pages can go, so they count neither for a session nor
  against the room. In real cgroups the kill comes when this sum reaches the limit, to 0.2 %.
- proclimits is not used: it reads the running process's own files only (no root path, so nothing
  can be tested on a small tree), and knows nothing of memory.high, swap, memory.oom.group, kill
  counts or RLIMIT_DATA.
- The sessions' process is started afresh, not forked: a fork would share the caller's pages, and
  what is shared would look free.
- There is no state on disk. What marks our processes is in their environment, with the identity of
  the parent that started them; so nothing can be left in a folder.
"""
