"""The synthetic tasks, one file each: published problems whose answers are known."""

from __future__ import annotations

from types import MappingProxyType

from rnnctl.data.tasks import adding, copy, reber, sine, temporal_order

TASKS = MappingProxyType(
    {task.name: task for task in (reber.TASK, adding.TASK, temporal_order.TASK, copy.TASK, sine.TASK)}
)
"""Every task by its name."""
