"""What staff do to the machine: look at it, prove it, calibrate it, switch it off. No Kivy."""
