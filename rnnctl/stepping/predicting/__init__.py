"""Predictions for new data: rows read as they arrive, stepped under the reset policy of a run, written in data units.

reading: bytes -> rows with their places. steps: rows -> inputs. walking: inputs -> outputs, through the model.
answers: outputs -> columns with names. predict: all of it.
"""

from rnnctl.stepping.predicting.predict import predict, ready_model

__all__ = ["predict", "ready_model"]
