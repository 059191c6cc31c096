# `make` alone lists what there is. Everything runs in .venv, which `make setup` makes.

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help setup run test check coverage-safety mutation fuzz pictures texts update-file editor icons bench faults undo soak image rig deb lock clean

PY := .venv/bin/python
# The code that decides whether the belt may run: every line and every branch is tested.
SAFETY := hardware/interlock.py hardware/limits.py kiosk/session/machine.py kiosk/session/requests.py
# uv makes the lock; nothing else needs it.
UV_VERSION := 0.13.9

help: ## list these targets
	@echo "make TARGET, where TARGET is one of:"
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  \1 \2/p' Makefile | while read -r name text; do \
		printf '  %-16s %s\n' "$$name" "$$text"; done

setup: ## make .venv, and install in it what requirements.lock pins
	@sh .ci/setup

run: setup ## the simulated kiosk; with no display, a scripted walk and its pictures
	@if [ -n "$$DISPLAY" ]; then exec .venv/bin/sternway run --simulate; fi; \
	if [ -n "$$WAYLAND_DISPLAY" ]; then why="Kivy's wheel draws on X11, and no Xwayland runs (DISPLAY is empty)"; \
	else why="neither DISPLAY nor WAYLAND_DISPLAY is set"; fi; \
	echo "No display: $$why, so a scripted walk is played off-screen and its screens are kept as pictures."; \
	mkdir -p build/pictures build/data; \
	status=0; SDL_VIDEODRIVER=offscreen .venv/bin/sternway run --simulate \
		--script tests/recordings/walk.script.jsonl --pictures build/pictures --data build/data || status=$$?; \
	if [ $$status = 0 ]; then \
		echo "The pictures are in build/pictures, the session's record is in build/data/log."; fi; \
	exit $$status

test: setup ## everything: lint, types, tests, coverage of the safety code
	@sh .ci/tools
	@failed=; \
	echo "== ruff check";   $(PY) -m ruff check . || failed="$$failed ruff-check,"; \
	echo "== ruff format";  $(PY) -m ruff format --check . || failed="$$failed ruff-format,"; \
	echo "== mypy";         $(PY) -m mypy || failed="$$failed mypy,"; \
	echo "== pytest";       $(PY) tests/suite.py --no-header -q || failed="$$failed pytest,"; \
	echo "== coverage of the safety code"; \
	for file in $(SAFETY); do \
		$(PY) -m coverage report --show-missing --fail-under=100 --precision=2 --include="$$file" \
			|| failed="$$failed coverage-of-$$file,"; done; \
	if [ -n "$$failed" ]; then echo "== not good:$${failed%,}"; exit 1; fi; \
	echo "== all good"

check: setup ## lint and types only
	@status=0; \
	$(PY) -m ruff check . || status=1; \
	$(PY) -m ruff format --check . || status=1; \
	$(PY) -m mypy || status=1; \
	exit $$status

coverage-safety: setup ## the safety code's tests, and their branch coverage, which must be 100 %
	@mkdir -p build; rm -f build/coverage; \
	status=0; $(PY) -m coverage run -m pytest -q tests/hardware tests/session || status=1; \
	for file in $(SAFETY); do \
		$(PY) -m coverage report --show-missing --fail-under=100 --precision=2 --include="$$file" || status=1; done; \
	exit $$status

mutation: setup ## change what must not be wrong in every small way, and see that a test notices
	@$(PY) tests/mutation/run.py

fuzz: setup ## any bytes into every door, guided by what they reach (FUZZ_FLAGS='--seconds 60 --only protocol --seed N')
	@$(PY) -m tests.fuzz $(FUZZ_FLAGS)

pictures: setup ## every screen at every size, measured and kept in build/pictures (PICTURES_FLAGS='--language de')
	@$(PY) tests/pictures.py build/pictures $(PICTURES_FLAGS)

texts: setup ## remake the catalogues of the languages, after a change to a text or a translation
	@$(PY) tests/texts.py

update-file: setup ## one file for a stick, from a built image: make update-file TARGET=virt KEY=FILE (UPDATE_FLAGS="--since 0.1.0")
	@$(PY) -m image.maker.update $(or $(TARGET),virt) --key "$(KEY)" $(UPDATE_FLAGS)

editor: ## build the page on which a therapist writes a profile (needs Node; nothing else does)
	@sh profiles/editor/build.sh

icons: setup ## build the font of the pictures, after another one was chosen (fetches the set once)
	@$(PY) kiosk/screens/symbols/build.py

bench: setup ## how quick it is here, beside what it is measured against (slow; BENCH_FLAGS=--list names the rows)
	@.venv/bin/sternway bench $(BENCH_FLAGS)

image: setup ## the appliance's image, TARGET=virt or TARGET=pi (as root; IMAGE_FLAGS='--cmdline "..."')
	@$(PY) -m image.maker $(or $(TARGET),virt) $(IMAGE_FLAGS)

faults: setup ## every fault that could lose a session or leave the belt running (FAULTS_FLAGS=--list); best as root
	@$(PY) -m tests.faults $(FAULTS_FLAGS)

undo: setup ## take each safeguard away in a copy: its fault must be lost (UNDO_FLAGS='--only NAME'); as root
	@$(PY) -m tests.faults.undo $(UNDO_FLAGS)

soak: setup ## people walk for two hours, in simulation: memory, files and threads stay level (SOAK_FLAGS='--hours H')
	@$(PY) -m tests.faults.soak $(SOAK_FLAGS)

rig: setup ## boot the virt image under QEMU and go through all it must do (hours; RIG_FLAGS='--only first')
	@$(PY) -m image.rig $(RIG_FLAGS)

deb: setup ## the Debian package for a Raspberry Pi OS that is there already (DEB_FLAGS='--version 0.1.1')
	@$(PY) -m image.deb $(DEB_FLAGS)

lock: ## remake requirements.lock (LOCK_FLAGS=--upgrade takes newer versions)
	@sh .ci/setup || echo "The present lock cannot be installed; going on to make a new one."
	@[ -x build/uv/bin/python ] || python3 -m venv build/uv
	@build/uv/bin/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@build/uv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --group dev \
		--custom-compile-command "make lock" $(LOCK_FLAGS) --output-file requirements.lock pyproject.toml
	@build/uv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --group fuzz --no-deps \
		--custom-compile-command "make lock" $(LOCK_FLAGS) --output-file tests/fuzz/requirements.lock
	@git diff --stat -- requirements.lock tests/fuzz/requirements.lock

clean: ## remove what was built and all caches (not .venv, nor keys: without them no kiosk takes an update)
	@keys='build/image/[^/]*/keys'; [ ! -d build ] || { \
	find build -regex "$$keys" -prune -o ! -type d -exec rm -f {} +; find build -depth -type d -empty -delete; \
	[ ! -d build ] || echo "Kept, since flashed kiosks take no other updates:" $$(find build -regex "$$keys"); }
	@rm -rf .coverage .coverage.* .hypothesis .mypy_cache .pytest_cache .ruff_cache
	@find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +
