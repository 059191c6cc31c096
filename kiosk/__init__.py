"""The kiosk: everything people see, and everything that is kept."""
