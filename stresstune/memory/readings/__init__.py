"""What the kernel, the allocator and psutil say about memory.

`sample` reads processes (it alone uses psutil) and `cgroup` control groups, both from
`kernel_files`. `holdings` is what others hold, `passing` who came and went meanwhile, and `heap`
what the allocator told.

Decision: what counts is what the kernel charges and cannot take back: anonymous memory, shared
memory, page tables, kernel stacks. Clean file pages can go, so they count neither for a session nor
against the room. In real control groups the kill comes when this sum reaches the limit, to 0.3 %.
"""
