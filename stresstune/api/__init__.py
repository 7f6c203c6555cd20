"""Which API limit binds, and how many sessions it carries.

`target`, `gemini` and `http` are what is called (`stresstune.load.outcome` reads what comes back);
`probe` runs `investigation`, whose calls all go through `caller` (budget and load); `event`,
`estimate`, `bucket`, `proof`, `knee` and `evidence` reason about the log of calls and touch
nothing; `classic` has the three tests that people know.

Decisions that stand here:

- A quota that states nothing is found by holding every kind of quota against the log of calls
  (`estimate`), not by fitting curves: each kind is a deterministic machine, so a log refutes it or
  bounds its value to the call. Bisection on pass or fail cannot do this, since quotas have state.
- The climb spreads its starts instead of bursting, and stops at the first refusal, so that a quota
  costs its own size and one call, and refusals that count against it stay few.
- That enough is carried is only believed if no window, whenever it turned, could hide a smaller
  quota. It costs up to twice the calls of a minute; half of that is how wrong advice is bought.
- Once a quota is used up, a second use after it reopens tells fixed from sliding from bucket, and
  whether somebody else had used a part of the first.
"""
