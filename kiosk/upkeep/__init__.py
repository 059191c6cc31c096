"""Care of the appliance by stick: updates of the system, and backups of the data."""
