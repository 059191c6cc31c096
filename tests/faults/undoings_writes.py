"""Durability steps to take away: most of them show on the strict disk alone."""

from __future__ import annotations

from tests.faults.undoing import Undoing

_UNSYNCED = (
    (
        "trace",
        "kiosk/records/trace.py",
        "path",
        "content",
        "",
        "1.closing",
        "a session is called kept before its trace is on the disk",
    ),
    (
        "head",
        "kiosk/records/log.py",
        "self._folder / HEAD_FILE",
        "content",
        ", keep_previous=True",
        "1.closing",
        "the chain's head is not on the disk when its journals go",
    ),
    (
        "table",
        "kiosk/records/storage.py",
        "self._path",
        "content",
        ", keep_previous=keep_previous",
        "1.first-start",
        "a month's first sessions are not on the disk when their journals go",
    ),
    (
        "clock",
        "kiosk/clock.py",
        "self._path",
        "seal(vouched)",
        "",
        "1.clock",
        "the clock that staff set is not on the disk",
    ),
    (
        "swap-note",
        "kiosk/upkeep/restore.py",
        "place / _BEGUN",
        "seal(ready)",
        "",
        "1.restore",
        "a restore begins to move before its note of that is on the disk",
    ),
)

_GENERATIONS = (
    ("table", "a table", "kiosk/records/storage.py", "self._replace(data, keep_previous=True)"),
    (
        "month",
        "a month that is added to",
        "kiosk/records/storage.py",
        "_extend(old, to, expected, new), keep_previous=True)",
    ),
    ("head", "the chain's head", "kiosk/records/log.py", "content, keep_previous=True)"),
    ("clinic-key", "the clinic's key", "kiosk/export/clinic.py", 'b"\\n", keep_previous=True)'),
    (
        "export-number",
        "the exports' numbers",
        "kiosk/export/numbers.py",
        "seal(newest), keep_previous=True",
    ),
    ("pins", "the PINs", "kiosk/pins_kept.py", "reset=reset)), keep_previous=True"),
    (
        "kiosk-number",
        "the kiosk's number",
        "kiosk/identity.py",
        "_with_check(number), keep_previous=True",
    ),
)

