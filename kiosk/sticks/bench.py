"""What the bench may say of sticks: one line of JSON, a stick in or out."""

from __future__ import annotations

from typing import Annotated, Final

import msgspec
from msgspec import Meta

from kiosk.sticks.model import BenchError

NO_FILESYSTEM: Final = "none"
Name = Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,15}$")]


class StickIn(msgspec.Struct, frozen=True, tag_field="stick", tag="in", forbid_unknown_fields=True):
    """Plug a stick in: a folder, else a folder of its own, or a loop image.

    ``filesystem`` is what a folder passes for: ``none`` and foreign ones cannot be mounted. With
    ``part_of`` it is one partition of a stick that may have more. A script's ``t`` means nothing.
    """

    name: Name = "A"
    folder: str | None = None
    image: str | None = None
    label: Annotated[str, Meta(min_length=1, max_length=32)] | None = None
    read_only: bool = False
    filesystem: Annotated[str, Meta(pattern=r"^[a-z0-9_]{1,16}$")] | None = None
    part_of: Name | None = None
    t: float | None = None


class StickOut(
    msgspec.Struct, frozen=True, tag_field="stick", tag="out", forbid_unknown_fields=True
):
    """Pull a stick out, with every partition that is on it: by the name of either."""

    name: Name = "A"
    t: float | None = None


_FIELDS: Final = {
    kind: ", ".join(field.name for field in msgspec.structs.fields(struct) if field.name != "t")
    for kind, struct in (("in", StickIn), ("out", StickOut))
}
_HELP: Final = f'"in" has the fields {_FIELDS["in"]}; "out" has {_FIELDS["out"]}'
_decoder: Final = msgspec.json.Decoder(StickIn | StickOut)


def parse(line: bytes) -> StickIn | StickOut:
    """Return the request of a line; raises :class:`BenchError` with what is wrong and the mend."""
    try:
        request: StickIn | StickOut = _decoder.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BenchError(f"stick: {error}; {_HELP}") from error
    if isinstance(request, StickIn) and request.image is not None:
        taken = (request.folder, request.label, request.filesystem, request.part_of)
        if any(value is not None for value in taken):
            raise BenchError(
                "stick: an image has its own partitions, filesystems and labels; leave out "
                "folder, label, filesystem and part_of"
            )
    return request
