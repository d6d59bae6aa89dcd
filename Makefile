# Two commands do everything on a machine with Python 3.11: `make run` and `make test`.

PYTHON ?= python3.11
VENV ?= .venv
BIN := $(VENV)/bin
VAR ?= var
PORT ?= 8080
MESSAGES ?= 5000
DEMO = OTKLIK_VAR=$(VAR) OTKLIK_DATABASE_URL=sqlite:///$(VAR)/demo.db
BENCHMARKS := city duplicates encoder imports incidents masking places problems readers review serving store

.PHONY: run test lint types bench clean wheel docs constraints $(addprefix bench-,$(BENCHMARKS))

## Set up: everything pinned, all extras, the package editable.
$(VENV)/ready: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --upgrade "pip>=25.1"
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt torch==2.13.0
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt \
		-e '.[train,report,cluster]' --group dev
	touch $@

## A city that does not exist, its last four weeks, and the service: open the address it prints.
run: $(VENV)/ready
	$(DEMO) $(BIN)/otklik model base
	$(DEMO) $(BIN)/otklik model build
	$(DEMO) $(BIN)/otklik synthetic make --seed 7 --messages $(MESSAGES) --out $(VAR)/demo.db
	for week in 2025-W49 2025-W50 2025-W51 2025-W52; do \
		$(DEMO) $(BIN)/otklik weekly --week $$week --city config/grozny.toml \
			--out $(VAR)/reports || exit 1; done
	$(DEMO) $(BIN)/otklik serve --port $(PORT)

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

$(addprefix bench-,$(BENCHMARKS)): bench-%: $(VENV)/ready
	$(BIN)/python benchmarks/$*.py

wheel: $(VENV)/ready
	rm -rf build dist *.egg-info
	$(BIN)/python -m build --wheel --outdir dist .

clean:
	rm -rf build dist *.egg-info $(VENV)

## Pin what a fresh environment resolves to; read the difference before it is committed.
constraints:
	rm -rf build/pins && $(PYTHON) -m venv build/pins
	build/pins/bin/pip install --quiet --upgrade pip
	build/pins/bin/pip install --quiet torch==2.13.0
	build/pins/bin/pip install --quiet '.[train,report,cluster]' --group dev
	build/pins/bin/pip freeze --exclude otklik --exclude setuptools \
		| sed 's/+cpu$$//' > constraints.txt