OF_WRITES = (
    *(
        Undoing(
            f"{name}-unsynced",
            what,
            file,
            f"write_atomically({path}, {content}{more})",
            f"({path}).with_name('.new').write_bytes({content}); "
            f"({path}).with_name('.new').rename({path})",
            fault,
        )
        for name, file, path, content, more, fault, what in _UNSYNCED
    ),
    *(
        Undoing(
            f"{name}-generation",
            f"of {words} no generation before is kept",
            file,
            before,
            before.replace("True", "False"),
            "3.files",
        )
        for name, words, file, before in _GENERATIONS
    ),
    Undoing(
        "settings-once",
        "settings are written once only",
        "kiosk/preferences/kept.py",
        "            write_atomically(self.path, seal(changed), keep_previous=True)\n",
        "            pass\n",
        "3.files",
    ),
    Undoing(
        "swap-note-once",
        "only one note tells how far a restore was",
        "kiosk/upkeep/restore.py",
        "            write_atomically(place / _BEGUN, seal(ready))\n",
        "",
        "1.restore",
    ),
    Undoing(
        "profile-folder",
        "the kiosk's key is shown before its name is on the disk",
        "profiles/files.py",
        "        temp.unlink(missing_ok=True)\n    sync_folder(path.parent)\n",
        "        temp.unlink(missing_ok=True)\n",
        "1.kiosk-key",
    ),
    Undoing(
        "key-at-once",
        "the kiosk's key is written under its own name",
        "profiles/files.py",
        '    temp = path.with_name(f".{path.name}.{os.getpid()}-{threading.get_ident()}.tmp")\n'
        "    temp.unlink(missing_ok=True)\n    file = os.open(temp,",
        "    temp = path.with_name('.none')\n    file = os.open(path,",
        "1.kiosk-key",
        (("profiles/files.py", "        path.hardlink_to(temp)\n", ""),),
    ),
    Undoing(
        "forgotten-folder",
        "whoever is forgotten is told so before it is on the disk",
        "profiles/purge.py",
        "    sync_folder(path.parent)\n",
        "",
        "1.forget",
    ),
    Undoing(
        "made-folder",
        "a folder that is made is not made durable",
        "kiosk/records/files.py",
        "    folder.mkdir(mode=_FOLDER_MODE, exist_ok=True)\n    sync_folder(folder.parent)\n",
        "    folder.mkdir(mode=_FOLDER_MODE, exist_ok=True)\n",
        "1.first-start",
    ),
    Undoing(
        "link-folder",
        "a broken file is written over before its other name is on the disk",
        "kiosk/records/files.py",
        "        aside.hardlink_to(path)\n    sync_folder(path.parent)\n",
        "        aside.hardlink_to(path)\n",
        "1.set-aside",
    ),
    Undoing(
        "proof-folder",
        "the first proof test is noted before its file's name is on the disk",
        "kiosk/care/books.py",
        "        sync_folder(self.path.parent)\n",
        "",
        "1.first-proof",
    ),
    Undoing(
        "host-key-fsync",
        "this kiosk's SSH key is named before it is on the disk",
        "kiosk/upkeep/door/hostkey.py",
        "        os.fsync(file)\n",
        "",
        "1.host-key",
    ),
    Undoing(
        "host-key-name",
        "this kiosk's SSH key is used before its name is on the disk",
        "kiosk/upkeep/door/hostkey.py",
        "    os.fsync(folder)\n",
        "",
        "1.host-key",
    ),
    Undoing(
        "host-key-folder",
        "this kiosk's SSH key is used before its folder's name is on the disk",
        "kiosk/upkeep/door/hostkey.py",
        "                sync_folder(data)\n",
        "",
        "1.host-key",
    ),
    Undoing(
        "host-key-at-once",
        "this kiosk's SSH key is written under its own name",
        "kiosk/upkeep/door/hostkey.py",
        '    temp = f"{HOST_KEY}.new"\n',
        "    temp = HOST_KEY\n",
        "1.host-key",
    ),
    Undoing(
        "small-fsync",
        "a small file on a stick is named before it is on it",
        "kiosk/export/small.py",
        "        os.fsync(file)\n",
        "        pass\n",
        "11.small",
    ),
    Undoing(
        "small-name",
        "a small file is said to be on a stick before its name is",
        "kiosk/export/small.py",
        "        sync_folder(folder)\n",
        "",
        "11.small",
    ),
    Undoing(
        "small-at-once",
        "a small file is written over the one of before",
        "kiosk/export/small.py",
        'parts = {name: folder / f"{name}{PART}" for name in files}',
        "parts = {name: folder / name for name in files}",
        "11.small",
    ),
    Undoing(
        "unfinished-folder",
        "an unfinished export is said to be deleted before it is",
        "kiosk/export/leftovers.py",
        "                os.fsync(root)\n",
        "                pass\n",
        "11.unfinished",
    ),
    Undoing(
        "export-folders",
        "an export is finished before its files' names are on the stick",
        "kiosk/export/target.py",
        "        for folder in self._folders.values():\n            os.fsync(folder)\n",
        "",
        "11.pulled",
    ),
    Undoing(
        "export-at-once",
        "an export is written under its finished name",
        "kiosk/export/target.py",
        "                os.mkdir(name + PART, _FOLDER_MODE, dir_fd=self._root)\n",
        "                os.mkdir(name, _FOLDER_MODE, dir_fd=self._root)\n",
        "11.pulled",
        (
            (
                "kiosk/export/target.py",
                "self.top = self._folder(self.name + PART, self._root)",
                "self.top = self._folder(self.name, self._root)",
            ),
            (
                "kiosk/export/target.py",
                "        os.rename(part, name, src_dir_fd=root, dst_dir_fd=root)\n"
                "        self.stands",
                "        self.stands",
            ),
        ),
    ),
    Undoing(
        "backup-at-once",
        "a backup is written under its finished name",
        "kiosk/upkeep/backup.py",
        "    part = path.with_name(path.name + PART)\n",
        "    part = path\n",
        "11.backup",
    ),
    Undoing(
        "update-named",
        "an update's file is fsynced before it is renamed alone",
        "kiosk/upkeep/updater/disk.py",
        "        os.fsync(file)\n    finally:\n        os.close(file)\n"
        "    sync_folder(path.parent)\n",
        "    finally:\n        os.close(file)\n    sync_folder(path.parent)\n",
        "1.update",
    ),
    Undoing(
        "update-at-once",
        "a file of the boot partition is written over the one that starts",
        "kiosk/upkeep/updater/disk.py",
        "    temp = path.with_name(path.name + PART)\n",
        "    temp = path\n",
        "1.update",
    ),
    Undoing(
        "update-renamed",
        "a name on the boot partition is changed without an fsync",
        "kiosk/upkeep/updater/disk.py",
        "        os.fsync(file)\n    finally:\n        os.close(file)\n"
        "    sync_folder(new.parent)\n",
        "    finally:\n        os.close(file)\n    sync_folder(new.parent)\n",
        "1.update",
    ),
    Undoing(
        "update-removed",
        "an entry that is gone stands on the card still",
        "kiosk/upkeep/updater/disk.py",
        "    for folder in {path.parent: None for path in paths if _unlinked(path)}:\n"
        "        sync_folder(folder)\n",
        "    for _ in {path.parent: None for path in paths if _unlinked(path)}:\n        pass\n",
        "1.update",
    ),
    Undoing(
        "restore-moved",
        "the old data are not durably aside when the new ones come in",
        "kiosk/upkeep/restore.py",
        "    sync_folder(aside)\n    sync_folder(data)\n",
        "",
        "1.restore",
    ),
    Undoing(
        "restore-done",
        "a restore is over before the new data's names are on the disk",
        "kiosk/upkeep/restore.py",
        "    sync_folder(data)\n    sync_folder(place / _NEW)\n",
        "",
        "1.restore",
    ),
)
