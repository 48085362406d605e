# A newcomer needs `make up`, then `make demo` in a second terminal; a developer `make test` and `make check`.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
RUN    := $(BIN)/seatmark

# Byte code is worth writing: every process of a test run would compile everything anew.
unexport PYTHONDONTWRITEBYTECODE

PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet install --require-virtualenv

# A stamp is the lock file it was installed from, so touching a lock or changing branches installs nothing.
RUNTIME := $(VENV)/requirements.lock
DEV     := $(VENV)/requirements-dev.lock
MADE    := $(VENV)/made
NODE    := conformance/node_modules/package-lock.json

# The console, where there is Node; without it everything else is served all the same.
HAS_NODE     := node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' 2> /dev/null && npm --version > /dev/null 2>&1
CONSOLE      := console/dist/index.html
CONSOLE_NODE := console/node_modules/package-lock.json
CONSOLE_MADE_OF = $(wildcard console/*.*) $(shell find console/src console/public console/codegen -type f ! -name '*.generated.ts' ! -path '*/generated/*') schema.graphql

.PHONY: up console console-test console-check demo test test-slow conformance bench check fmt schema client client-check client-generated release-schema events migration lock clean faults test-pgbouncer soak
.DEFAULT_GOAL := up

# What generates the client needs an older graphql-core than we do, and so has an environment of its own.
CLIENT    := clients/python
CODEGEN   := $(CLIENT)/.venv/requirements.lock
GENERATED := build/client

# For whoever has just cloned this: with GraphiQL, and the console if it can be built. `seatmark up` by itself is as in
# production.
up: $(RUNTIME)
	@if $(HAS_NODE); then $(MAKE) --no-print-directory console || echo "The console could not be built; everything else is served."; \
	else echo "There is no Node 20.19 with npm, which building the console takes; everything else is served."; fi
	@SEATMARK_ENVIRONMENT=$${SEATMARK_ENVIRONMENT:-development} exec $(RUN) up

console: $(CONSOLE)

# Journeys through a `seatmark up` of its own, with Debian's Chromium. Some: ARGS="tests/seats.spec.ts"
console-test: $(RUNTIME) $(CONSOLE)
	@command -v $${CHROMIUM:-chromium} > /dev/null || { echo "this takes Debian's chromium: apt-get install chromium"; exit 1; }
	npm --prefix console test $(if $(ARGS),-- $(ARGS))

console-check: $(CONSOLE_NODE)
	npm --prefix console run check

demo: $(RUNTIME)
	@exec $(RUN) demo

# Two processes for two cores: a third and a fourth import everything once more, and the cores are busy as it is.
test: $(DEV)
	$(BIN)/python -m pytest -n 2 --dist worksteal -m "not slow and not faults" $(ARGS)

# Few tests, each of which kills processes or fills a database for many seconds.
test-slow: $(DEV)
	$(BIN)/python -m pytest -n 2 --dist worksteal -m "slow and not faults" $(ARGS)

# Some stand where what they break does: F7 (a lock), F14, F17, F18.
FAULTS := tests/faults tests/http/test_busy_organization.py tests/retention/test_race.py tests/http/test_attacks.py tests/events/test_chain.py

# Every fault of faults.md, with a table of what was injected, how often, and what was found: at most half an hour. Some
# processes run with a clock that is wrong, which takes Debian's libfaketime. One fault: ARGS="-k clocks".
faults: $(DEV)
	@ls /usr/lib/*/faketime/libfaketime.so.1 > /dev/null 2>&1 || { echo "this takes Debian's libfaketime: apt-get install libfaketime"; exit 1; }
	$(BIN)/python -m pytest -n 2 --dist worksteal $(FAULTS) $(ARGS)

# The suite through a PgBouncer in transaction mode (Debian's package); QUICK=1: the files that tell most.
TELLING := tests/test_transactions.py tests/test_turns.py tests/test_savepoints.py tests/test_row_security.py tests/identity/test_idempotency.py \
           tests/http/test_idempotency.py tests/http/test_what_if.py tests/http/test_graphql_operations.py tests/billing/test_close.py tests/workers
test-pgbouncer: $(DEV)
	SEATMARK_TEST_PGBOUNCER=1 $(BIN)/python -m pytest -n 2 --dist worksteal -m "not slow and not faults" $(if $(QUICK),$(TELLING)) $(ARGS)

# Twelve simulated months of a thousand organizations under random faults, ten minutes and the judging, on servers of its
# own. MINUTES=2 ORGANIZATIONS=100 make it smaller; SEED=… repeats the faults of a run; LOGS=… keeps what processes said.
soak: $(DEV)
	$(BIN)/python -m tests.soak

# What others hold a GraphQL API to, against a real server; needs Node 20 and npm. One suite: ARGS=conformance/test_relay.py
conformance: $(DEV) $(NODE)
	$(BIN)/python -m pytest -n 0 $(or $(ARGS),conformance)

# Ratios to limits measured in the same run, on servers of its own; for a quiet machine. One of them: ARGS=checking. What it
# finds is printed, and written to build/bench.json. With Debian's wrk the load takes less of the machine.
bench: $(DEV)
	$(BIN)/python -m bench $(ARGS)

check: $(DEV) client-check
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -q tests/test_layers.py tests/test_schema.py tests/test_migrations.py
	@if $(HAS_NODE); then $(MAKE) --no-print-directory console-check; else echo "Without Node 20.19 and npm the console is not checked."; fi

fmt: $(DEV)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

schema: $(RUNTIME)
	$(RUN) schema > schema.graphql.new
	mv schema.graphql.new schema.graphql

# The catalogue of events in the document for partners.
events: $(RUNTIME)
	$(BIN)/python -c "from app.domain.event_page import as_markdown; print(as_markdown(), end='')" > $(VENV)/events.md
	sed -i -e '/^<!-- events -->$$/r $(VENV)/events.md' -e '/^<!-- events -->$$/,/^<!-- \/events -->$$/{/^<!--/!d}' docs/partners.md

# The schema of the release that pyproject.toml names: what `make conformance` holds later ones against.
release-schema: schema
	cp schema.graphql releases/schema-$$(sed -n 's/^version = "\(.*\)"/\1/p' pyproject.toml).graphql

# The Python client of partners, typed, out of the schema and clients/python/operations.
client: client-generated
	rm -f $(CLIENT)/seatmark_client/*.py
	cp $(GENERATED)/seatmark_client/*.py $(CLIENT)/seatmark_client

# What is committed is what is generated.
client-check: client-generated
	@diff -r -x py.typed -x __pycache__ $(GENERATED)/seatmark_client $(CLIENT)/seatmark_client || { echo "run \`make client\`"; exit 1; }

client-generated: $(CODEGEN)
	@rm -rf $(GENERATED) && mkdir -p $(GENERATED)
	@cp -R schema.graphql $(CLIENT)/operations $(CLIENT)/base_client.py $(CLIENT)/pyproject.toml $(GENERATED)
	@cd $(GENERATED) && $(CURDIR)/$(CLIENT)/.venv/bin/ariadne-codegen > codegen.log || { cat codegen.log; exit 1; }

migration: $(DEV)
	$(RUN) makemigrations
	$(BIN)/ruff check --fix --quiet app/migrations
	$(BIN)/ruff format --quiet app/migrations

# Locks hold hashes and no address of a package host.
UV_COMPILE = $(BIN)/uv --system-certs pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header

lock: $(MADE)
	$(PIP) uv
	$(UV_COMPILE) $(UPGRADE) requirements.in --output-file requirements.lock
	$(UV_COMPILE) $(UPGRADE) requirements-dev.in --output-file requirements-dev.lock
	$(UV_COMPILE) $(UPGRADE) $(CLIENT)/requirements.in --output-file $(CLIENT)/requirements.lock

clean:
	rm -rf $(VENV) console/node_modules console/dist console/build console/src/graphql/generated conformance/node_modules conformance/relay/__generated__ .schemathesis build *.egg-info .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find app workers tests -name __pycache__ -prune -exec rm -rf {} +
	find console/src -name '*.generated.ts' -delete

$(MADE):
	@echo "Making the virtual environment in $(VENV)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Seatmark needs Python 3.11 or newer")'
	@$(PYTHON) -m venv $(VENV)
	@touch $@

$(RUNTIME): requirements.lock pyproject.toml | $(MADE)
	@cmp -s $< $@ || { echo "Installing what $< pins"; $(PIP) --no-deps --require-hashes -r $<; }
	@$(PIP) --no-deps --no-build-isolation --no-index --editable .
	@cp $< $@

$(DEV): requirements-dev.lock $(RUNTIME)
	@cmp -s $< $@ || { echo "Installing what $< pins"; $(PIP) --no-deps --require-hashes -r $<; }
	@cp $< $@

$(NODE): conformance/package-lock.json conformance/package.json
	@cmp -s $< $@ || { echo "Installing what $< pins"; npm --prefix conformance --loglevel error --no-fund --no-audit ci; }
	@cp $< $@

$(CONSOLE_NODE): console/package-lock.json console/package.json
	@cmp -s $< $@ || { echo "Installing what $< pins"; npm --prefix console --loglevel error --no-fund --no-audit ci; }
	@cp $< $@

$(CONSOLE): $(CONSOLE_NODE) $(CONSOLE_MADE_OF)
	@echo "Building the console"
	@mkdir -p console/build && npm --prefix console run build > console/build/log 2>&1 || { cat console/build/log; exit 1; }

$(CODEGEN): $(CLIENT)/requirements.lock
	@test -d $(@D) || $(PYTHON) -m venv $(@D)
	@cmp -s $< $@ || $(@D)/bin/python -m pip --disable-pip-version-check --quiet install --require-virtualenv --no-deps --require-hashes -r $<
	@cp $< $@
