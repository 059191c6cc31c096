"""Reading back: from the medium, past the page cache, in a process that ends with the export."""

from __future__ import annotations

import errno
import hashlib
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kiosk.export import medium, readback
from kiosk.export.errors import Cancelled, NotVerified, SourceFailed
from kiosk.export.exporter import Export
from kiosk.export.growing import Written
from kiosk.export.plan import Request
from kiosk.export.progress import Meter
from kiosk.export.readback import ReadBack
from tests.export.conftest import Kept
from tests.export.test_export_files import check_manifest, export

SIZES = (0, 1, 4095, 4096, 4097, 70_000, 1024 * 1024, 5 * 1024 * 1024 + 3)
WITHOUT_DIRECT = """
import errno, os, runpy
real = os.open
def no_direct(path, flags, *args, **more):
    if flags & os.O_DIRECT:
        raise OSError(errno.EINVAL, "no O_DIRECT here")
    return real(path, flags, *args, **more)
os.open = no_direct
runpy.run_path({path!r}, run_name="__main__")
"""


@pytest.fixture
def top(stick: Path) -> Iterator[int]:
    (stick / "traces").mkdir()
    file = os.open(stick, os.O_RDONLY | os.O_DIRECTORY)
    yield file
    os.close(file)


def written(stick: Path, path: str, size: int) -> Written:
    content = os.urandom(size)
    (stick / path).write_bytes(content)
    return Written(path, size, hashlib.sha256(content).hexdigest())


def meter(cancel: threading.Event | None = None) -> Meter:
    return Meter(1, lambda progress: None, cancel or threading.Event())


def instead(monkeypatch: pytest.MonkeyPatch, path: Path, program: str) -> None:
    """Let the reading process run this program."""
    path.write_text(program)
    monkeypatch.setattr(medium, "__file__", str(path))


