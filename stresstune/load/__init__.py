"""How load is made: when calls start, what their answers and errors mean, and what is kept of them.

Open loop by an absolute schedule, so that a slow answer never delays the next start, and closed
loop where the question is how much fits at the same time. Late starts are caught up for a moment
only: a stall that is caught up without bound becomes a burst, and a burst earns rejections of its
own. All waiting and every clock goes through anyio, so that both backends and virtual time work.

`driver` and `pacer` start calls, `health` watches the generator itself; `outcome` says what an
answer or an error means, whatever client raised it, from what `carried` finds in it and `quota`
reads there. The memory probe asks it too, of what an app refuses.
"""
