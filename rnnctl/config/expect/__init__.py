"""The section `expect`: what a config promises of its results.

sections.py   the keys as types
promises.py   what the section says, as plain frozen values
read.py       the section -> promises, and all that is wrong with it on its own
meant.py      what was most likely meant where a key or a value is none
scripts.py    whether the scripts that it names can be read
ranges.py     what a figure can be at all, and bounds that none or all of it meets
metrics.py    which figures a split, a loss and a target have, and what cannot be promised of a model
"""
