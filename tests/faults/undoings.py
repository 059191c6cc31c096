"""The safeguards that can be taken away, each with the fault that must then be lost."""

from __future__ import annotations

from typing import NamedTuple


class Undoing(NamedTuple):
    """``before`` stands once in ``file``, and ``after`` takes its place; ``fault`` must be lost.

    ``also`` are further places, as file, before and after: a safeguard may stand behind another.
    """

    name: str
    what: str
    file: str
    before: str
    after: str
    fault: str
    also: tuple[tuple[str, str, str], ...] = ()

    def changes(self) -> tuple[tuple[str, str, str], ...]:
        """Return every place, as file, before and after."""
        return ((self.file, self.before, self.after), *self.also)


UNDOINGS = (
    Undoing(
        "file-fsync",
        "a new file is not fsynced before it is renamed",
        "kiosk/records/files.py",
        "        fill(descriptor)\n        os.fsync(descriptor)\n",
        "        fill(descriptor)\n",
        "1.settings",
    ),
    Undoing(
        "folder-fsync",
        "a folder is not fsynced after a rename in it",
        "kiosk/records/files.py",
        "    try:\n        os.fsync(descriptor)\n    finally:\n        os.close(descriptor)\n\n\n"
        "def make_folder",
        "    os.close(descriptor)\n\n\ndef make_folder",
        "1.import",
    ),
    Undoing(
        "in-place",
        "a file is written in its place instead of beside it",
        "kiosk/records/files.py",
        "        temp.rename(path)\n    except BaseException as error:",
        "        path.write_bytes(temp.read_bytes())\n        temp.unlink()\n"
        "    except BaseException as error:",
        "1.import",
    ),
    Undoing(
        "journal-fdatasync",
        "a session is called kept before its journal is on the disk",
        "kiosk/records/running.py",
        "                os.fdatasync(self._descriptor)\n",
        "                pass\n",
        "1.closing",
    ),
    Undoing(
        "order",
        "journals are deleted before the log has their sessions",
        "kiosk/records/folder.py",
        "        self.log.keep(records)\n        delete_all(one.path for one in sessions)\n",
        "        delete_all(one.path for one in sessions)\n        self.log.keep(records)\n",
        "1.closing",
    ),
    Undoing(
        "set-aside",
        "a broken file is deleted instead of set aside",
        "kiosk/records/files.py",
        "    path.rename(aside)\n",
        "    path.unlink()\n",
        "3.files",
    ),
    Undoing(
        "line-bound",
        "a line of the sensor may be as long as it likes",
        "hardware/belt/protocol.py",
        "        if len(self._partial) > MAX_LINE_BYTES + 1:",
        "        if len(self._partial) > (1 << 40):",
        "6.noise",
    ),
    Undoing(
        "plausibility",
        "a frame is used however far its speed jumps",
        "hardware/belt/speed.py",
        "        elif -may_change <= velocity - was <= may_change:",
        "        elif True:",
        "6.mutated",
    ),
    Undoing(
        "seal",
        "a settings file is taken though its hash says that it was changed",
        "kiosk/records/sealed.py",
        "if file.version != _VERSION or hashlib.sha256(raw).hexdigest() != file.sha256:",
        "if file.version != _VERSION:",
        "3.files",
    ),
    Undoing(
        "older-profile",
        "an older version of a profile takes the newer one's place",
        "profiles/importer.py",
        "            if draft.version < (newest := old.prescription.version):\n",
        "            if draft.version < (newest := old.prescription.version) < 0:\n",
        "12.import",
    ),
    Undoing(
        "depth-bound",
        "a profile's file may be nested as deep as it likes",
        "profiles/reading.py",
        "MOST_DEPTH: Final = 16",
        "MOST_DEPTH: Final = 10**9",
        "12.hostile",
    ),
    Undoing(
        "size-bound",
        "a profile's file may be as large as it likes",
        "profiles/reading.py",
        "MOST_BYTES: Final = 1024 * 1024",
        "MOST_BYTES: Final = 1024 * 1024 * 64",
        "12.hostile",
    ),
    Undoing(
        "kiosk-lost",
        "a silent kiosk is no cause",
        "hardware/interlock.py",
        "        true.append(Reason.KIOSK_LOST)",
        "        pass",
        "9.silent",
    ),
    Undoing(
        "sensor-lost",
        "a mute sensor is no cause",
        "hardware/interlock.py",
        "        true.append(Reason.SENSOR_LOST)",
        "        pass",
        "7.modes",
    ),
    Undoing(
        "estop-latch",
        "an open emergency stop is no cause",
        "hardware/interlock.py",
        "        true.append(Reason.ESTOP)",
        "        pass",
        "8.disagreeing",
    ),
    Undoing(
        "safety-key",
        "a pulled key is no cause",
        "hardware/interlock.py",
        "        true.append(Reason.SAFETY_KEY)",
        "        pass",
        "8.rows",
    ),
    Undoing(
        "runaway",
        "a belt far over the cap is no cause",
        "hardware/interlock.py",
        "        true.append(Reason.RUNAWAY)",
        "        pass",
        "8.rows",
    ),
    Undoing(
        "rails-released",
        "hands off the rails are no cause",
        "hardware/interlock.py",
        "        true.append(Reason.RAILS_RELEASED)",
        "        pass",
        "8.rows",
    ),
    Undoing(
        "sensor-fault",
        "a sensor that cannot be believed is no cause",
        "hardware/interlock.py",
        "        true.append(Reason.SENSOR_FAULT)",
        "        pass",
        "8.rows",
    ),
    Undoing(
        "overspeed",
        "a belt over the cap is no cause",
        "hardware/interlock.py",
        "        true.append(Reason.OVERSPEED)",
        "        pass",
        "8.rows",
    ),
    Undoing(
        "wrong-direction",
        "a belt that runs the wrong way is no cause",
        "hardware/interlock.py",
        "        true.append(Reason.WRONG_DIRECTION)",
        "        pass",
        "8.rows",
    ),
    Undoing(
        "permit-ineffective",
        "a belt that runs on without a permit is no cause",
        "hardware/interlock.py",
        "        true.append(Reason.PERMIT_INEFFECTIVE)",
        "        pass",
        "8.rows",
    ),
    Undoing(
        "unexpected-motion",
        "a belt that starts by itself is no cause",
        "hardware/interlock.py",
        "        true.append(Reason.UNEXPECTED_MOTION)",
        "        pass",
        "8.rows",
    ),
    Undoing(
        "patron",
        "STOP is no cause",
        "hardware/interlock.py",
        "        true.append(Reason.PATRON)",
        "        pass",
        "8.rows",
    ),
    Undoing(
        "levels",
        "the loop looks at no level: edges alone tell",
        "hardware/loop.py",
        "        for name, level in self._panel.levels().items():",
        "        for name, level in list(self._panel.levels().items()) * (t_ns % 97 == 0):",
        "8.lost-edges",
    ),
    Undoing(
        "lockout",
        "wrong PINs are counted in memory alone",
        "kiosk/pins.py",
        "            write(self._path, self._roles, self._reset)\n        except OSError",
        "            pass\n        except OSError",
        "13.restarts",
    ),
    Undoing(
        "doubling",
        "each lock of the PINs is as short as the first",
        "kiosk/lockout.py",
        "min(FIRST_LOCK_S * 2**tries.locks, LONGEST_LOCK_S)",
        "FIRST_LOCK_S",
        "13.doubling",
    ),
    Undoing(
        "wrap",
        "the sensor's clock is subtracted without its wrap",
        "hardware/belt/speed.py",
        "        passed_us = (frame.clock_us - last.clock_us) & _MASK\n        in_time",
        "        passed_us = frame.clock_us - last.clock_us\n        in_time",
        "7.wraps",
    ),
    Undoing(
        "restart",
        "a sensor that begins anew is no fault",
        "hardware/belt/speed.py",
        '            self._blame("three implausible frames in a row',
        '            str("three implausible frames in a row',
        "7.restarts",
    ),
    Undoing(
        "bounce",
        "a contact that opened and closed again between two passes is not judged",
        "hardware/panel.py",
        "                self._seen[name] = unsafe\n",
        "                pass\n",
        "8.bouncing",
    ),
    Undoing(
        "held-rail",
        "a rail that nobody ever let go of counts as held",
        "hardware/interlock.py",
        "        if not (state.opened_left and state.opened_right):",
        "        if False:",
        "8.stuck",
    ),
    Undoing(
        "callback",
        "what fails in a pin's callback is passed over",
        "hardware/panel.py",
        "            self._report(error)\n",
        "            del error\n",
        "8.exceptions",
    ),
    Undoing(
        "stop-step",
        "the service's stop step leaves the pin as it is",
        "hardware/off.py",
        '    if settings.treadmill.permit == "none":\n        return None\n',
        '    if settings.treadmill.permit != "":\n        return None\n',
        "9.pin-off",
    ),
    Undoing(
        "stick-link",
        "a link on a stick is followed",
        "profiles/files.py",
        "_READ: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK",
        "_READ: Final = os.O_RDONLY | os.O_NONBLOCK",
        "11.traps",
    ),
    Undoing(
        "stick-error",
        "what failed while the stick was synced is passed over",
        "kiosk/export/target.py",
        "        if error is not None:\n            raise error\n        for one in synced",
        "        for one in synced",
        "11.fails",
    ),
    Undoing(
        "proof-unread",
        "a damaged record of a proof test is passed over, and the one before it counts",
        "kiosk/care/keeping.py",
        "proven_of(lines[-1]) if lines else None",
        "next((one for line in lines[::-1] if (one := proven_of(line))), None)",
        "3.files",
    ),
    Undoing(
        "library-sum",
        "profiles whose checksum is gone are believed",
        "kiosk/library.py",
        ", check=refuse_unvouched)",
        ")",
        "3.files",
    ),
    Undoing(
        "export-sync",
        "an export's files are neither synced nor read back",
        "kiosk/export/durable.py",
        "    if _libc.syncfs(file) != 0:",
        "    if os.fstat(file) is None:",
        "11.pulled",
        # Reading back past the page cache makes the kernel write first.
        (
            (
                "kiosk/export/readback.py",
                "        large = [[file] for file",
                "        return\n        large = [[file] for file",
            ),
        ),
    ),
    Undoing(
        "export-name",
        "an export is called finished before its name is on the stick",
        "kiosk/export/target.py",
        "            os.fsync(root)\n        except",
        "            os.fstat(root)\n        except",
        "11.pulled",
    ),
    Undoing(
        "open-files",
        "the file of each session's journal stays open",
        "kiosk/records/running.py",
        "                os.close(descriptor)\n",
        "                pass\n",
        "14.virtual",
    ),
)
