"""What people hear, and the one place through which every text goes."""
