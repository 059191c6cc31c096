"""The update service: the only process that writes the appliance's slots and its boot partition."""
