"""A trained model walked by hand, step after step: numpy, no torch, no terminal.

model.py     the layers of a run made ready: `carry, y = model.step(carry, x)`
inputs.py    an input in the units of the data file -> model units
session.py   model, carry and count of steps; `session.step(value) -> Step`
store.py     sessions on disk, locked while in use
"""
