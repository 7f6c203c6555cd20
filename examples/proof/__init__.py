"""The proof: a class that an untuned config loses survives on the tuned one.

    python -m examples.proof                 # all cases, 25 minutes; root, for a real limit
    python -m examples.proof memory redis    # some of them
    python -m examples.proof --write-readme  # all, for README.md and docs/proof.*

For each case a class of students with real HTTP connections works on the workshop app, which runs
in a control group of its own with an emulator of the API behind it. The class works once on the
config as people write it (everybody is let in, no slow mode), then ``stresstune apply`` measures
the app itself and the emulator, and the same class works again.

What is real, and what is not: the processes, the connections, the pictures, the limit and the
kernel's kills are. The API is an emulator with a given quota. While the class works, the emulator's
clock, the students' thinking and the slow-mode pause all run `time_scale` times faster than the
clock on the wall, so that a minute of the quota takes some seconds; the measuring runs at the pace
of the wall.
"""
