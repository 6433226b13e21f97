# The two commands are `make run` and `make test`. `make help` lists the others.
# The newest that runs and can make environments; or make PYTHON=/path/to/python3.x.
PYTHON ?= $(firstword $(foreach v,14 13 12 11,$(shell python3.$(v) -c 'import ensurepip, venv' 2>/dev/null && echo python3.$(v))))
# cpu: torch as a build for the CPU; cuda: with what NVIDIA GPUs need, several GB.
TORCH ?= cpu
CORES ?= $(shell nproc 2>/dev/null || sysctl -n hw.ncpu)
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# Python shall keep what it compiled, in images too that tell it not to: else each job compiles the package again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help setup run demo-small docs test test-all test-slurm test-python fuzz slurm face-model restore check config lock clean
.DEFAULT_GOAL := help

help: ## This list.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(READY): requirements.lock pyproject.toml
	@test -x $(BIN)/python || command -v "$(PYTHON)" >/dev/null || { echo "Myoscene needs Python 3.11 to 3.14, with venv: install one, or say where it is with make PYTHON=/path/to/python3.x"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing the locked environment into $(VENV), with $$($(BIN)/python --version) (some minutes the first time)"
	@$(BIN)/python envs/torch_build.py --build $(TORCH)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --requirement requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@$(BIN)/python -m compileall -q -j $(CORES) $(VENV)/lib >/dev/null 2>&1 || true # on one core only, if pip does it
	@touch $@

demo_cohort/dataset_description.json: | $(READY)
	@$(BIN)/myoscene simulate demo_cohort

setup: $(READY) ## Set everything up, and nothing else.

run: $(READY) demo_cohort/dataset_description.json ## Set everything up and run the whole workflow on the demo cohort.
	@$(BIN)/snakemake --cores $(CORES) --quiet rules
	@echo
	@echo "The report: $(CURDIR)/results/report/index.html"
	@echo "All tables: $(CURDIR)/results/ (docs/outputs.md says what each one is)"

demo-small: $(READY) ## A look in a minute: 4 synthetic people, EMG alone, in a directory of its own, demo_small/.
	@$(BIN)/myoscene simulate --participants 4 --scene-s 20 --no-eyes --no-faces demo_small/cohort --if-missing
	@$(BIN)/snakemake --cores $(CORES) --directory demo_small --configfile config/demo_small.yaml --quiet rules
	@echo
	@echo "The report: $(CURDIR)/demo_small/results/report/index.html"
	@echo "All tables: $(CURDIR)/demo_small/results/ (docs/outputs.md says what each one is)"

test: $(READY) ## Set everything up and run the tests, with six people of each public collection of recordings.
	@OMP_NUM_THREADS=1 $(BIN)/python -m pytest --numprocesses $(CORES) --dist loadscope --no-loadscope-reorder $(PYTEST_ARGS)

test-all: $(READY) ## Run the tests with everybody in the public recordings, and note what code they learnt with.
	@MYOSCENE_FUZZ=$${MYOSCENE_FUZZ:-2000} $(MAKE) --no-print-directory test PYTEST_ARGS="--everybody $(PYTEST_ARGS)"
	@$(BIN)/python tests/real/learned.py --write

slurm: $(READY) ## Add what runs on a SLURM cluster need (config/profiles/slurm).
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement requirements-slurm.lock

face-model: $(READY) ## Get what `myoscene face-parameters` needs: the runtime, into the environment, and the model, into .face/.
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement requirements-face.lock
	@$(BIN)/python envs/face_model.py

restore: face-model ## Get what `myoscene restore` needs beside the face model: OpenCV, into the environment.
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --requirement requirements-restore.lock

# Beside the environment and not in it: the plugin would slow the other tests down, which may run at the same time.
$(VENV)/slurm/.ready: requirements-slurm.lock | $(READY)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --upgrade --target $(VENV)/slurm --requirement $<
	@touch $@

test-slurm: $(VENV)/slurm/.ready ## Run the tests on a real SLURM, which is installed and started here: Debian, as root.
	@tests/slurm/install.sh
	@OMP_NUM_THREADS=1 PYTHONPATH=$(CURDIR)/$(VENV)/slurm $(BIN)/python -m pytest tests/slurm --slurm --durations=5 $(PYTEST_ARGS)

# What needs torch is skipped there; whole workflows, which do, and what only reads the repository are not asked at all.
WITHOUT_TORCH := $(addprefix tests/,emg eyes importing pipeline recordings scenes statistics) \
	--ignore=tests/statistics/test_null_check.py
test-python: ## Install everything but torch for another Python (PYTHON=python3.13) and run the tests that need no torch.
	@"$(PYTHON)" -c 'import ensurepip, venv' 2>/dev/null || { echo "'$(PYTHON)' does not run, or has no venv: say which one with make test-python PYTHON=/path/to/python3.x"; exit 1; }
	@test "$$($(VENV)/other/bin/python --version 2>/dev/null)" = "$$("$(PYTHON)" --version)" || "$(PYTHON)" -m venv --clear $(VENV)/other
	@grep -v '^torch==' requirements.lock >$(VENV)/other/requirements.lock
	@$(VENV)/other/bin/python -m pip install --quiet --disable-pip-version-check --no-compile --requirement $(VENV)/other/requirements.lock
	@echo "The tests that need no torch, with $$($(VENV)/other/bin/python --version):"
	@OMP_NUM_THREADS=1 PYTHONPATH=$(CURDIR)/workflow_scripts PYTHONDONTWRITEBYTECODE=1 $(VENV)/other/bin/python -m pytest -q -p no:cacheprovider --numprocesses $(CORES) --dist loadscope $(WITHOUT_TORCH) $(PYTEST_ARGS)

fuzz: $(READY) ## Give every reader FUZZ damaged files (2000 where not set) and print what became of them.
	@OMP_NUM_THREADS=1 MYOSCENE_FUZZ=$(or $(FUZZ),2000) $(BIN)/python -m pytest tests/fuzz --numprocesses $(CORES) --dist loadscope --no-loadscope-reorder $(PYTEST_ARGS)

check: $(READY) ## Lint, format, types, and Snakemake's own lint.
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/snakefmt --check --compact-diff Snakefile rules
	@$(BIN)/mypy
	@$(BIN)/myoscene simulate --participants 3 --scene-s 10 $(VENV)/lint_cohort --if-missing
	@$(BIN)/snakemake --lint --config 'recordings={"dataset": "$(VENV)/lint_cohort"}'

config: $(READY) ## Write config/config.yaml, its schema, the pages of docs/ made from the code, and the profile's groups.
	@$(BIN)/python -m myoscene.config.write
	@$(BIN)/python docs/commands.py

# Beside the environment and not in it, like the plugin for SLURM: nothing else needs it.
$(VENV)/docs/.ready: requirements-docs.lock | $(READY)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --upgrade --target $(VENV)/docs --requirement $<
	@touch $@

docs: $(VENV)/docs/.ready ## Build the pages of docs/ as a site, which needs no network to read.
	@PYTHONPATH=$(CURDIR)/$(VENV)/docs $(BIN)/python -m sphinx -W --keep-going -q -d $(VENV)/docs/doctrees docs docs/_site
	@echo "The pages: $(CURDIR)/docs/_site/index.html"

lock: $(READY) ## Write requirements.lock and envs/ from what is installed in .venv.
	@$(BIN)/python envs/lock.py

clean: ## Remove results, the demo cohorts, the built pages, the face model and the environment.
	rm -rf results demo_cohort demo_small docs/_site .snakemake .face $(VENV)
