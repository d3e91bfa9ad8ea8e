package engine

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

const (
	libraryFile = "libchdb.so"
	// libraryFolder is where `npm ci --prefix internal/engine/library` puts it.
	libraryFolder = "internal/engine/library/node_modules/@chdb"
)

// ErrNoLibrary says that the engine's library is not installed.
var ErrNoLibrary = errors.New("the engine library " + libraryFile + " is not installed")

// FindLibrary gives the path of the engine's library: the explicit one, or that
// beside the executable, or that of a source tree around the executable or the
// working directory.
func FindLibrary(explicit string) (string, error) {
	if explicit != "" {
		info, err := os.Stat(explicit)
		if err != nil {
			return "", fmt.Errorf("%w: %w", ErrNoLibrary, err)
		}
		if info.IsDir() {
			return FindLibrary(filepath.Join(explicit, libraryFile))
		}
		return filepath.Abs(explicit)
	}
	var places []string
	if executable, err := os.Executable(); err == nil {
		if real, err := filepath.EvalSymlinks(executable); err == nil {
			executable = real
		}
		folder := filepath.Dir(executable)
		places = append(places, filepath.Join(folder, "lib", libraryFile), filepath.Join(folder, "..", "lib", libraryFile),
			filepath.Join(folder, "..", libraryFolder, packageName(), libraryFile))
	}
	if folder, err := os.Getwd(); err == nil {
		for {
			places = append(places, filepath.Join(folder, libraryFolder, packageName(), libraryFile))
			parent := filepath.Dir(folder)
			if parent == folder {
				break
			}
			folder = parent
		}
	}
	for _, place := range places {
		if info, err := os.Stat(place); err == nil && !info.IsDir() {
			return filepath.Clean(place), nil
		}
	}
	return "", fmt.Errorf("%w; run `npm ci --ignore-scripts --prefix internal/engine/library` in the source tree, "+
		"or put it into lib/ beside the executable; looked at:\n  %s", ErrNoLibrary, strings.Join(places, "\n  "))
}

// packageName is the npm package of this platform.
func packageName() string {
	arch := map[string]string{"amd64": "x64"}[runtime.GOARCH]
	if arch == "" {
		arch = runtime.GOARCH
	}
	return "lib-linux-" + arch + "-gnu"
}
