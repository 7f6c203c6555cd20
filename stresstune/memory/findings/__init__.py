"""What a probe has measured, and what that says.

`ledger` keeps what was measured; `outside` is what of it no process holds. `reckon` turns it into a
number, by `ways` where several processes went the same way. `evidence` is all that was seen,
`conclude` turns it into what people read, with `notes` on what they should know besides, and
`advice` on what would help. `outlook` is how things stand meanwhile, in `lines`.

Decision: how much of the heaps of several threads is never used again is chance, and differs by a
tenth and more from process to process, so the number is below the middle of several by as much as
these differ. What the allocator has mapped alone is in no heap, so the allocator is asked.
"""
