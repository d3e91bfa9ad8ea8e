# Two commands for everyone: `make run` and `make test`. Everything else is
# for people who change Reli. Nothing has to be prepared by hand beyond Go,
# Node with npm, a C compiler, git and make.

SHELL := /bin/bash
DATA ?= data/demo
LISTEN ?= 127.0.0.1:8080
NPM_CI = npm ci --ignore-scripts --no-audit --no-fund
ARTIFACTS ?= $(CURDIR)/artifacts

LIBRARY := internal/engine/library/node_modules/.package-lock.json
UI_MODULES := web/ui/node_modules/.package-lock.json
PEERS := tiles/mvt/peers/node_modules/.package-lock.json
UI := web/ui/dist/index.html
UI_SOURCES := $(shell find web/ui/src web/ui/public -type f 2>/dev/null) $(wildcard web/ui/*.html) web/ui/vite.config.ts web/ui/package-lock.json

# What reads strangers' files is fuzzed in every run, the rest in `make soak`.
FUZZ ?= ./ingest/...
FUZZTIME ?= 30s

# Statistics without goroutines of note: the race detector makes them many
# times slower and finds nothing there. `make soak` runs them with it too.
NO_RACE := reli/demo|reli/geo|reli/analytics/forecast|reli/analytics/warning|reli/analytics/hotspot|reli/tiles/mvt|reli/tiles/shape|reli/tiles/pmtiles

PAGES := TestBrowserShowsThePages

.PHONY: run build setup test check test-go test-race test-pages test-ui fuzz browser bench bundle speed soak lint-all clean

## run: the fictional county on a map at http://127.0.0.1:8080
run: build
	@if [ ! -e "$(DATA)/.loaded" ]; then ./bin/reli demo --data "$(DATA)" && touch "$(DATA)/.loaded"; fi
	./bin/reli serve --data "$(DATA)" --listen $(LISTEN) --open

## test: everything that can be tested here, the browser's part too
test: build $(PEERS) browser check test-go test-race test-pages test-ui fuzz

## build: bin/reli
build: $(LIBRARY) $(UI)
	go build -o bin/reli ./cmd/reli

setup: $(LIBRARY) $(UI_MODULES) $(PEERS)

$(LIBRARY): internal/engine/library/package-lock.json
	cd internal/engine/library && $(NPM_CI)
	@touch $@

$(UI_MODULES): web/ui/package-lock.json
	cd web/ui && $(NPM_CI)
	@touch $@

$(PEERS): tiles/mvt/peers/package-lock.json
	cd tiles/mvt/peers && $(NPM_CI)
	@touch $@

$(UI): $(UI_MODULES) $(UI_SOURCES)
	cd web/ui && npm run build

## check: vet, staticcheck, gofmt, types of the front end
check: $(UI)
	@test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { gofmt -l $$(git ls-files '*.go'); echo 'gofmt: the files above are not formatted'; exit 1; }
	go vet ./...
	go tool staticcheck ./...
	cd web/ui && npm run check

# Nothing may hang on the machine's zone: the two halves run in two of them,
# what a developer runs by hand in his own.
test-go: $(LIBRARY) $(UI) $(PEERS)
	TZ=America/St_Johns go test -timeout 20m $$(go list ./... | grep -E '^($(NO_RACE))')

test-race: $(LIBRARY) $(UI) $(PEERS)
	TZ=Asia/Shanghai go test -race -timeout 40m -skip '^$(PAGES)$$' $$(go list ./... | grep -vE '^($(NO_RACE))')

# The pages' time is the browser's, so the server is the one that is shipped.
test-pages: $(LIBRARY) $(UI) browser
	RELI_ARTIFACTS=$(ARTIFACTS) go test -count=1 -timeout 40m -run '^$(PAGES)$$' -v ./cmd/reli

test-ui: $(UI_MODULES)
	cd web/ui && npm test

## fuzz: each fuzz target of FUZZ for FUZZTIME, two at a time
fuzz: $(LIBRARY) $(UI)
	@set -o pipefail; go test -list '^Fuzz' $(FUZZ) | awk '/^Fuzz/ { name[n++] = $$1 } /^ok/ { while (n > 0) print $$2, name[--n] }' \
		| FUZZTIME=$(FUZZTIME) xargs -r -P 2 -L 1 test/fuzz

## browser: Chromium for the page tests, installed where that is possible
browser:
	@if command -v chromium >/dev/null; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then apt-get update -qq && apt-get install -y -qq chromium >/dev/null; \
	else echo '*** no chromium here and no right to install it: the tests of the pages will be SKIPPED ***'; fi

## bench: the tables of docs/performance.md, as ratios within one run
bench: build
	go run ./test/bench

## speed: how fast the map page is in a browser, against its bars
speed: build browser
	RELI_SOAK=1 go test -count=1 -v -run TestThePagesAreFast ./cmd/reli

## soak: the long runs that are no part of test
soak: build browser
	RELI_SOAK=1 TZ=America/St_Johns go test -race -timeout 3h ./...
	$(MAKE) fuzz FUZZ=./... FUZZTIME=5m

## lint-all: golangci-lint, built from source; slow on two cores
lint-all:
	go run github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.5.0 run ./...

## bundle: a directory that runs on a machine without a network
bundle: build
	rm -rf bin/reli-bundle && mkdir -p bin/reli-bundle/lib
	cp bin/reli README.md README.zh-CN.md LICENSE bin/reli-bundle/
	cp $$(find internal/engine/library/node_modules -name 'libchdb.*' | head -n 1) bin/reli-bundle/lib/
	tar -C bin -czf bin/reli-bundle.tar.gz reli-bundle

clean:
	rm -rf bin artifacts web/ui/dist/*
