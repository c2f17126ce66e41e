"""Trackers: TensorBoard and MLflow as listeners of training, `rnnctl train CONFIG --track NAME`.

wanted.py        what `--track` says, what a run had before, and what run.json keeps of it
points.py        an event, or a line of metrics.jsonl -> numbers with a name and a step
about.py         what a run is known by beside these
following.py     tells trackers what training tells, and lets none of their failures through
tensorboard.py   event files in RUN/tensorboard
mlflow.py        an MLflow run: parameters, metrics, tags, files
store.py         where MLflow keeps its runs: `--track mlflow=WHERE` -> an address

The last three are imported only when they are asked for.
"""
