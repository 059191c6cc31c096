"""The log as people look at it: days, sessions, one session with its chart. No Kivy."""
