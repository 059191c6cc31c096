"""What people see: one .py and one .kv per screen, presenters beside them."""
