"""The wires of the belt sensor's board. Edit this file alone; README.md says what goes where."""

# Encoder: two channels (quadrature) tell the belt's direction. With one channel set CHANNEL_B to
# None: the kiosk then cannot see a belt that runs the wrong way.
CHANNEL_A = 2
CHANNEL_B = 3

# The treadmill's safety key: a contact that is closed to ground while the key is in. None where
# the key is wired to the kiosk itself, or there is none.
KEY = 6

# A light that blinks once a second while all is well, and is steadily on while the key is out.
LED = "LED"

# The board restarts itself if it ever hangs for so long (milliseconds, at most 8388). 0: never;
# useful only while working on the program.
WATCHDOG_MS = 1000
