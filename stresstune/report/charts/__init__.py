"""Charts: the numbers behind each picture, and one border file that draws them.

Each picture has a module that works out its numbers from the evidence, purely: what a person can
point at, what it says there, and the table for whoever cannot see it. `spec` lays such a chart out
for Vega-Lite, and `draw` alone calls the library.
"""
