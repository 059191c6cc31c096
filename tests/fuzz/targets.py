"""Every target, in the order in which they are run."""

from __future__ import annotations

from tests.fuzz.files import PROFILE, RECORDING, SETTINGS, UPDATE
from tests.fuzz.messages import BENCH, LINK
from tests.fuzz.records import JOURNAL, MONTH
from tests.fuzz.sensor import BELT, PROTOCOL

TARGETS = (PROTOCOL, BELT, LINK, BENCH, RECORDING, PROFILE, SETTINGS, UPDATE, JOURNAL, MONTH)
BY_NAME = {target.name: target for target in TARGETS}
