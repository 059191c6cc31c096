"""Starts the program on the made-up board: start.py PLAN FRAMES."""

import sys

sys.path.insert(0, sys.argv[0].rsplit("/", 1)[0])  # before the built-in modules of these names

import main

main.run(frames=int(sys.argv[2]))
