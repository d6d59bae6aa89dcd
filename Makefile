# Two commands do everything on a machine with Python 3.11: `make run` and `make test`.

PYTHON ?= python3.11
VENV ?= .venv
BIN := $(VENV)/bin
VAR ?= var
PORT ?= 8080
MESSAGES ?= 5000
INSTALL := $(BIN)/pip install --quiet --disable-pip-version-check
BENCHMARKS := city duplicates encoder imports incidents masking places problems readers review \
	serving sizes store weeks

# Environments of their own: what these need would bend the pins of the product.
ENGINES ?= .venv-engines
AUDIT ?= .venv-audit

.PHONY: run can-run set-up test lint types audit bench clean wheel docs constraints \
	$(addprefix bench-,$(BENCHMARKS))

define need-python
@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2> /dev/null || { \
	echo "Otklik needs Python 3.11, and \"$(PYTHON)\" is none. Install it (on Debian" \
	"python3.11-venv), or say where it is: make $(MAKECMDGOALS) PYTHON=/path/to/python3.11" >&2; \
	exit 1; }
endef

## Set up: everything pinned, all extras, the package editable. Of two at once, one waits.
$(VENV)/ready: pyproject.toml constraints.txt
	$(need-python)
	@echo "Setting up $(VENV): some minutes, 3 GB."
	@mkdir -p $(VENV)
	@$(if $(shell command -v flock),flock $(VENV)) $(MAKE) --silent set-up

set-up:
	test $(VENV)/ready -nt constraints.txt -a $(VENV)/ready -nt pyproject.toml || { \
		$(PYTHON) -m venv $(VENV) && \
		{ $(BIN)/pip --version > /dev/null 2>&1 || $(PYTHON) -m venv --clear $(VENV); } && \
		$(INSTALL) --upgrade "pip>=25.1" && \
		$(INSTALL) -c constraints.txt torch==2.13.0 && \
		$(INSTALL) -c constraints.txt -e '.[train,report,cluster]' --group dev && \
		touch $(VENV)/ready; }

## A city that does not exist, its last four weeks, and the service: open the address it prints.
run: can-run $(VENV)/ready
	@$(BIN)/python demo/run.py --port "$(PORT)" --var "$(VAR)" --venv "$(VENV)" \
		--messages "$(MESSAGES)"

## What would stop it after minutes is told at once.
can-run:
	$(need-python)
	@$(PYTHON) demo/run.py --look --port "$(PORT)" --var "$(VAR)" --venv "$(VENV)"

test: $(VENV)/ready
	$(BIN)/python -m pytest -n 2 --dist loadgroup

lint: $(VENV)/ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/python docs/generate_cli.py --check

## Static tools cannot see the import mapping: they read a tree of links.
types: $(VENV)/ready
	mkdir -p build/typing/otklik
	for folder in datasets models training serving pipelines; do \
		ln -sfn "$(CURDIR)/$$folder" "build/typing/otklik/$$folder"; done
	MYPYPATH=build/typing $(BIN)/mypy -p otklik

docs: $(VENV)/ready
	$(BIN)/python docs/generate_cli.py

bench: $(addprefix bench-,$(BENCHMARKS))

$(addprefix bench-,$(filter-out serving,$(BENCHMARKS))): bench-%: $(VENV)/ready
	$(BIN)/python benchmarks/$*.py

## Without its rival infinity, where that cannot be installed. ONLY="load kill" names parts.
bench-serving: $(VENV)/ready
	-$(MAKE) --silent $(ENGINES)/ready
	$(BIN)/python benchmarks/serving.py --infinity $(ENGINES)/bin/infinity_emb \
		$(if $(ONLY),--only $(ONLY))

$(ENGINES)/ready $(AUDIT)/ready: %/ready: pyproject.toml
	$(PYTHON) -m venv $*
	$*/bin/pip install --quiet --disable-pip-version-check --upgrade "pip>=25.1"
	$*/bin/pip install --quiet --disable-pip-version-check --group $(subst .venv-,,$*)
	touch $@

## Weak places of our code, and those that are known of what we pin. The second asks outside: a
## version known to be weak tells first whether any advisories can be had from here.
audit: $(AUDIT)/ready
	$(AUDIT)/bin/bandit --quiet --configfile pyproject.toml --recursive \
		datasets models training serving
	$(AUDIT)/bin/bandit --quiet --configfile pyproject.toml --skip B310,B608,B701 \
		--recursive pipelines
	@mkdir -p build && echo jinja2==2.10 > build/weak.txt
	@$(AUDIT)/bin/pip-audit --no-deps --disable-pip --progress-spinner off \
		--requirement build/weak.txt 2> build/audit.log | grep -Eq 'PYSEC|GHSA|CVE' || { \
		tail -n 1 build/audit.log >&2; echo "No advisories can be had from here:" \
		"the pinned packages were NOT audited. Run make audit where pypi.org answers." >&2; \
		exit 1; }
	$(AUDIT)/bin/pip-audit --strict --no-deps --disable-pip --progress-spinner off \
		--requirement constraints.txt

wheel: $(VENV)/ready
	rm -rf build dist *.egg-info
	$(BIN)/python -m build --wheel --outdir dist .

clean:
	rm -rf build dist *.egg-info $(VENV) $(ENGINES) $(AUDIT)

## Pin what a fresh environment resolves to; read the difference before it is committed.
constraints:
	rm -rf build/pins && $(PYTHON) -m venv build/pins
	build/pins/bin/pip install --quiet --upgrade pip
	build/pins/bin/pip install --quiet torch==2.13.0
	build/pins/bin/pip install --quiet '.[train,report,cluster]' --group dev
	build/pins/bin/pip freeze --exclude otklik --exclude setuptools \
		| sed 's/+cpu$$//' > constraints.txt
