"""Restart and shut down: logind on the appliance, a sentence in the simulation."""

from __future__ import annotations

import logging
import subprocess
from collections.abc import Callable, Sequence
from typing import Final, Protocol

from kiosk.care.model import PowerWish
from kiosk.session.actions import Refusal
from profiles.saying import saying

log = logging.getLogger(__name__)

RESTART_STATUS: Final = 75
"""The kiosk ends with it to be started anew (EX_TEMPFAIL); its service restarts on any failure."""
ANSWERS_WITHIN_S: Final = 10.0
_COMMANDS: Final[dict[PowerWish, str]] = {"restart": "reboot", "off": "poweroff"}
NOT_ALLOWED: Final = saying(
    "The system did not allow it: the service user needs the rule for logind. "
    "Until then pull the plug only when nobody walks."
)


May = Callable[[], None]
"""Raises :class:`Refusal` where somebody has begun a session since staff asked."""


def _nobody_walks() -> None:
    """Nothing is in the way."""


class Power(Protocol):
    """Carries a wish out; raises :class:`Refusal` in one sentence where it cannot."""

    def carry_out(self, wish: PowerWish, may: May) -> None:
        """Do it. Called in the desk's thread; ``may`` is asked just before."""


class MachinePower:
    """The machine's own: ``systemctl`` asks logind as this user, and polkit decides."""

    def __init__(
        self,
        end: Callable[[int], None],
        *,
        before_restart: Callable[[], None] = lambda: None,
        command: Sequence[str] = ("systemctl",),
    ) -> None:
        """``end`` ends the kiosk with an exit status; ``before_restart`` may take a while."""
        self._end = end
        self._before_restart = before_restart
        self._command = tuple(command)

    def carry_out(self, wish: PowerWish, may: May = _nobody_walks) -> None:
        """Do it."""
        may()
        if wish == "program":
            self._end(RESTART_STATUS)
            return
        if wish == "restart":
            self._before_restart()
            may()
        command = [*self._command, "--no-ask-password", _COMMANDS[wish]]
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, timeout=ANSWERS_WITHIN_S, check=False
            )
        except FileNotFoundError as error:
            raise Refusal(
                "power", "This machine has no systemctl: switch it off as its maker says."
            ) from error
        except (OSError, subprocess.TimeoutExpired) as error:
            log.error("%s: %s", " ".join(command), error)
            raise Refusal("power", "The system did not answer: try again in a minute.") from error
        if done.returncode != 0:
            log.error("%s: %s", " ".join(command), " ".join(done.stderr.split()))
            raise Refusal("power", NOT_ALLOWED)


class SimulatedPower:
    """A simulation restarts its program, and only says the rest."""

    def __init__(self, end: Callable[[int], None]) -> None:
        """``end`` ends the kiosk with an exit status."""
        self._end = end

    def carry_out(self, wish: PowerWish, may: May = _nobody_walks) -> None:
        """Do it, or say what a real kiosk would do."""
        may()
        if wish == "program":
            self._end(RESTART_STATUS)
        elif wish == "restart":
            raise Refusal("simulated", "This is a simulation: a real kiosk would restart now.")
        else:
            raise Refusal("simulated", "This is a simulation: a real kiosk would shut down now.")
