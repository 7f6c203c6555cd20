"""How many sessions fit in memory before the kernel says no.

- `probe` is the way in; `options` what it may be told, `request` what it was asked; `run` opens
  session after session and stops in time; `pace` chooses the next step, `freely` lets threads go on
  by themselves, and `again` does so in another process (`start` is how each begins); `ledger` keeps
  what was measured, `outside` what of it no process holds and `holdings` what others do; `ending`
  says why it is over, `evidence` is all that was seen, `conclude` turns it into what people read,
  `notes` is what they should know besides. `outlook` is how things stand meanwhile. `watch` looks
  at an app that runs already.
- Where memory ends: `limits` finds it, `cgroup` reads control groups, `boundary` watches each end,
  `guard` is its arithmetic, `arm` a hard stop for the last steps, `crash` says when the kernel may
  be made to kill.
- What a session is: `sources` names it, `sessions` holds simulated ones. `child` is the sacrificial
  process, in which `opener` opens them, `client` the one that starts a real app instead, `process`
  the parent's hold on either, `stall` notices that one hangs, `sample` reads their memory (the only
  user of psutil) from `kernel_files`, `leftovers` finds what a killed run may have left.
- From sizes to a number: `steps`, `line`, `overlap` (of threads; `heap` is what they say), `peaks`
  (what is needed for a moment, and when it is met), `fit` and `tide` (memory that comes and goes),
  `forecast` (`pattern`: sizes that come in an order); `passage` (the session at which memory meets
  an end, where threads go on), `ways` (several of these); `reckon` takes the one that was seen;
  `unseen` is what is too little for a number; `advice` and `what_if` say what would help; `lines`
  and `teller` are what people read while it runs.

Decisions, with their reasons:

- What counts is what the kernel charges and cannot take back: anonymous memory, shared memory, page
  tables, kernel stacks. Clean file pages can go, so they count neither for a session nor against
  the room. In real control groups the kill comes when this sum reaches the limit, to 0.3 %.
- proclimits is not used: it reads the running process's own files only (no root path, so nothing
  can be tested on a small tree), and knows nothing of memory.high, swap, memory.oom.group, kill
  counts or RLIMIT_DATA.
- The sessions' process is started afresh, not forked: a fork would share the caller's pages, and
  what is shared would look free. It imports next to nothing, since it stands in for the app.
- A prediction goes on until the number is known. Equal sessions are known after four; unequal ones
  are opened until the limit is near, under a hard stop (RLIMIT_DATA, set just below what is left):
  the kernel then refuses memory instead of killing for it, which no polling guard can promise.
- Several threads go on without a stop up to the guard: what begins together meets in another way
  than an app's. Every height that memory passed on the way is an end that was met, so that the
  number is followed and not reckoned from parts: in a dozen kinds of sessions the way of one
  process leads to where others were killed, as near as these are to each other. That is by a tenth
  and more, and what is chance is not seen in one: so it is done in three processes, and in up to
  six while the number is not known and that is soon done; the number is below the middle by as
  much as these differ. What the allocator has mapped alone is in no heap, so it is asked. How high
  memory went is read from outside: threads that read it themselves held each other up, and the
  number was too low for some kinds, and for others above the kill. Where sessions are in processes
  of their own, or an app's, threads go round some sessions each instead; what is needed for a
  moment is then seen in high-water marks, and what the heap has free counts to it.
- The number is where a moment without room becomes as likely as not, lowered until it is hardly
  ever above the truth by more than a session and 3 %; its low end doubts what was seen too.
- There is no state on disk. What marks our processes is in their environment, with the identity of
  the parent that started them; so nothing can be left in a folder.
"""
