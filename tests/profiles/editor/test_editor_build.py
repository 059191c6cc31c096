"""The built page: is it what the sources make, does it ask for nothing, may it go onto a stick?"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from profiles import editor
from profiles.editor import FILE, Kiosk, PageUnusable, page
from profiles.programs import BUILT_IN, load_programs
from tests.profiles.editor.conftest import build

HOME = FILE.parent
PROFILES = HOME.parent
KEY = "age1pz482qlfxa77dcexn2p2hghrgp9z5httk6gpvn8t4qcp253lv96sm33hl8"
TEXT = FILE.read_text(encoding="utf-8")


def inputs(profiles: Path) -> list[Path]:
    """What build.mjs makes the page of."""
    home = profiles / "editor"
    kinds = (".js", ".css", ".html", ".json")
    return [
        *(home / name for name in ("build.mjs", "package.json", "package-lock.json")),
        *(path for path in (home / "source").rglob("*") if path.suffix in kinds),
        profiles / "profile.schema.json",
        *(profiles / "programs").glob("*.toml"),
    ]


def digest(profiles: Path) -> str:
    made = hashlib.sha256()
    for name, path in sorted(
        (one.relative_to(profiles).as_posix(), one) for one in inputs(profiles)
    ):
        content = path.read_bytes()
        made.update(f"{name}\0{len(content)}\0".encode() + content)
    return made.hexdigest()


def block(name: str, text: str = TEXT) -> str:
    found = re.search(
        rf'<script type="application/json" id="sternway-{name}">(.*?)</script>', text, re.DOTALL
    )
    assert found
    return found[1]


def test_the_page_is_built_from_these_sources() -> None:
    found = re.search(r'<meta name="sternway-inputs" content="([0-9a-f]{64})">', TEXT)
    assert found
    assert found[1] == digest(PROFILES), "make editor"


def test_a_build_gives_the_same_bytes_in_any_folder(tmp_path: Path) -> None:
    shutil.copytree(PROFILES, tmp_path / "away" / "profiles")
    (tmp_path / "away" / "build").mkdir()
    modules = build(tmp_path / "here.html")
    away = tmp_path / "away" / "profiles" / "editor" / "build.mjs"
    subprocess.run(["node", away, modules, tmp_path / "away.html"], check=True, timeout=120)
    assert (tmp_path / "here.html").read_bytes() == FILE.read_bytes()
    assert (tmp_path / "away.html").read_bytes() == FILE.read_bytes()
    assert not (HOME / "node_modules").exists()


def test_the_sources_types_hold() -> None:
    tsc = build(os.devnull) / "typescript" / "bin" / "tsc"
    said = subprocess.run(
        ["node", tsc, "-p", HOME], capture_output=True, text=True, timeout=300, check=False
    )
    assert (said.returncode, said.stdout) == (0, "")


def test_the_lock_pins_every_package_by_hash() -> None:
    wanted = json.loads((HOME / "package.json").read_text())
    lock = json.loads((HOME / "package-lock.json").read_text())
    for name, version in {**wanted["dependencies"], **wanted["devDependencies"]}.items():
        assert re.fullmatch(r"\d+\.\d+\.\d+", version), name
        assert lock["packages"][f"node_modules/{name}"]["version"] == version
    packages = {name: one for name, one in lock["packages"].items() if name}
    assert all(one["integrity"].startswith("sha512-") for one in packages.values())


def test_the_policy_allows_this_script_and_this_style_alone() -> None:
    found = re.search(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)">', TEXT)
    assert found
    parts = dict(part.split(" ", 1) for part in found[1].split("; "))
    assert parts.pop("default-src") == parts.pop("base-uri") == parts.pop("form-action") == "'none'"
    assert parts.pop("img-src") == "data:"
    (script,) = re.findall(r"<script>(.*?)</script>", TEXT, re.DOTALL)
    (style,) = re.findall(r"<style>(.*?)</style>", TEXT, re.DOTALL)
    for part, content in (("script-src", script), ("style-src", style)):
        made = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert parts.pop(part) == f"'sha256-{made}'"
    assert not parts
    assert TEXT.index(found[0]) < TEXT.index("<style>")
    for word in (r"\beval\(", r"new Function", "innerHTML", "insertAdjacentHTML", "outerHTML"):
        assert not re.search(word, script), word
    for word in ("localStorage", "sessionStorage", "indexedDB", "document.cookie", "XMLHttp"):
        assert word not in script, word


def test_the_page_loads_nothing() -> None:
    head, _, _ = TEXT.partition('<script type="application/json"')
    assert not re.findall(r"""(?:src|href)\s*=\s*["'](?!data:,)""", head)
    assert "@import" not in head
    assert "url(" not in head


def test_it_holds_the_schema_unchanged() -> None:
    shipped = json.loads((PROFILES / "profile.schema.json").read_text(encoding="utf-8"))
    assert json.loads(block("schema")) == shipped
    assert list(json.loads(block("schema"))) == list(shipped)


def test_it_holds_the_programs_as_the_kiosk_has_them() -> None:
    programs = json.loads(block("programs"))
    assert [one["id"] for one in programs] == list(BUILT_IN)
    for one in programs:
        built_in = load_programs()[one["id"]]
        assert one["evidence_grade"] == built_in.evidence_grade
        for text in ("name", "purpose", "evidence", "dose", "disclaimer"):
            assert one[text] == getattr(built_in, text)


def test_every_library_in_it_has_its_notice() -> None:
    licences = {one["name"]: one for one in json.loads(block("licences"))}
    assert {"age-encryption", "@noble/ciphers", "@noble/curves", "ajv"} <= set(licences)
    for one in licences.values():
        assert one["license"] in {"MIT", "BSD-3-Clause"}
        assert "Copyright" in one["text"] or "copyright" in one["text"]
        listed = one["name"].partition("/")[2] or one["name"]
        assert listed in (HOME / "README.md").read_text(encoding="utf-8")


def test_the_page_for_no_kiosk_is_the_file() -> None:
    assert page() == FILE.read_bytes()


@pytest.mark.parametrize(
    "place",
    [
        "Physio Lind",
        "</script><script>alert(1)</script>",
        "a\u2028b",
        "<!-- & 'x\"",
        "\ud800",
        "é🙂",
    ],
)
def test_a_kiosks_name_never_leaves_its_block(place: str) -> None:
    made = page(Kiosk(place, "K-01", KEY)).decode("utf-8")
    found = block("kiosk", made)
    assert json.loads(found) == {"place": place, "kiosk_id": "K-01", "age_recipient": KEY}
    assert found.isascii()
    assert not set("<>&") & set(found)
    assert made.replace(found, "null") == TEXT


def test_a_key_that_is_none_is_refused() -> None:
    slip = KEY[:-1] + ("q" if KEY[-1] != "q" else "p")
    for wrong in (
        "age1",
        slip,
        "AGE-SECRET-KEY-1" + "Q" * 58,
        KEY[:-1],
        KEY + "\n",
        "ssh-ed25519 AAAA",
    ):
        with pytest.raises(ValueError, match="make it age1"):
            page(Kiosk("here", "K-01", wrong))
    assert json.loads(block("kiosk", page(Kiosk("here", "K-01", "")).decode()))["place"] == "here"


def test_a_missing_or_foreign_page_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(editor, "FILE", tmp_path / "sternway-editor.html")
    with pytest.raises(PageUnusable, match="reinstall Sternway"):
        page()
    (tmp_path / "sternway-editor.html").write_text("<p>another</p>")
    with pytest.raises(PageUnusable, match="is not the editor page"):
        page()
