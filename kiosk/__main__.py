"""The command line (contracts.md §2)."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, NoReturn

from hardware.errors import HardwareError
from kiosk.config import ConfigError, load_settings
from kiosk.ends import DONE, NO, UNUSABLE, ended, in_one_line

# What goes through a whole log or a walk: somebody may be on the belt meanwhile, and the kiosk's
# screen and the guard go first.
_GIVING_WAY: Final = frozenset({"export", "log", "replay"})


class _Parser(argparse.ArgumentParser):
    """One line on stderr and status 2 for arguments that make no sense."""

    def __init__(self, *words: Any, **more: Any) -> None:
        """Take no shortened options: ``--simulat`` is a slip, and real data lies beside it."""
        super().__init__(*words, **{"allow_abbrev": False, **more})

    def error(self, message: str) -> NoReturn:
        """Say what is wrong and where the help is."""
        self.exit(UNUSABLE, f"{self.prog}: {in_one_line(message)} (see {self.prog} --help)\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit status: 0 done, 1 the answer is no, 2 unusable."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    options = _options(words)
    if not _GIVING_WAY.isdisjoint(words[:1]):
        from kiosk.worker import give_way

        give_way()
    try:
        return int(options.command(options))
    except (ConfigError, HardwareError) as error:
        return _unusable(error)
    except BrokenPipeError:
        # Whoever read our output has enough of it.
        sys.stderr.close()
        return DONE
    except KeyboardInterrupt:
        return NO


def _options(words: list[str]) -> argparse.Namespace:
    # The guard, and above all its stop step, needs no other command's modules.
    return _parser(whole=words[:1] != ["guard"]).parse_args(_with_command(words))


def _with_command(words: list[str]) -> list[str]:
    """``sternway`` alone, or with options only, is ``sternway run``."""
    if words and (not words[0].startswith("-") or words[0] in {"-h", "--help", "--version"}):
        return words
    return ["run", *words]


def _parser(*, whole: bool) -> argparse.ArgumentParser:
    parser = _Parser(prog="sternway", description="Timed backward walking on a treadmill.")
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version and end")
    commands = parser.add_subparsers(required=True, metavar="COMMAND", parser_class=_Parser)

    run = commands.add_parser("run", help="the kiosk (and, unless one runs, its guard)")
    _common(run)
    run.add_argument("--data", type=Path, metavar="DIR", help="where everything is kept")
    run.add_argument("--record", type=Path, metavar="FILE", help="keep the inputs as a recording")
    run.add_argument("--script", type=Path, metavar="FILE", help="play a script, then end")
    run.add_argument("--pictures", type=Path, metavar="DIR", help="a picture of each screen")
    run.set_defaults(command=_run)

    guard = commands.add_parser("guard", help="the guard alone")
    _common(guard)
    guard.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    guard.add_argument(
        "--off", action="store_true", help="only drive the permit pin off (a service's stop step)"
    )
    guard.set_defaults(command=_guard)
    if not whole:
        return parser

    replay = commands.add_parser("replay", help="one recorded session, without a screen")
    replay.add_argument("recording", type=Path, metavar="RECORDING")
    replay.add_argument("--data", type=Path, metavar="DIR", help="keep the record there")
    replay.add_argument("--json", action="store_true", help="print the record, alone")
    replay.add_argument(
        "--sound",
        type=Path,
        metavar="FILE.wav",
        help="write what is heard into FILE.wav, its words into FILE.txt: a blindfold test",
    )
    replay.add_argument("--language", choices=("en", "es", "de", "fr"), help="of the sound")
    replay.set_defaults(command=_replay)

    doctor = commands.add_parser("doctor", help="every input and output, and how to mend it")
    doctor.add_argument("--config", type=Path, metavar="FILE", help="sternway.toml")
    doctor.add_argument("--simulate", action="store_true", help="look at a simulated kiosk")
    doctor.add_argument("--data", type=Path, metavar="DIR", help="where everything is kept")
    doctor.set_defaults(command=_doctor)

    from kiosk.bench.command import add_parser as add_bench
    from kiosk.export.clinic_command import add_parser as add_clinic_key
    from kiosk.export.command import add_parser as add_export
    from kiosk.profiles_command import add_parser as add_profiles
    from kiosk.records.command import add_parser as add_log
    from kiosk.upkeep.command import add_parser as add_upkeep

    add_log(commands)
    add_export(commands)
    add_clinic_key(commands)
    add_profiles(commands)
    add_upkeep(commands)
    add_bench(commands)
    return parser


def _common(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--simulate", action="store_true", help="a simulated treadmill")
    parser.add_argument("--config", type=Path, metavar="FILE", help="sternway.toml")
    parser.add_argument("--bench", type=Path, metavar="SOCKET", help="where the bench door opens")


class _Version(argparse.Action):
    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from kiosk import identity

        print(f"sternway {identity.version()}")
        parser.exit()


def _run(options: argparse.Namespace) -> int:
    for name in ("bench", "script", "pictures"):
        if getattr(options, name) is not None and not options.simulate:
            return _unusable(f"--{name} belongs to a simulation: add --simulate")
    try:
        settings = load_settings(options.config, simulate=options.simulate)
    except ConfigError as error:
        status = _unusable(error)
        if not options.simulate:
            from kiosk.unusable import stand_in

            stand_in(error, options.config)
        return status
    from kiosk.compose import RunOptions, run
    from kiosk.records.errors import RecordsError
    from kiosk.script import ScriptError

    try:
        return run(
            settings,
            RunOptions(
                simulate=options.simulate,
                config=options.config,
                data=options.data,
                bench=_absolute(options.bench),
                record=options.record,
                script=options.script,
                pictures=options.pictures,
            ),
        )
    except ScriptError as error:
        return _unusable(error)
    except (RecordsError, OSError) as error:
        status = _unusable(error)
        if not options.simulate:
            from kiosk.unusable import stand_in_for_data

            stand_in_for_data(error, settings)
        return status


def _guard(options: argparse.Namespace) -> int:
    from hardware.guard import run_guard
    from kiosk.paths import bench_settings

    if options.bench is not None and not options.simulate:
        return _unusable("--bench belongs to a simulation: add --simulate")
    if options.off:
        return _off(options)
    settings = load_settings(options.config, simulate=options.simulate)
    bench = _absolute(options.bench)
    settings = bench_settings(settings, bench, simulate=options.simulate)
    if options.child:
        from kiosk.guard_child import end_with_parent

        end_with_parent()
    pins: dict[str, str] = {}
    if options.simulate:
        from kiosk.pins import SIMULATED_PINS

        pins = {f"{role}_pin": pin for role, pin in SIMULATED_PINS.items()}
    return run_guard(
        settings.to_guard_settings(),
        simulate=options.simulate,
        bench=bench,
        staff_pin=pins.get("staff_pin"),
        therapist_pin=pins.get("therapist_pin"),
    )


def _off(options: argparse.Namespace) -> int:
    from hardware.off import drive_off, noted

    if options.simulate:
        return _unusable("--off drives a real pin: leave --simulate out")
    # The note first: settings that cannot be used by now must not keep the pin on.
    settings = noted() or load_settings(options.config, simulate=False).to_guard_settings()
    held = drive_off(settings)
    if held is not None:
        os._exit(DONE)  # anything gentler lets go of the pin
    return DONE


def _replay(options: argparse.Namespace) -> int:
    from kiosk.recording import RecordingError
    from kiosk.records.errors import RecordsError
    from kiosk.replay import replay

    try:
        if options.sound is not None:
            from kiosk.cues.track import replay_heard

            records = replay_heard(
                options.recording, options.data, options.sound, options.language or "en"
            )
        else:
            records = replay(options.recording, options.data)
    except (RecordingError, RecordsError, OSError, ValueError) as error:
        return _unusable(error)
    if not records:
        return _unusable(
            f"{options.recording}: no session got as far as a permit: "
            "choose, brief and go must stand in it, and every check be green"
        )
    if options.json:
        print(json.dumps(records[-1], indent=2, ensure_ascii=False))
        return DONE
    for record in records:
        print(
            f"{record['outcome']}"
            + (f" ({record['stop_reason']})" if record["stop_reason"] else "")
            + f": walked {record['walked_s']:.1f} s of {record['planned_s']:.0f} s, "
            f"{record['distance_m']:.2f} m, at most {record['max_kmh'] or 0:.2f} km/h"
        )
    return DONE


def _doctor(options: argparse.Namespace) -> int:
    from kiosk.doctor import examine

    settings = load_settings(options.config, simulate=options.simulate)
    return (
        DONE if examine(settings, options.config, options.data, simulate=options.simulate) else NO
    )


def _absolute(path: Path | None) -> Path | None:
    return None if path is None else path.absolute()


def _unusable(why: object) -> int:
    return ended(why, UNUSABLE)


if __name__ == "__main__":
    sys.exit(main())
