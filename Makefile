# `make run` starts everything on a machine with Python 3.11 and nothing else. See `make help`.
SYSTEM_PYTHON ?= $(shell command -v python3.11 || command -v python3 || echo python3)
PYTHON := .venv/bin/python
# Sales of the crash test and webhooks of the storm of messengers. The whole storms, twenty minutes more:
# `make test CRASH_SALES=300 CHAOS_WEBHOOKS=2000`.
CRASH_SALES ?= 120
CHAOS_WEBHOOKS ?= 300
export CRASH_SALES CHAOS_WEBHOOKS

# Three processes for two cores: while a journey waits for a page, the others compute. Files in their own
# order, so that the longest one does not come last and alone. On a larger machine: `make test PROCESSES=6`.
PROCESSES ?= 3
TOGETHER := -n $(PROCESSES) --dist loadfile --no-loadscope-reorder

.DEFAULT_GOAL := help
.PHONY: help run test check bench doctor format

help:  ## Показать этот список
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 16

run:  ## Установить недостающее и запустить сервис
	@$(SYSTEM_PYTHON) scripts/bootstrap.py run
	@exec $(PYTHON) -m insurance_chat run

doctor:  ## Проверить установку
	@$(SYSTEM_PYTHON) scripts/bootstrap.py run
	@exec $(PYTHON) -m insurance_chat doctor

test:  ## Запустить все тесты
	@$(SYSTEM_PYTHON) scripts/bootstrap.py dev
	$(PYTHON) -m pytest $(TOGETHER) --ignore=tests/journeys/crash
	$(PYTHON) -m pytest tests/journeys/crash

check:  ## Проверить стиль, типы и границы между частями
	@$(SYSTEM_PYTHON) scripts/bootstrap.py dev
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports
	$(PYTHON) -m pytest tests/architecture

format:  ## Привести код к единому виду
	@$(SYSTEM_PYTHON) scripts/bootstrap.py dev
	.venv/bin/ruff check --fix .
	.venv/bin/ruff format .

bench:  ## Измерить скорость
	@$(SYSTEM_PYTHON) scripts/bootstrap.py bench
	$(PYTHON) -m bench
