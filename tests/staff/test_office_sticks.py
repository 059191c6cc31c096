"""Exports to every kind of stick: folders, loop images, and loop devices by the real helper."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from profiles.saying import plain
from tests.staff.rig import WITHIN_S, Gate, Rig
from tests.sticks.rig import TWINS, HelperTwin, Twin, only, twin


class Pair(NamedTuple):
    rig: Rig
    one: Twin

    def stick(self) -> str:
        return only(self.one.sticks).id

    def whole(self, name: str = "A") -> list[str]:
        """The folders on a stick that look finished, each seen to be whole; the stick is out."""
        kept = self.one.kept(name)
        folders = {path.rpartition("/")[0] for path in kept if path.endswith("/manifest.json")}
        finished = sorted(folder for folder in folders if not folder.endswith(".part"))
        for folder in finished:
            for file in json.loads(kept[f"{folder}/manifest.json"])["files"]:
                content = kept[f"{folder}/{file['path']}"]
                assert hashlib.sha256(content).hexdigest() == file["sha256"]
        return finished


@pytest.fixture(params=sorted(TWINS))
def pair(request: pytest.FixtureRequest, data: Path, tmp_path: Path) -> Iterator[Pair]:
    (tmp_path / "sticks").mkdir()
    with twin(request.param, tmp_path / "sticks") as one:
        rig = Rig(data, sticks=one.sticks)
        rig.office.opened("staff")
        try:
            yield Pair(rig, one)
        finally:
            rig.close()
        assert rig.died == []


def test_what_is_said_to_be_on_the_stick_is_on_it_when_it_is_safe_to_remove(pair: Pair) -> None:
    pair.one.plug("A")
    over = pair.rig.exported(pair.stick())
    assert (over.phase, over.safe_to_remove) == ("done", True), over.text
    assert over.result is not None
    pair.one.pull("A")
    assert pair.whole() == [over.result.folder]


@pytest.mark.parametrize("gate", ["sessions.csv.part", "report.html.part", "manifest.json.part"])
def test_a_stick_pulled_in_the_middle_is_told_and_the_next_one_works(
    pair: Pair, monkeypatch: pytest.MonkeyPatch, gate: str
) -> None:
    pair.one.plug("A")
    pair.rig.planned(pair.stick())
    held = Gate(monkeypatch, gate)
    pair.rig.office.start_export().result(WITHIN_S)
    held.wait()
    pair.one.pull("A")
    held.open()
    over = pair.rig.over()
    assert (over.phase, over.safe_to_remove) == ("failed", False)
    assert ".part" in plain(over.text)
    assert pair.whole() == []
    pair.one.plug("B")
    assert pair.rig.exported(pair.stick()).safe_to_remove
    pair.one.pull("B")
    assert len(pair.whole("B")) == 1


def test_a_write_protected_stick_is_an_obstacle(pair: Pair) -> None:
    pair.one.plug("A", read_only=True)
    plan = pair.rig.planned(pair.stick()).plan
    assert plan is not None
    assert "write-protected" in plain(plan.obstacle or ())
    pair.rig.office.end_export()


def test_a_stick_without_a_filesystem_says_its_own_sentence(pair: Pair) -> None:
    pair.one.plug("A", "ntfs")
    over = pair.rig.planned(pair.stick())
    assert (over.phase, over.text) == ("failed", (only(pair.one.sticks).problem,))


def test_a_plan_lets_go_of_the_stick_when_it_is_dropped(pair: Pair) -> None:
    pair.one.plug("A")
    stick = pair.stick()
    for _ in range(2):
        assert pair.rig.planned(stick).phase == "planned"
        pair.rig.office.leave()
        pair.rig.wait(lambda: pair.rig.office._exporting._mounted is None)
        pair.rig.office.opened("staff")
    pair.rig.office.eject(stick).result(WITHIN_S)


def test_a_helper_that_ends_in_an_export_is_told_as_that(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sticks").mkdir()
    one = HelperTwin(tmp_path / "sticks")
    rig = Rig(data, sticks=one.sticks)
    try:
        rig.office.opened("staff")
        one.plug("A")
        rig.planned(only(one.sticks).id)
        held = Gate(monkeypatch, "sessions.csv.part")
        rig.office.start_export().result(WITHIN_S)
        held.wait()
        one.helper.kill()
        rig.wait(lambda: one.sticks.fault() is not None)
        held.open()
        over = rig.over()
        assert (over.phase, over.safe_to_remove) == ("failed", False)
        assert "helper" in plain(over.text)
        assert "pulled" not in plain(over.text)
        one.helper.start()
        rig.wait(lambda: len(one.sticks.plugged()) == 1)
        assert rig.exported(only(one.sticks).id).safe_to_remove
    finally:
        rig.close()
        one.close()
    assert rig.died == []
