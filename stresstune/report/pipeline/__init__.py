"""What a pipeline reads: one summary, rendered as Markdown, JUnit, Prometheus or GitHub's commands.

`summary` is the record that all renderers start from: a case for each thing that was looked at, and
a gauge for each number. What a command found is turned into one by the command line.
"""
