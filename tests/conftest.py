"""For every test: nothing is judged by how long it took, on this machine, today."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

settings.register_profile("sternway", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("sternway")
