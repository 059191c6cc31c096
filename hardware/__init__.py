"""The guard: every wire of the treadmill, and the one decision whether the belt may run."""
