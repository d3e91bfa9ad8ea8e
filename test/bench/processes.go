package main

import (
	"os"
	"runtime/debug"
	"strconv"
	"strings"
	"time"
)

// memory is the most that the two processes of a server held, in MB; zero
// where the system does not tell.
type memory struct{ server, engine float64 }

func (m memory) known() bool { return m.server > 0 && m.engine > 0 }

func (m memory) max(o memory) memory {
	return memory{server: max(m.server, o.server), engine: max(m.engine, o.engine)}
}

// watchMemory begins to watch; the function it gives tells the most since
// then. What this process held before for other parts is given back first.
func watchMemory(engine int) func() memory {
	debug.FreeOSMemory()
	for _, pid := range []string{"self", strconv.Itoa(engine)} {
		// 5 sets the peak back to what is held now (proc(5)).
		_ = os.WriteFile("/proc/"+pid+"/clear_refs", []byte("5"), 0)
	}
	return func() memory { return memory{server: peakMemory("self"), engine: peakMemory(strconv.Itoa(engine))} }
}

// peakMemory is VmHWM of a process in MB.
func peakMemory(pid string) float64 {
	text, err := os.ReadFile("/proc/" + pid + "/status")
	if err != nil {
		return 0
	}
	_, after, _ := strings.Cut(string(text), "VmHWM:")
	fields := strings.Fields(after)
	if len(fields) == 0 {
		return 0
	}
	kb, err := strconv.ParseFloat(fields[0], 64)
	if err != nil {
		return 0
	}
	return kb * 1024 / 1e6
}

// clockTick is the unit of processor time in /proc (USER_HZ, 100 on every
// Linux).
const clockTick = 10 * time.Millisecond

// processorTimeOf is what a process has used of all processors, 0 where the
// system does not tell.
func processorTimeOf(pid int) time.Duration {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return 0
	}
	_, after, _ := strings.Cut(string(text), ") ") // the name before it may hold blanks
	fields := strings.Fields(after)
	if len(fields) < 13 {
		return 0
	}
	user, _ := strconv.Atoi(fields[11]) // fields 14 and 15 of proc(5): utime, stime
	system, _ := strconv.Atoi(fields[12])
	return time.Duration(user+system) * clockTick
}
