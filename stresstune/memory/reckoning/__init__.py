"""From sizes to a number. Pure.

`steps` is what was seen, `line` a straight one through it, and `settling` tells which of it tells
of what comes. `overlap` is what threads make of steps, `peaks` what is needed for a moment and when
that is met. `fit` says what a session keeps, `tide` says it where memory comes and goes, `pattern`
where sizes come in an order, and `occasions` what comes at each so-manieth session. `forecast`
carries them on to an end, unequal ones by `play`; `passage` does so where threads went on without a
stop. `unseen` is what is too little for a number.

Decisions, with their reasons:

- The number is where a moment without room becomes as likely as not, lowered until it is hardly
  ever above the truth by more than a session and 3 %; its low end doubts what was seen too.
- Where threads go on without a stop, every height that memory passed is an end that was met, so
  that the number is followed and not reckoned from parts: in a dozen kinds of sessions the way of
  one process leads to where others were killed, as near as these are to each other.
"""
