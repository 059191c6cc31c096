"""The appliance: the maker of its image, and the rig that runs it."""
