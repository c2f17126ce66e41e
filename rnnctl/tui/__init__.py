"""The full-screen stepper, `rnnctl step RUN --tui`: a terminal application over a console, made with Textual.

app.py           the application: keys, the command line, and what a line came to
keys.py          every key, what it does and how the help tells it
subjects.py      what a map can show: parts of a carry, and the values that equations name
window.py        the cells that are in view, as numbers: nothing else is read
view.py          where one looks: a subject, a unit, a moment, how large the cells are, beside which branch
brush.py         a value -> a coloured cell, bar or letter, or a glyph where there is no colour
chart.py         values over time as bars around 0
lane.py          one branch drawn: the map, the time, the input and the unit that is followed
head.py          the lines above: run, branch, step, subjects
command_line.py  the line at the bottom, with its history
pages.py         a text over the whole screen: the help, and what is too long to stand at the bottom
"""
