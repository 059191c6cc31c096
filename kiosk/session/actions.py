"""What a person, a script, a recording or the bench may ask of a session: its ``do`` lines."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from hardware.link import RailsMode
from profiles.model import Step
from profiles.saying import Saying, sayings

Pain = Annotated[int, msgspec.Meta(ge=0, le=10)]
Exertion = Annotated[int, msgspec.Meta(ge=6, le=20)]


class _Action(
    msgspec.Struct, frozen=True, kw_only=True, tag_field="do", forbid_unknown_fields=True
):
    """Base of the actions; ``t`` is when a script or a recording does it, in seconds."""

    t: float = 0.0


class Prescribed(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a profile brings to a session beside steps and cap. No name, no PIN."""

    code: Annotated[str, msgspec.Meta(pattern=r"^[A-Z0-9][A-Z0-9-]{2,15}$")]
    version: Annotated[int, msgspec.Meta(ge=1)]
    program_id: str
    program_version: int
    name: str
    rails: RailsMode
    screened: bool = False
    pain_limit: Pain = 6
    pain_rise: Annotated[int, msgspec.Meta(ge=1, le=10)] = 2
    rpe_limit: Exertion = 15


class Choose(_Action, frozen=True, tag="choose"):
    """Choose a built-in program (and its minutes), a plan of one's own with its cap, or a profile.

    ``profile`` is a code or a first name; without a ``pin`` it must be of the person who was found
    just now. ``prescribed`` is what a recording keeps of a profile beside its plan.
    """

    program: str | None = None
    minutes: int | None = None
    plan: Annotated[tuple[Step, ...], msgspec.Meta(min_length=1)] | None = None
    cap_kmh: Annotated[float, msgspec.Meta(gt=0, le=5.0)] | None = None
    profile: str | None = None
    pin: str = ""
    prescribed: Prescribed | None = None


class Brief(_Action, frozen=True, tag="brief"):
    """Screening passed and disclaimer accepted, with the pain before (0-10)."""

    pain: Pain | None = None


class Go(_Action, frozen=True, tag="go"):
    """From checking to countdown; kept for 60 s until every check is green."""


class Back(_Action, frozen=True, tag="back"):
    """A tap in the countdown: back to checking."""


class Pause(_Action, frozen=True, tag="pause"):
    """Pause the walk: the permit goes off."""


class Resume(_Action, frozen=True, tag="resume"):
    """Go on after a pause, through checks and countdown."""


class Stop(_Action, frozen=True, tag="stop"):
    """STOP."""


class ConfirmIncline(_Action, frozen=True, tag="confirm_incline"):
    """The patron reads the incline (%) on the treadmill's console and confirms it."""

    incline_pct: Annotated[float, msgspec.Meta(ge=0, le=15)]


class Rate(_Action, frozen=True, tag="rate"):
    """Pain after (0-10) and exertion (Borg 6-20); closes the record."""

    pain: Pain | None = None
    rpe: Exertion | None = None


class Done(_Action, frozen=True, tag="done"):
    """Go on from stopped to the summary, and from the summary to the first screen."""


class Cancel(_Action, frozen=True, tag="cancel"):
    """Leave before the first permit: back to the first screen, nothing is kept."""


class Touched(_Action, frozen=True, tag="touched"):
    """Somebody is there and reads on: what ends by itself when nobody touches it waits."""


class Unlock(_Action, frozen=True, tag="unlock"):
    """A PIN was entered: staff clear what staff clear, and may open a gated program.

    A recording keeps the fact without the PIN.
    """

    role: Literal["staff", "therapist"]
    pin: str = ""


class Lock(_Action, frozen=True, tag="lock"):
    """Staff have left: a gated program that they opened is closed again."""


class Heartbeat(_Action, frozen=True, tag="heartbeat"):
    """Recordings only: the kiosk stops or starts being alive, as seen by the guard."""

    on: bool


Action = (
    Choose
    | Brief
    | Go
    | Back
    | Pause
    | Resume
    | Stop
    | ConfirmIncline
    | Rate
    | Done
    | Cancel
    | Touched
    | Unlock
    | Lock
    | Heartbeat
)

_decoder: msgspec.json.Decoder[Action] = msgspec.json.Decoder(Action)


def parse_action(line: bytes | str) -> Action:
    """Return the action of one JSON line; raises ``msgspec.MsgspecError`` (a ValueError)."""
    try:
        return _decoder.decode(line)
    except (UnicodeDecodeError, RecursionError) as error:
        raise msgspec.DecodeError(str(error)) from error


class Refusal(ValueError):
    """An action that is not possible now; ``code`` is for programs, what is ``said`` for people.

    ``str()`` of it is English; a screen translates what is said (``kiosk.cues.texts.say``).
    """

    def __init__(self, code: str, *said: Saying | str) -> None:
        """Keep the code beside the sentences, one after another."""
        self.code = code
        self.said = sayings(said)
        super().__init__(" ".join(str(one) for one in self.said))
