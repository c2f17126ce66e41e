"""Memory that runs out is told as such; another bug stays one."""

import pytest

from rnnctl.errors import TrainingError
from rnnctl.training.memory import memory_told


@pytest.mark.parametrize(
    "error",
    [
        MemoryError("Unable to allocate 671. GiB"),
        RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory"),
    ],
)
def test_memory_that_runs_out(error: Exception) -> None:
    with pytest.raises(TrainingError, match="not enough memory"), memory_told():
        raise error


@pytest.mark.parametrize("error", [RuntimeError("mat1 and mat2 shapes cannot be multiplied"), ValueError("x")])
def test_another_error_is_left_as_it_is(error: Exception) -> None:
    with pytest.raises(type(error)) as caught, memory_told():
        raise error
    assert caught.value is error
