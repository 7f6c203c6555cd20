"""Where memory ends, and how not to be killed there.

`limits` finds the ends, `identity` says whether they are the same as another time's, `boundary`
watches each of them, `guard` is the arithmetic of that, `arm` a hard stop for the last steps, and
`crash` says when the kernel may be made to kill (`bystanders`: whom else it could choose).

Decision: proclimits is not used. It reads the running process's own files only (no root path, so
nothing can be tested on a small tree), and knows nothing of memory.high, swap, memory.oom.group,
kill counts or RLIMIT_DATA.
"""
