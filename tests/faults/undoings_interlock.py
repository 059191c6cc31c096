"""The interlock's numbers and ready checks, undone one by one, each with what shows it."""

from __future__ import annotations

from tests.faults.undoing import Undoing

IN_THE_INTERLOCK = (
    *(
        Undoing(
            f"laxer-{name}",
            f"a site may have {name.replace('_', ' ')} laxer than safety.md",
            "hardware/settings.py",
            f"    {name}: Annotated[float, Meta({bounds}le={most})]",
            f"    {name}: Annotated[float, Meta({bounds}le=99.0)]",
            "8.laxer",
        )
        for name, bounds, most in (
            ("cap_kmh", "gt=0.0, ", "5.0"),
            ("runaway_over_kmh", "ge=0.4, ", "1.0"),
            ("runaway_s", "ge=0.02, ", "0.1"),
            ("rails_revoke_s", "ge=0.2, ", "3.0"),
            ("sensor_lost_s", "ge=0.1, ", "1.0"),
            ("overspeed_over_kmh", "ge=0.1, ", "0.3"),
            ("overspeed_s", "ge=0.1, ", "0.5"),
            ("wrong_direction_kmh", "ge=0.05, ", "0.2"),
            ("wrong_direction_s", "ge=0.1, ", "0.3"),
            ("permit_ineffective_s", "ge=2.0, ", "8.0"),
            ("unexpected_kmh", "ge=0.05, ", "0.2"),
            ("unexpected_s", "ge=0.1, ", "0.5"),
            ("kiosk_lost_s", "ge=0.5, ", "1.0"),
            ("rails_warn_s", "ge=0.1, ", "1.0"),
            ("one_hand_warn_s", "ge=0.1, ", "2.0"),
        )
    ),
    *(
        Undoing(
            f"shorter-{name}",
            f"a site may have {name.replace('_', ' ')} shorter than safety.md",
            "hardware/settings.py",
            f"    {name}: Annotated[float, Meta(ge={least}, ",
            f"    {name}: Annotated[float, Meta(ge=0.0, ",
            "8.laxer",
        )
        for name, least in (("estop_closed_s", "0.05"), ("sensor_healthy_s", "2.0"))
    ),
    *(
        Undoing(
            f"number-{name}",
            f"{name.replace('_', ' ')} of {worse} where a site says nothing",
            "hardware/settings.py",
            f"    {name}: Annotated[float, Meta({bounds})] = {value}\n",
            f"    {name}: Annotated[float, Meta(ge=0.0, le=99.0)] = {worse}\n",
            "8.exact",
        )
        for name, bounds, value, worse in (
            ("runaway_over_kmh", "ge=0.4, le=1.0", "1.0", "1.4"),
            ("runaway_s", "ge=0.02, le=0.1", "0.1", "0.3"),
            ("rails_revoke_s", "ge=0.2, le=3.0", "2.0", "2.2"),
            ("sensor_lost_s", "ge=0.1, le=1.0", "0.5", "0.7"),
            ("overspeed_over_kmh", "ge=0.1, le=0.3", "0.3", "0.45"),
            ("overspeed_s", "ge=0.1, le=0.5", "0.5", "0.7"),
            ("wrong_direction_kmh", "ge=0.05, le=0.2", "0.2", "0.5"),
            ("wrong_direction_s", "ge=0.1, le=0.3", "0.3", "0.5"),
            ("permit_ineffective_s", "ge=2.0, le=8.0", "8.0", "8.2"),
            ("unexpected_kmh", "ge=0.05, le=0.2", "0.2", "0.4"),
            ("unexpected_s", "ge=0.1, le=0.5", "0.5", "0.7"),
            ("kiosk_lost_s", "ge=0.5, le=1.0", "1.0", "1.2"),
            ("estop_closed_s", "ge=0.05, le=5.0", "0.05", "0.02"),
            ("rails_warn_s", "ge=0.1, le=1.0", "1.0", "1.2"),
            ("one_hand_warn_s", "ge=0.1, le=2.0", "2.0", "2.2"),
        )
    ),
    Undoing(
        "number-sensor_healthy_s",
        "a sensor is healthy after 1.8 s where a site says nothing",
        "hardware/settings.py",
        "    sensor_healthy_s: Annotated[float, Meta(ge=2.0, le=60.0)] = 2.0\n",
        "    sensor_healthy_s: Annotated[float, Meta(ge=0.0, le=60.0)] = 1.8\n",
        "8.ready",
        case="sensor-mended",
    ),
    Undoing(
        "ready-latch",
        "what staff must clear stands in nobody's way",
        "hardware/interlock.py",
        "    if state.latched:\n        fails.append(Check.LATCH)",
        "    if False:\n        fails.append(Check.LATCH)",
        "8.ready",
        case="latched.",
    ),
    Undoing(
        "staff-latch",
        "a new ready check clears what staff must clear",
        "hardware/interlock.py",
        "if r in STAFF_CLEARS or r in causes)",
        "if r in causes)",
        "8.ready",
        case="latched.",
    ),
    *(
        Undoing(
            f"ready-{name}",
            what,
            "hardware/interlock.py",
            f"    {before}\n        fails.append(Check.{check})",
            f"    if False:\n        fails.append(Check.{check})",
            "8.ready",
            case=case,
        )
        for name, what, before, check, case in (
            (
                *("belt", "a permit is given to a belt that moves"),
                *("if at_rest(inputs) is not True:", "BELT", "belt-"),
            ),
            (
                *("sensor", "a sensor that is just mended is believed"),
                *("if not _held(state.healthy_since, limits.sensor_healthy_ns, now):", "SENSOR"),
                "sensor-mended",
            ),
            (
                *("estop", "an emergency stop that bounces is closed"),
                *("if not _held(state.estop_since, limits.estop_closed_ns, now):", "ESTOP"),
                "estop-closed",
            ),
            (
                *("relay", "a relay that is welded is no matter"),
                "if inputs.relay is not None and inputs.relay is not state.permit:",
                *("RELAY", "relay-welded"),
            ),
        )
    ),
    Undoing(
        "ready-rails",
        "a walk begins without hands",
        "hardware/interlock.py",
        '        if not ((left and right) if rails == "both" else (left or right)):\n',
        "        if False:\n",
        "8.ready",
        case="left-rail",
    ),
    Undoing(
        "stop-holds",
        "a request that was under way wins over a STOP",
        "hardware/interlock.py",
        "    if stop_holds(state, now):\n        return state\n",
        "",
        "8.ready",
        case="stop-pressed",
    ),
    Undoing(
        "used-stands",
        "a frame tells the speed for as long as a site bears a mute sensor",
        "hardware/limits.py",
        "return min(self.sensor_lost_ns, USED_STANDS_NS)",
        "return self.sensor_lost_ns",
        "8.ready",
        case="sensor-mute",
    ),
)
