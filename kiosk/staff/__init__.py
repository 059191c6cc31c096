"""What staff do behind their PIN: export, sticks, clock, PINs, faults. No Kivy."""
