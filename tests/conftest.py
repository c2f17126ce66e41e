"""What all tests share: token files of texts go to a folder of the test run, not to the user's cache."""

from __future__ import annotations

from collections.abc import Iterator

import pytest


@pytest.fixture(scope="session", autouse=True)
def _cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RNNCTL_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield
