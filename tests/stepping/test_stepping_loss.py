"""The loss of one step is that of training, for every loss."""

import numpy as np
import pytest
import torch

from rnnctl.config.sections import TrainingSection
from rnnctl.data.records import Facts, Signal
from rnnctl.data.scaling import Affine, Scaling
from rnnctl.stepping.loss import loss_of
from rnnctl.stepping.model import Model
from rnnctl.training.loss import loss_of as training_loss

NUMBERS = Signal("number", ("a", "b", "c"))
CLASSES = Signal("class", ("kind",), ("x", "y", "z"))
BINARY = Signal("binary", ("a", "b", "c"))


@pytest.mark.parametrize(
    ("name", "signal", "outputs"),
    [
        ("mse", NUMBERS, 3),
        ("mae", NUMBERS, 3),
        ("huber", NUMBERS, 3),
        ("gaussian", NUMBERS, 6),
        ("cross_entropy", CLASSES, 3),
        ("binary_cross_entropy", BINARY, 3),
    ],
)
@pytest.mark.parametrize("seed", range(5))
def test_it_is_that_of_training(name, signal, outputs, seed):
    rng = np.random.default_rng(seed)
    scaling = Affine((1.0, -2.0, 3.0), (2.0, 0.5, 4.0)) if signal is NUMBERS else None
    facts = Facts(NUMBERS, signal, (4,), True, 0, "step")
    model = Model((), (), facts, Scaling(None, scaling), "", "best", {}, name)
    y = rng.normal(0, 3, outputs)
    section = TrainingSection.model_validate({"loss": name, "window": 4})
    if signal is CLASSES:
        target = {"kind": "xyz"[seed % 3]}
        wanted = torch.tensor([seed % 3])
    elif signal is BINARY:
        values = rng.integers(0, 2, 3).astype(float)
        target, wanted = dict(zip("abc", values, strict=True)), torch.tensor(values[None])
    else:
        values = rng.normal(0, 3, 3)
        target, wanted = dict(zip("abc", values, strict=True)), torch.tensor(scaling.to_model(values)[None])
    [expected] = training_loss(section.loss, torch.tensor(y[None]), wanted).tolist()
    assert loss_of(model, y, target) == pytest.approx(expected, rel=1e-12)
