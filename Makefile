.PHONY: check test lint types contracts docs bench

check: lint types contracts docs test

lint:
	ruff check .
	ruff format --check .

types:
	mypy

contracts:
	lint-imports

docs:
	python docs/generate.py --check

test:
	python -m pytest

bench:
	python benchmarks/run.py --pods 10000
	python benchmarks/network.py