def processes() -> list[str]:
    """The command lines of the reading processes that this one has started."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                parent = (folder / "stat").read_text().rpartition(")")[2].split()[1]
                line = (folder / "cmdline").read_text()
            except OSError:
                continue  # it has ended meanwhile
            if int(parent) == os.getpid() and "-I\0-S" in line:
                found.append(line)
    return found


def test_whole_files_of_every_size_are_read(stick: Path, top: int) -> None:
    files = [written(stick, f"traces/{size}", size) for size in SIZES]
    with ReadBack(meter()) as back:
        back.begin(top, files)
        back.finish()
    assert processes() == []


@pytest.mark.parametrize("size", SIZES[1:])
def test_a_byte_that_is_another_is_found(stick: Path, top: int, size: int) -> None:
    files = [written(stick, name, size) for name in ("a", "b")]
    with (stick / "b").open("r+b") as file:
        file.seek(size - 1)
        last = file.read(1)
        file.seek(size - 1)
        file.write(bytes([last[0] ^ 1]))
    with pytest.raises(NotVerified, match="b on the stick"), ReadBack(meter()) as back:
        back.begin(top, files)
        back.finish()


@pytest.mark.parametrize("size", SIZES)
def test_a_file_that_grew_is_found(stick: Path, top: int, size: int) -> None:
    file = written(stick, "a", size)
    with (stick / "a").open("ab") as stream:
        stream.write(b"x")
    with pytest.raises(NotVerified), ReadBack(meter()) as back:
        back.begin(top, [file])
        back.finish()


def test_what_the_page_cache_holds_is_not_believed(stick: Path) -> None:
    """Without O_DIRECT too: the pages are forgotten before they are read."""
    path = stick / "a"
    path.write_bytes(b"x" * 5000)
    assert medium.content_of(path, 10_000) == b"x" * 5000
    asked: list[int] = []
    real = os.open

    def no_direct(path: Any, flags: int, *args: Any, **more: Any) -> int:
        asked.append(flags)
        if flags & os.O_DIRECT:
            raise OSError(errno.EINVAL, "no O_DIRECT here")
        return real(path, flags, *args, **more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "open", no_direct)
        forgotten: list[int] = []
        patch.setattr(os, "posix_fadvise", lambda *words: forgotten.append(words[3]))
        assert medium.content_of(path, 10_000) == b"x" * 5000
    assert [bool(flags & os.O_DIRECT) for flags in asked] == [True, False]
    assert forgotten == [os.POSIX_FADV_DONTNEED]


def test_an_export_without_o_direct_says_so(
    kept: Kept, stick: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = WITHOUT_DIRECT.format(path=medium.__file__)
    instead(monkeypatch, tmp_path / "program.py", program)
    done = export(kept.data, stick)
    assert not done.direct
    check_manifest(done.folder)


@pytest.mark.parametrize("what", ["gone", "link", "folder is a link"])
def test_what_cannot_be_read_is_the_targets_error(
    stick: Path, top: int, tmp_path: Path, what: str
) -> None:
    file = written(stick, "traces/a", 10)
    (stick / "traces" / "a").rename(tmp_path / "a")
    if what == "link":
        (stick / "traces" / "a").symlink_to(tmp_path / "a")
    if what == "folder is a link":
        (stick / "traces").rmdir()
        (stick / "traces").symlink_to(tmp_path)
    words = r"No such file|symbolic link|Not a directory"
    with pytest.raises(OSError, match=words), ReadBack(meter()) as back:
        back.begin(top, [file])
        back.finish()


@pytest.mark.parametrize(
    "program", ["", "import sys; sys.stdin.readline()", "import os; os.kill(os.getpid(), 9)"]
)
def test_a_reading_process_that_ends_is_no_proof(
    kept: Kept, stick: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str
) -> None:
    instead(monkeypatch, tmp_path / "program.py", program)
    with pytest.raises(SourceFailed, match=r"could not be read back.*Nothing of it is left"):
        export(kept.data, stick)
    assert not list((stick / "STERNWAY").iterdir())


def test_a_reading_process_that_cannot_start_is_no_proof(
    kept: Kept, stick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(SourceFailed, match=r"could not be read back.*Nothing of it is left"):
        export(kept.data, stick)
    assert not list((stick / "STERNWAY").iterdir())


def test_cancel_ends_a_reading_process_that_hangs(
    kept: Kept, stick: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    instead(monkeypatch, tmp_path / "program.py", "import time\nwhile True: time.sleep(9)")
    cancel = threading.Event()

    def soon(progress: Any) -> None:
        if progress.phase == "checking":
            cancel.set()

    with pytest.raises(Cancelled), Export(Request(kept.data, stick)) as one:
        one.run(soon, cancel)
    assert processes() == []
    assert not list((stick / "STERNWAY").iterdir())


def test_a_killed_export_leaves_no_process(tmp_path: Path, stick: Path, top: int) -> None:
    """The questions end with the process that asks them."""
    (stick / "traces" / "a").write_bytes(b"x")
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            process = readback._started(top)
            os.write(writer, str(process.pid).encode())
            time.sleep(60)
        finally:
            os._exit(1)
    os.close(writer)
    number = int(os.read(reader, 20))
    os.close(reader)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    end = time.monotonic() + 20
    while Path(f"/proc/{number}").exists() and time.monotonic() < end:
        if (Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0]) == "Z":
            break  # it has ended; whoever adopts it has not looked yet
        time.sleep(0.02)
    else:
        assert not Path(f"/proc/{number}").exists()


def test_files_are_read_back_while_others_are_written(
    kept: Kept, stick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Small batches, so that forty traces are several of them."""
    from kiosk.export import target

    monkeypatch.setattr(target, "AT_ONCE", 5)
    monkeypatch.setattr(readback, "_AT_ONCE", 2)
    order: list[str] = []
    for owner, name in ((target.Target, "write"), (ReadBack, "begin")):
        real = getattr(owner, name)

        def noted(self: Any, *args: Any, _real: Any = real, _name: str = name) -> Any:
            order.append(_name)
            return _real(self, *args)

        monkeypatch.setattr(owner, name, noted)
    check_manifest(export(kept.data, stick).folder)
    assert order.index("begin") < len(order) - order[::-1].index("write") - 10
    assert order[-1] == "begin", "the manifest is read back as well"
