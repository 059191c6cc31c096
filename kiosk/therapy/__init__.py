"""Profiles at work: what a therapist does with them, and the person who walks with one."""
