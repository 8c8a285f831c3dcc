# Everything sets itself up in .venv; nothing else is needed than Python ≥ 3.11 and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: demo test test-slow lint bench bench-quick bench-commands bench-batch bench-large docs readme clean

# The main job: filter the sample pictures, results in demo-output/.
demo: $(VENV)/installed
	@mkdir -p demo-output
	$(BIN)/convfilter apply sample_images/flower.jpg --kernel sharpen --stride 2 -f -o demo-output/
	$(BIN)/convfilter apply sample_images/page.png --kernel sharpen --border edge -f -o demo-output/
	$(BIN)/convfilter apply sample_images/building.png --kernel sobel-y --gray -f -o demo-output/
	$(BIN)/convfilter apply sample_images/night.jpg --kernel gaussian-7 --border edge -f -o demo-output/
	$(BIN)/convfilter apply sample_images/sticker.png --kernel blur --border zero -f -o demo-output/
	@echo; echo "the pictures are in demo-output/; in this shell '. $(BIN)/activate' makes convfilter a command"

# Format, lint, types, tests, doctests, and the built wheel in an empty environment.
test: lint
	$(BIN)/pytest -q --doctest-modules convfilter
	$(BIN)/pytest -q -n auto --dist worksteal -m "not slow"

test-slow: $(VENV)/test-installed
	CONVFILTER_TEST_ALL_LOOPS=1 $(BIN)/pytest -q -n auto --dist worksteal

lint: $(VENV)/test-installed
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

# Every kind of kernel at 1 Mpx against all rivals, then the claims one by one: a quarter of an hour.
bench: $(VENV)/bench-installed
	$(BIN)/python benchmarks/matrix.py
	$(BIN)/python benchmarks/claims.py
	$(BIN)/python benchmarks/render.py

# A tenth of the kinds, two minutes; what docs/speed.md says stays as it is.
bench-quick: $(VENV)/bench-installed
	$(BIN)/python benchmarks/matrix.py --quick

# Whole commands against vips, ImageMagick, GraphicsMagick, ffmpeg: those that are installed.
bench-commands: $(VENV)/bench-installed
	$(BIN)/python benchmarks/commands.py
	$(BIN)/python benchmarks/render.py

# Folders of photographs against vips, ImageMagick, GraphicsMagick under xargs; 10,000 small files.
bench-batch: $(VENV)/bench-installed
	$(BIN)/python benchmarks/batch.py

# 12, 108 and 400 Mpx: time a pixel, memory. Needs 4 GB.
bench-large: $(VENV)/bench-installed
	$(BIN)/python benchmarks/large.py
	$(BIN)/python benchmarks/render.py

# The docs as a site, in build/site; every warning is an error.
docs: $(VENV)/docs-installed
	$(BIN)/python -m sphinx --fail-on-warning --keep-going --quiet docs build/site
	@echo "build/site/index.html"

# Everything in the README and docs that the program writes itself.
readme: $(VENV)/test-installed
	$(BIN)/python docs/generate.py
	$(BIN)/python benchmarks/render.py

$(VENV)/installed: pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.12")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --editable .
	@touch $@

$(VENV)/test-installed: $(VENV)/installed
	$(BIN)/python -m pip install --quiet --editable '.[test]'
	@touch $@

$(VENV)/docs-installed: $(VENV)/installed
	$(BIN)/python -m pip install --quiet --editable '.[docs]'
	@touch $@

$(VENV)/bench-installed: $(VENV)/test-installed
	$(BIN)/python -m pip install --quiet --editable '.[test,bench]'
	@touch $@

clean:
	rm -rf $(VENV) build dist demo-output .mypy_cache .pytest_cache .ruff_cache .hypothesis *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Damaged files of every format, for ten minutes; whatever does not end well is kept in build/fuzz.
.PHONY: fuzz
fuzz: $(VENV)/test-installed
	$(BIN)/python tests/robust/fuzz.py --minutes 10
