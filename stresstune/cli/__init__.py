"""The command line: one small file a command (flags, one library call, one rendering).

Results go to stdout, talk and progress to stderr; with ``--json`` stdout is exactly one JSON
document. Exit codes live in `exits`, and only `main` hands them out. Commands are imported when
they are called, so that ``check`` does not pay for the probes.
"""
