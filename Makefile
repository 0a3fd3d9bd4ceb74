# Two commands do everything: `make run` and `make test`. `make check` is what a change has to pass before it is shown.

SOURCES = $(shell git ls-files '*.cc' '*.h')
BUILD   = cmake --build --preset

.PHONY: run build test check format tidy unit asan tsan fuzz bench packages test-packages clean

# Without the tests, which are a third of a build.
run: packages build/release/build.ninja
	@$(BUILD) release --target cli-programs trading-programs
	@scripts/run

build: packages build/release/build.ninja
	@$(BUILD) release

build/%/build.ninja:
	@cmake --preset $* > build.log 2>&1 || { cat build.log; rm -f build.log; exit 1; }; rm -f build.log

packages:
	@scripts/install_packages

test-packages:
	@scripts/install_packages test

# Everything: builds, then unit tests, transcripts, real clients, crashes, simulation, sanitizers, fuzzers, the documentation's
# examples, and `make run` itself. `tests/run --help` names the suites.
test: test-packages
	@tests/run

# Under two minutes when warm.
check: packages tidy unit

unit: build/release/build.ninja
	@$(BUILD) release
	@ctest --preset release

tidy:
	@tests/tidy/tidy
	@tests/tidy/tidy_test.py

format:
	@clang-format-19 -i $(SOURCES)

asan: build/asan/build.ninja
	@$(BUILD) asan
	@ctest --preset asan

tsan: build/tsan/build.ninja
	@$(BUILD) tsan
	@ctest --preset tsan

fuzz:
	@tests/run fuzz

bench: build
	@bench/run

clean:
	@rm -rf build
