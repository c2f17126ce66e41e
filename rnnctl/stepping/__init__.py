"""A trained model walked by hand, step after step: numpy, no torch, no terminal.

model.py       the layers of a run made ready: `carry, y = model.step(carry, x)`
inputs.py      an input in the units of the data file -> model units
session.py     a model and a tree of moments: step, edit, hold, back and forth, branches
step.py        one step described, and loss.py its loss
references.py  `h[0][3]`, `norm(c)`, `output`: what a command names -> its numbers
conditions.py  `h[0][3] > 0.5` -> whether it holds
store.py       sessions on disk, locked while in use, with history.py their history; states.py states saved by name

desk.py        what commands work on: a session, its feed, breaks, and the script of what was done
console.py     a line of text -> what it did to a session; command.py its nouns, and commands/ every command by topic
feed.py        inputs that come one after the other, and sources.py where they come from
figures.py     what is told of a step beside its numbers: gates, changes, the window
script.py      files of commands; completion.py what a word may become; wording.py numbers in a few words
pipe.py        a stream of inputs, and rows.py its lines
freerun.py     a model that goes on by itself
insight.py     what gradients tell, in torch with rebuilt.py; relations.py what the state has to do with the data
"""
