package engine

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/landlock-lsm/go-landlock/landlock"
	ll "github.com/landlock-lsm/go-landlock/landlock/syscall"
	"golang.org/x/sys/unix"
)

// readable are the places outside the data directory that the engine reads:
// shared libraries, time zones, and what the kernel says of processors and
// memory.
var readable = []string{"/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/share/zoneinfo", "/sys/fs/cgroup", "/sys/devices/system", "/sys/kernel/mm"}

var readableFiles = []string{"/etc/ld.so.cache", "/etc/localtime", "/etc/timezone", "/dev/urandom", "/dev/random", "/dev/zero"}

// kernelFolders and kernelFiles are the parts of /proc that it reads: of
// processes its own alone, whose environment holds nothing (childEnvironment).
var (
	kernelFolders = []string{"/proc/self", "/proc/sys/vm"}
	kernelFiles   = []string{"/proc/meminfo", "/proc/cpuinfo", "/proc/stat", "/proc/loadavg", "/proc/uptime", "/proc/filesystems", "/proc/version"}
)

// netABI is the first version of Landlock that closes TCP; ABIs below fileABI
// cannot let the engine move files between folders, so there is no sandbox.
const (
	fileABI = 2
	netABI  = 4
)

// confine takes from this process, as far as the kernel can, all files but the
// data directory and what the engine has to read, and the network. It cannot
// be undone. It gives the version of Landlock, 0 without one.
func confine(config ChildConfig) (abi int, err error) {
	abi, err = ll.LandlockGetABIVersion()
	if err != nil || abi < fileABI {
		return 0, nil // no such kernel: the caller says so
	}
	library, err := filepath.EvalSymlinks(config.Library)
	if err != nil {
		return abi, err
	}
	if err := pin(slices.Concat(kernelFolders, kernelFiles)); err != nil {
		return abi, err
	}
	err = landlock.V6.BestEffort().Restrict(
		landlock.RWDirs(config.DataDir, filepath.Dir(config.Socket)).WithRefer(),
		landlock.RODirs(slices.Concat(readable, kernelFolders, []string{filepath.Dir(library), filepath.Dir(config.Library)})...).IgnoreIfMissing(),
		landlock.ROFiles(slices.Concat(readableFiles, kernelFiles)...).IgnoreIfMissing(),
		landlock.RWFiles("/dev/null").IgnoreIfMissing(),
	)
	if err != nil {
		return abi, fmt.Errorf("confine the engine: %w", err)
	}
	return abi, nil
}

// pin opens places of /proc for the life of the process. A rule holds for the
// kernel's present object of a place, and one of /proc that nobody has open is
// made anew when memory was short.
func pin(paths []string) error {
	for _, path := range paths {
		if _, err := unix.Open(path, unix.O_PATH|unix.O_CLOEXEC, 0); err != nil && !errors.Is(err, unix.ENOENT) {
			return fmt.Errorf("open %s: %w", path, err)
		}
	}
	return nil
}

// saySandbox logs how far the child is confined.
func (e *Engine) saySandbox() {
	if e.Landlock() == 0 {
		e.config.Logger.Warn("this kernel has no Landlock: the engine's process is not confined to the data directory")
		return
	}
	e.config.Logger.Info("the engine's process is confined to the data directory",
		"landlock", e.Landlock(), "network_closed", e.Landlock() >= netABI)
}

// passedOn are the variables that the child gets of this process's: none that
// could hold a secret.
var passedOn = []string{
	"PATH", "HOME", "TMPDIR", "LANG", "LC_ALL", "LD_LIBRARY_PATH",
	"GODEBUG", "GOTRACEBACK", "GOMAXPROCS", "GOMEMLIMIT", "GORACE", "GOCOVERDIR",
}

// childEnvironment leaves those of an environment. The child's zone is UTC
// wherever it runs: what a day is, each statement says itself.
func childEnvironment(environment []string) []string {
	return append(slices.DeleteFunc(slices.Clone(environment), func(each string) bool {
		name, _, _ := strings.Cut(each, "=")
		return !slices.Contains(passedOn, name)
	}), "TZ=UTC")
}
