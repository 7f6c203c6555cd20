"""How many sessions fit in memory before the kernel says no.

`probe` is the way in; `options` what it may be told, `sources` what a session is, `request` all
that was asked. `run` opens session after session and stops in time: `next_step` chooses how many by
the arithmetic of `pace`, `freely` lets threads go on by themselves, `again` does so in another
process (`start` is how each begins), `ending` says why it is over, and `teller` what people read
meanwhile. `restarts` has an app probed more than once; `watch` looks at one that runs already;
`what_if` asks once more with something changed.

What these stand on has rooms of its own, each above the next:

- `findings`: what was measured, and what it says.
- `child`: the sacrificial process, from without and within.
- `ends`: where memory ends, and how not to be killed there.
- `reckoning`: from sizes to a number; pure. And `readings`: what the kernel and psutil say.

Decisions, with their reasons:

- The sessions' process is started afresh, not forked: a fork would share the caller's pages, and
  what is shared would look free. It imports next to nothing, since it stands in for the app.
- A prediction goes on until the number is known. Equal sessions are known after four; unequal ones
  are opened until the limit is near, under a hard stop (RLIMIT_DATA, set just below what is left):
  the kernel then refuses memory instead of killing for it, which no polling guard can promise.
- Several threads go on without a stop up to the guard: what begins together meets in another way
  than an app's. That is done in three processes, and in up to six while the number is not known
  and that is soon done, since what is chance is not seen in one. How high memory went is read from
  outside: threads that read it themselves held each other up, and the number was too low for some
  kinds, and for others above the kill. Where sessions are in processes of their own, or an app's,
  threads go round some sessions each instead; what is needed for a moment is then seen in
  high-water marks, and what the heap has free counts to it.
- There is no state on disk. What marks our processes is in their environment, with the identity of
  the parent that started them; so nothing can be left in a folder.
"""
