"""The stick helper: a small process of its own, the only one that may mount."""
