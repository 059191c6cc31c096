"""The rig: the appliance in an emulated machine, its wires and its plug in a program's hand."""
