"""What holds for every implementation of ``Sticks``: the same tests on each of them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.sticks.model import StickError
from tests.sticks.rig import TWINS, Twin, only, twin, wait_for


@pytest.fixture(params=sorted(TWINS))
def one(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Twin]:
    with twin(request.param, tmp_path) as found:
        yield found


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_nothing_is_plugged_in(one: Twin) -> None:
    assert one.sticks.plugged() == ()
    assert one.sticks.fault() is None
    with pytest.raises(StickError, match="pulled out") as error:
        one.sticks.mount("sda1-1", writable=False)
    assert error.value.gone


def test_what_is_written_is_on_the_stick_after_unmounting(one: Twin) -> None:
    one.plug("A")
    stick = only(one.sticks)
    assert (stick.label, stick.problem, stick.read_only) == ("CLINIC", None, False)
    assert stick.bytes > 0
    path = one.sticks.mount(stick.id, writable=True)
    (path / "STERNWAY").mkdir()
    (path / "STERNWAY" / "x.csv").write_bytes(b"1,2\n")
    one.sticks.unmount(stick.id)
    assert not path.exists()
    assert only(one.sticks) == stick, "it is in still, though safe to remove"
    one.pull("A")
    assert one.sticks.plugged() == ()
    assert one.kept("A") == {"STERNWAY/x.csv": b"1,2\n"}


def test_it_may_be_mounted_again_and_what_was_on_it_is_there(one: Twin) -> None:
    one.plug("A")
    stick_id = only(one.sticks).id
    for number in range(3):
        path = one.sticks.mount(stick_id, writable=True)
        assert len([inside for inside in path.iterdir() if inside.is_file()]) == number
        (path / f"{number}.txt").write_text(str(number))
        one.sticks.unmount(stick_id)
    path = one.sticks.mount(stick_id, writable=True)
    (path / "1.txt").unlink()
    (path / "0.txt").rename(path / "9.txt")
    one.sticks.unmount(stick_id)
    one.pull("A")
    assert one.kept("A") == {"2.txt": b"2", "9.txt": b"0"}


def test_read_only_unless_asked_and_the_other_way_round(one: Twin) -> None:
    one.plug("A")
    stick_id = only(one.sticks).id
    path = one.sticks.mount(stick_id, writable=True)
    (path / "a").write_text("a")
    path = one.sticks.mount(stick_id, writable=False)
    assert (path / "a").read_text() == "a"
    assert os.access(path, os.R_OK)
    path = one.sticks.mount(stick_id, writable=True)
    (path / "b").write_text("b")
    one.sticks.unmount(stick_id)
    one.pull("A")
    assert one.kept("A") == {"a": b"a", "b": b"b"}


def test_unmounting_twice_or_unmounted_is_fine(one: Twin) -> None:
    one.plug("A")
    stick_id = only(one.sticks).id
    one.sticks.unmount(stick_id)
    one.sticks.mount(stick_id, writable=False)
    one.sticks.unmount(stick_id)
    one.sticks.unmount(stick_id)


def test_a_write_protected_stick(one: Twin) -> None:
    one.plug("A")
    stick_id = only(one.sticks).id
    path = one.sticks.mount(stick_id, writable=True)
    (path / "a").write_text("a")
    one.sticks.unmount(stick_id)
    one.pull("A")
    one.plug("A", read_only=True)
    stick = only(one.sticks)
    assert stick.read_only
    assert stick.problem is None
    with pytest.raises(StickError, match="write-protected"):
        one.sticks.mount(stick.id, writable=True)
    path = one.sticks.mount(stick.id, writable=False)
    assert (path / "a").read_text() == "a"
    with pytest.raises(StickError, match="write-protected"):
        one.sticks.mount(stick.id, writable=True)
    one.sticks.unmount(stick.id)


@pytest.mark.parametrize(
    ("kind", "filesystem", "words"),
    [("none", None, "no filesystem"), ("ntfs", "ntfs", "formatted as ntfs")],
)
def test_one_that_cannot_be_used(one: Twin, kind: str, filesystem: str | None, words: str) -> None:
    one.plug("A", kind)
    stick = only(one.sticks)
    assert stick.filesystem == filesystem
    assert words in str(stick.problem)
    with pytest.raises(StickError, match=words):
        one.sticks.mount(stick.id, writable=False)


def test_two_sticks_in_the_order_in_which_they_came(one: Twin) -> None:
    one.plug("B")
    one.plug("A")
    first, second = one.sticks.plugged()
    assert first.device != second.device
    for stick, text in ((first, "B"), (second, "A")):
        (one.sticks.mount(stick.id, writable=True) / "name").write_text(text)
    one.sticks.unmount(first.id)
    (one.sticks.mount(second.id, writable=True) / "more").write_text("A")
    one.sticks.unmount(second.id)
    one.pull("B")
    assert one.sticks.plugged() == (second,)
    assert one.kept("B") == {"name": b"B"}
    one.pull("A")
    assert one.kept("A") == {"more": b"A", "name": b"A"}


def test_several_partitions_are_parts_of_one_stick(one: Twin) -> None:
    one.plug("A", "ext4", "none", "hidden", "ext4")
    sticks = one.sticks.plugged()
    assert len({stick.id for stick in sticks}) == 3
    assert len({stick.device for stick in sticks}) == 1
    assert [stick.problem is None for stick in sticks] == [True, False, True]
    for stick in (sticks[0], sticks[2]):
        (one.sticks.mount(stick.id, writable=True) / "id").write_text(stick.id)
    assert (one.sticks.mount(sticks[0].id, writable=True) / "id").read_text() == sticks[0].id
    one.sticks.unmount(sticks[0].id)
    one.sticks.unmount(sticks[2].id)
    one.pull("A")
    assert one.sticks.plugged() == ()


def test_still_in_use_is_said_and_then_mended(one: Twin) -> None:
    one.plug("A")
    stick_id = only(one.sticks).id
    path = one.sticks.mount(stick_id, writable=True)
    with (path / "open").open("w") as file:
        file.write("half")
        with pytest.raises(StickError, match="still in use") as error:
            one.sticks.unmount(stick_id)
        assert not error.value.gone
    one.sticks.unmount(stick_id)
    one.pull("A")
    assert one.kept("A") == {"open": b"half"}


def test_pulled_out_in_the_middle_of_a_write(one: Twin) -> None:
    one.plug("A")
    stick_id = only(one.sticks).id
    path = one.sticks.mount(stick_id, writable=True)
    (path / "kept").write_text("kept")
    one.sticks.unmount(stick_id)
    path = one.sticks.mount(stick_id, writable=True)
    top = os.open(path, os.O_RDONLY)
    os.mkdir("folder", dir_fd=top)
    inside = os.open("folder", os.O_RDONLY, dir_fd=top)
    file = os.open("a.part", os.O_WRONLY | os.O_CREAT, dir_fd=inside)
    os.write(file, b"half of it")
    one.pull("A")
    assert one.sticks.plugged() == ()
    new = os.O_WRONLY | os.O_CREAT
    for call in (
        lambda: os.open("b.part", new, dir_fd=inside),
        lambda: os.open("c.part", new, dir_fd=top),
        lambda: os.mkdir("more", dir_fd=top),
        lambda: os.rename("a.part", "a", src_dir_fd=inside, dst_dir_fd=inside),
        lambda: (path / "d").write_text("d"),
    ):
        with pytest.raises(OSError):
            call()
    for call in (
        lambda: one.sticks.unmount(stick_id),
        lambda: one.sticks.mount(stick_id, writable=True),
    ):
        with pytest.raises(StickError, match="pulled out") as error:
            call()
        assert error.value.gone
    for descriptor in (file, inside, top):
        os.close(descriptor)
    kept = one.kept("A")
    assert kept["kept"] == b"kept"
    assert set(kept) <= {"kept", "folder/a.part"}


def test_the_same_stick_in_again_is_another_one(one: Twin) -> None:
    """Danger: what was planned for one stick must not be written to the next."""
    one.plug("A")
    first = only(one.sticks)
    one.sticks.mount(first.id, writable=True)
    one.pull("A")
    one.plug("A")
    second = only(one.sticks)
    assert second.id != first.id
    with pytest.raises(StickError, match="pulled out"):
        one.sticks.mount(first.id, writable=True)
    (one.sticks.mount(second.id, writable=True) / "x").write_text("x")
    one.sticks.unmount(second.id)


def test_many_times_in_and_out_leaves_nothing_behind(one: Twin) -> None:
    before = open_files()
    for _ in range(5):
        one.plug("A")
        one.sticks.mount(only(one.sticks).id, writable=True)
        one.pull("A")
    assert one.sticks.plugged() == ()
    wait_for(lambda: open_files() == before, "level file descriptors")
