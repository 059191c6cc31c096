"""One exporter behind the staff screen and the command line: files on a stick, read back."""

from __future__ import annotations

from typing import Final

FORMATS: Final = ("csv", "json", "traces", "html", "pdf")
"""What can be asked for, in the order it is written."""
