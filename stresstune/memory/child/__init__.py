"""The sacrificial process, in which sessions are opened.

Within it: `inside` waits for orders, `opener` opens sessions, `sessions` holds simulated ones (of
`pictures`), and `client` starts a real app instead and visits it.

From without: `process` has hold of it; `sentry` looks at the guard meanwhile, `stall` notices that
it hangs, and `workers` that an app replaced some of its own; `tail` keeps its last words.
`trackers` waits for those who clean up after it, and `leftovers` finds what a killed run may have
left.
"""
