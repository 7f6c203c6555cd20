"""A module that measures its own sessions while it is imported."""

from stresstune.memory.probe import probe_memory
from stresstune.memory.sources import Factory


def session() -> object:
    return bytearray(1_000_000)


if __name__ != "__main__":
    probe_memory(source=Factory("measures_at_import:session"))
