"""What people read: pure renderers, a record in and text out.

Plain ASCII that holds at 80 columns and at 200, so that it reads the same in a terminal of any
encoding, in a log and in a pull request. Colour is the command line's affair. The JSON of a record
is the record's own (``to_json``).
"""
