"""Where minisign is missing, nothing of updates can be shown."""

from __future__ import annotations

import shutil

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if shutil.which("minisign") is None:
        for item in items:
            if item.path.name.startswith("test_updater"):
                item.add_marker(pytest.mark.skip(reason="NOT RUN: updates: there is no minisign"))
