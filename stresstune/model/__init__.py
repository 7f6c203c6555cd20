"""The records that flow through the house, and nothing that does anything.

sample → capacity → verdict → recommendation → plan → written file. Every record is frozen, is
made with keywords, and travels as JSON with a schema version. Numbers carry where they come from;
units stand in the names.
"""
