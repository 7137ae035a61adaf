# The settings of an example inside of this repository. A copy elsewhere uses those of its Makefile.

ROOT := $(abspath $(dir $(lastword $(MAKEFILE_LIST)))..)
PYTHON := $(ROOT)/python_worker/.venv/bin/python
SCHEMA := $(ROOT)/db/migrations
INSTALLED := $(PYTHON)
WITH_DATABASE := $(if $(DATABASE_URL),,$(ROOT)/bin/badge-forge db run --throwaway --)
.DEFAULT_GOAL := demo

# The Oban that elixir_app/mix.exs chooses, too.
ifeq ($(or $(OBAN),$(shell cat $(ROOT)/var/oban 2>/dev/null)),stand-in)
export MIX_EXS := $(ROOT)/examples/stand_in.exs
else
export MIX_DEPS_PATH ?= $(ROOT)/elixir_app/deps
endif

$(PYTHON):
	@$(ROOT)/bin/setup
