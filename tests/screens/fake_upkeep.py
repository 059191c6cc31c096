"""A desk of updates and backups without slots, sticks or data; it does as it is told."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from msgspec.structs import replace

from kiosk.session.actions import Refusal
from kiosk.upkeep.model import Backup, Found, Job, Offer, Slots, UpkeepState

OFFER = Offer("sda1", "sternway-0.12.0.update", "0.12.0", 412_000_000, "0" * 64)
MADE = Backup("sternway-SW-7F3K2P-2026-11-23.backup", 38_200_000, 2412, "kfm-qwt-ybw-npv-mws", True)
FOUND = (
    Found(MADE.file, MADE.bytes, "2026-11-23T12:04:00Z", "SW-7F3K2P", "0.11.2"),
    Found(
        "sternway-SW-7F3K2P-2026-10-02.backup",
        36_900_000,
        "2026-10-02T15:30:00Z",
        "SW-7F3K2P",
        "0.11.0",
    ),
)
IN_USE = UpkeepState(
    version="0.11.2", appliance=True, slots=Slots("0.11.2", other="good", other_version="0.11.0")
)


class FakeUpkeep:
    """What it shows can be set; what is asked of it is remembered in ``asked``."""

    def __init__(self, is_open: Callable[[], bool]) -> None:
        self._is_open = is_open
        self.asked: list[Any] = []
        self.reset()

    def reset(self) -> None:
        """As an appliance is on most days."""
        self.shown = IN_USE
        self.refuse: dict[str, str] = {}
        self.offer, self.made, self.found = OFFER, MADE, FOUND
        self.slow = False
        self.waiting: list[Future[Any]] = []
        self.asked.clear()

    def put(self, **fields: Any) -> None:
        """Something happened."""
        self.shown = replace(self.shown, **fields)

    def state(self) -> UpkeepState:
        return self.shown

    def _answer(self, name: str, value: Any = None, *, slow: bool = False) -> Future[Any]:
        self.asked.append(name)
        answer: Future[Any] = Future()
        if not self._is_open():
            answer.set_exception(Refusal("locked", "The PIN is needed again."))
        elif name.split(maxsplit=1)[0] in self.refuse:
            answer.set_exception(Refusal("no", self.refuse[name.split(maxsplit=1)[0]]))
        elif slow and self.slow:
            self.waiting.append(answer)
        else:
            answer.set_result(value)
        return answer

    def find_update(self, stick_id: str) -> Future[Offer]:
        return self._answer(f"find {stick_id}", self.offer)

    def install(self, offer: Offer) -> Future[None]:
        answer = self._answer(f"install {offer.file}", slow=True)
        safe = Job("done", safe_to_remove=True)
        self.put(update=Job("checking") if not answer.done() else safe)
        return answer

    def stop_update(self) -> None:
        self.asked.append("stop")

    def forget_version(self) -> Future[None]:
        answer = self._answer("forget")
        self.put(slots=Slots("0.11.2"))
        return answer

    def back_up(self, stick_id: str) -> Future[Backup]:
        answer = self._answer(f"back_up {stick_id}", self.made, slow=True)
        safe = Job("done", safe_to_remove=True)
        self.put(backup=Job("writing") if not answer.done() else safe)
        return answer

    def find_backups(self, stick_id: str) -> Future[tuple[Found, ...]]:
        return self._answer(f"backups {stick_id}", self.found)

    def restore(self, stick_id: str, file: str, passphrase: str) -> Future[None]:
        answer = self._answer(f"restore {stick_id} {file} {passphrase}", slow=True)
        self.put(restore=Job("reading") if not answer.done() else Job("done"))
        return answer

    def end(self) -> None:
        self.asked.append("end")
        self.put(update=Job(), backup=Job(), restore=Job())
