"""The belt sensor: bytes to frames, frames to speed, and the port they come from."""
