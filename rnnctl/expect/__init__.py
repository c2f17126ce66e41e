"""Expectations and their verdicts: configs are trained, each in a process of its own, and held to what they promise.

find.py       paths -> the configs that promise something
trial.py      one training, in a process and a folder of its own: what is asked, and what was measured
digest.py     a hash of all that figures follow from
worker.py     that process, which does what its order says
keep.py       its run, in its folder and nowhere else: taken up where it was left, or begun anew
measure.py    a training and the figures that are asked for of it
horizon.py    the steps of effective memory of a split
resume.py     a training that is stopped and gone on with
smoke.py      a training of two updates on a few steps of the data
progress.py   how far it is, told on its stdout
pool.py       several of them at a time
check.py      configs -> events, to the outcome of each
outcome.py    what came of a config: verdicts, or why there are none; exit codes
judge.py      promises and figures -> verdicts
interval.py   the interval of a mean over a few seeds
baseline.py   figures that were recorded to be held against
"""
