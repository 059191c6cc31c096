"""The walking screen's frames, and the same texts on bare Kivy labels, in a process of its own.

    python -m kiosk.bench.frames COUNT ROUNDS

Prints one JSON object: milliseconds of processor time a frame, until all of it was handed to the
graphics and until it was drawn; in turn a round of each.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from typing import Any, Final

from msgspec.structs import replace

from hardware.link import Frames, Pins, Status
from kiosk.app import finish_frames, prepare_kivy
from kiosk.config import Settings
from kiosk.session.model import Health, Meters, Phase, Session, Snapshot, Walk
from kiosk.session.plan import NS, plan_of, step_at
from profiles.programs import load_programs

_STATUS: Final = Status(
    t_ns=0,
    permit=True,
    grants=1,
    revokes=0,
    reason=None,
    latched=(),
    causes=(),
    failing=(),
    rails_warning="none",
    coasting=False,
    pins=Pins(estop=True, key=True, rail_left=True, rail_right=True, stop_button=False),
    rails_opened=(True, True),
    speed_kmh=1.0,
    at_rest=False,
    odometer_m=0.0,
    sensor_fault=None,
    frames=Frames(),
)


def shots(count: int) -> list[Snapshot]:
    """Return a walk on which every number is another one in each frame."""
    plan = plan_of(load_programs()["easy-walk"], 20, site_cap_kmh=4.0, rails="both")
    made = []
    for number in range(count):
        walked_ns = (60 + number) * NS
        meters = Meters(walked_ns=walked_ns, distance_m=100 + 1.3 * number)
        walk = Walk(plan=plan, chosen_ns=0, frames_before=Frames(), meters=meters, permitted=True)
        walk = replace(walk, step_index=step_at(plan, walked_ns))
        session = Session(phase=Phase.WALKING, since_ns=0, touched_ns=0, walk=walk)
        status = replace(_STATUS, t_ns=number, speed_kmh=0.9 + 0.1 * (number % 9))
        made.append(Snapshot(now_ns=number, session=session, status=status, health=Health()))
    return made


def main(count: str, rounds: str) -> None:
    """Draw both in turn."""
    screen = Settings().screen
    prepare_kivy(width=screen.width, height=screen.height, simulated=False, fullscreen=False)
    from kivy.base import EventLoop
    from kivy.config import Config
    from kivy.core.window import Window
    from kivy.uix.floatlayout import FloatLayout
    from kivy.uix.label import Label

    Config.set("graphics", "maxfps", "0")
    from kiosk.screens import theme
    from kiosk.screens.lettering import Caps
    from kiosk.screens.walking import WalkingPage

    EventLoop.ensure_window()
    EventLoop.start()
    theme.use(theme.Theme(screen.width, screen.height, screen.px_per_mm))
    walk = shots(int(count))
    room: Any = None  # a page that only shows asks nothing of its room
    page = WalkingPage(room)
    page.size_hint, page.size = (None, None), (screen.width, screen.height)
    Window.add_widget(page)

    handed_s = 0.0

    def handed(*_: object) -> None:
        nonlocal handed_s
        handed_s = time.process_time()

    finish_frames(Window)
    Window.bind(on_flip=handed)  # what is bound last is called first

    def frame(act: Callable[[], None]) -> tuple[float, float]:
        """Return milliseconds until all was handed to the graphics, and until it was drawn."""
        start_s = time.process_time()
        act()
        EventLoop.idle()
        return 1000 * (handed_s - start_s), 1000 * (time.process_time() - start_s)

    for _ in range(3):
        frame(lambda: page.show(walk[0]))
    lines = [w for w in page.walk() if isinstance(w, Caps) and w.shown and w.width > 0]
    told = []
    for shot in walk:
        page.show(shot)
        EventLoop.idle()
        told.append([line.shown for line in lines])
    bare = FloatLayout()
    labels = []
    for line in lines:
        x, y, wide, high = line.drawn
        label = Label(font_size=theme.font(line.drawn_cap), bold=line.bold)
        label.size_hint, label.pos, label.size = (None, None), (x, y), (wide, high)
        bare.add_widget(label)
        labels.append(label)

    def put(texts: list[str]) -> None:
        for label, text in zip(labels, texts, strict=True):
            label.text = text

    taken: dict[str, list[tuple[float, float]]] = {"ours": [], "bare": []}
    for _ in range(int(rounds)):
        for name, root in (("ours", page), ("bare", bare)):
            for child in list(Window.children):
                Window.remove_widget(child)
            Window.add_widget(root)
            for _again in range(3):
                EventLoop.idle()
            for shot, texts in zip(walk, told, strict=True):
                if name == "ours":
                    taken[name].append(frame(lambda shot=shot: page.show(shot)))  # type: ignore[misc]
                else:
                    taken[name].append(frame(lambda texts=texts: put(texts)))  # type: ignore[misc]
    print(json.dumps({"texts": len(labels), **taken}))


if __name__ == "__main__":
    main(*sys.argv[1:3])
