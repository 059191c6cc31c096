"""USB sticks, one interface: mounted by a small helper on the Pi, made of folders in simulation."""
