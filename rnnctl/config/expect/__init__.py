"""The section `expect`: what a config promises of its results.

sections.py   the keys as types
promises.py   what the section says, as plain frozen values
read.py       the section -> promises, and all that is wrong with it on its own
scripts.py    whether the scripts that it names can be read
metrics.py    which figures a split, a loss and a target have, and what cannot be promised of a model
"""
