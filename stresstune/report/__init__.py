"""What people read: pure renderers, a record in and text out.

For a terminal: plain ASCII that holds at 80 columns and at 200, so that it reads the same in a
terminal of any encoding, in a log and in a pull request. Colour is the command line's affair. The
JSON of a record is the record's own (``to_json``).

For everybody else: a *dossier* (`stresstune.model.report`) is laid out once, as a *sheet* (the
answer, sections, charts as numbers), and a sheet is written as a page, as Markdown or as a picture.

Decisions that somebody may want to undo:

* **Charts are Vega-Lite, drawn by vl-convert**: one package without dependencies that draws SVG and
  PNG without a browser. `charts/draw.py` alone knows it; a chart's numbers are worked out by pure
  functions beside it.
* **The page has no library of scripts.** Its charts are SVG that gets its colours from the page's
  style (by day, by night, on paper); a small script of its own says what a mark shows, to the
  mouse and to the keyboard. A policy in its head lets nothing else run, and loads nothing.
* **Each chart is drawn twice**, for a page and for a phone or a column, since text that is scaled
  with its chart cannot be read on a phone.
"""
