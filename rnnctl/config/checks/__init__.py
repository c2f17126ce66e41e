"""Every check by its identifier: what `rnnctl explain ID` tells, and `ignore` may name."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from rnnctl.config.checks import answers, data, expect, file, layers, resets, training, windows
from rnnctl.config.checks.check import Check

__all__ = ["CHECKS", "Check"]

CHECKS: Mapping[str, Check] = MappingProxyType(
    {
        check.id: check
        for group in (file, data, layers, answers, windows, resets, training, expect)
        for check in group.CHECKS
    }
)
"""In the order of a config: its data, its layers, how it is trained, and what it promises."""
