package engine

import (
	"fmt"
	"unsafe"

	"golang.org/x/sys/unix"
)

// signalCount is the number of signals the kernel knows (_NSIG).
const signalCount = 64

// signalAction is the kernel's struct sigaction on amd64 and arm64. The
// restorer is kept as it is: without it a handler could not return.
type signalAction struct {
	handler, flags, restorer, mask uint64
}

// keepSignals runs f and puts back every signal handler it changed.
// chdb_connect takes over SIGSEGV and others; left so, a nil dereference in Go
// hangs instead of ending the process.
func keepSignals(f func()) error {
	var saved [signalCount + 1]signalAction
	for signal := 1; signal <= signalCount; signal++ {
		if err := sigaction(signal, nil, &saved[signal]); err != nil {
			return err
		}
	}
	f()
	for signal := 1; signal <= signalCount; signal++ {
		if unix.Signal(signal) == unix.SIGKILL || unix.Signal(signal) == unix.SIGSTOP {
			continue
		}
		if err := sigaction(signal, &saved[signal], nil); err != nil {
			return err
		}
	}
	return nil
}

func sigaction(signal int, set, old *signalAction) error {
	const maskBytes = signalCount / 8
	_, _, errno := unix.RawSyscall6(unix.SYS_RT_SIGACTION, uintptr(signal),
		uintptr(unsafe.Pointer(set)), uintptr(unsafe.Pointer(old)), maskBytes, 0, 0)
	if errno != 0 {
		return fmt.Errorf("signal %d: %w", signal, errno)
	}
	return nil
}
