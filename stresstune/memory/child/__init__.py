"""The sacrificial process, in which sessions are opened.

Within it: `inside` waits for orders and `tie` for the end of who gives them, `opener` opens
sessions (`refusals`: was one refused memory, and went on all the same), `sessions` holds simulated
ones (of `pictures`), and `client` starts a real app instead and visits it (`together`: does that
make sessions at a time, or one after the other).

From without: `process` has hold of it, and `reply` is what comes of a request; `sentry` looks at
the guard meanwhile, `stall` notices that it hangs, `family` that one of its own was killed, and
`workers` whom an app's users have visited, and who was replaced; `tail` keeps its last words.
`trackers` waits for those who clean up after it, and `leftovers` finds what a killed run may have
left.
"""
