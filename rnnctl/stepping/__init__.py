"""A trained model walked by hand, step after step: numpy, no torch, no terminal.

model.py       the layers of a run made ready: `carry, y = model.step(carry, x)`
inputs.py      an input in the units of the data file -> model units
session.py     a model and a tree of moments: step, edit, hold, back and forth, branches
step.py        one step described, and loss.py its loss
references.py  `h[0][3]`, `norm(c)`, `output`: what a command names -> its numbers
conditions.py  `h[0][3] > 0.5` -> whether it holds
store.py       sessions on disk, locked while in use
"""
