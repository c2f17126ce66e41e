"""Expectations and their verdicts: configs are trained, each in a process of its own, and held to what they promise.

find.py       paths -> the configs that promise something
trial.py      one training, in a process and a folder of its own: what is asked, and what was measured
worker.py     that process
pool.py       several of them at a time
check.py      configs -> events, to the outcome of each
outcome.py    what came of a config: verdicts, or why there are none; exit codes
judge.py      promises and figures -> verdicts
interval.py   the interval of a mean over a few seeds
baseline.py   figures that were recorded to be held against
"""
