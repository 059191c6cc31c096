"""Errors of the hardware package; each refines the built-in that it is."""


class HardwareError(Exception):
    """Base of every error that this package raises on purpose."""


class SettingError(HardwareError, ValueError):
    """A setting of the guard that is unknown, of the wrong kind or outside its bound."""


class PinError(HardwareError, OSError):
    """A GPIO pin that cannot be claimed or driven."""


class LinkError(HardwareError, ConnectionError):
    """The socket between guard and kiosk cannot be opened, or speaks another version."""


class BenchError(HardwareError, ValueError):
    """A request at the bench door that cannot be carried out; the text is its answer."""
