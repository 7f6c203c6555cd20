"""Measure what this deployment can really hold, and set its limits to match."""
