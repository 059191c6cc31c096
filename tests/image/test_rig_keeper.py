"""What the rig runs inside: what it calls kept is in the log, after a kill as well."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from image.rig.cuts import KEEPER, _all_there
from image.rig.errors import RigError
from image.rig.sticks import is_sound, make_stick, names_on, take


def test_what_it_calls_kept_is_listed_after_it_was_killed(tmp_path: Path) -> None:
    command = [sys.executable, str(KEEPER), str(tmp_path / "data")]
    (tmp_path / "data").mkdir()
    with subprocess.Popen([*command, "one"], stdout=subprocess.PIPE, text=True) as keeper:
        assert keeper.stdout is not None
        assert keeper.stdout.readline() == "verified none\n"
        assert keeper.stdout.readline() == "ready\n"
        kept = [keeper.stdout.readline().split()[1] for _ in range(3)]
        keeper.kill()
    listed = subprocess.run([*command, "--list"], capture_output=True, text=True, check=True)
    assert kept == ["s-one-0", "s-one-1", "s-one-2"]
    _all_there(listed.stdout, kept, 1)
    with pytest.raises(RigError, match="these are gone: \\['s-one-gone'\\]"):
        _all_there(listed.stdout, [*kept, "s-one-gone"], 1)
    with pytest.raises(RigError, match="not whole"):
        _all_there(listed.stdout.replace("verified 0", "verified 1"), kept, 1)


@pytest.mark.skipif(
    shutil.which("mcopy") is None
    or not all(Path(f"/usr/sbin/{tool}").exists() for tool in ("mkfs.vfat", "sfdisk")),
    reason="mtools, dosfstools and fdisk are not all installed",
)
def test_a_stick_is_made_read_and_told_whole_from_broken(tmp_path: Path) -> None:
    note = tmp_path / "note.txt"
    note.write_text("for the clinic")
    stick = make_stick(tmp_path / "stick.img", 64, files=(note,))
    assert names_on(stick) == ["note.txt"]
    assert (take(stick, tmp_path / "taken") / "note.txt").read_text() == "for the clinic"
    assert is_sound(stick)
    with stick.open("r+b") as file:
        file.seek(1 << 20)
        file.write(bytes(512))
    assert not is_sound(stick)
