"""A treadmill, its sensor, its panel and its relay, for the bench: real bytes, real pty."""
