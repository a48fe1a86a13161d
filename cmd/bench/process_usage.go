package main

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// usage returns the CPU time of a process so far and its peak resident memory in MiB. The CPU time is exact to the
// nanosecond; /proc/PID/stat has only hundredths of a second.
func usage(pid int) (cpu time.Duration, peak float64, err error) {
	const schedulerClock = 2 // of the per-process clocks, CPUCLOCK_SCHED
	var t unix.Timespec
	if err := unix.ClockGettime(int32(^pid<<3|schedulerClock), &t); err != nil {
		return 0, 0, fmt.Errorf("read CPU time of process %d, which works on Linux only: %w", pid, err)
	}
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, 0, fmt.Errorf("read peak memory: %w", err)
	}
	_, line, _ := bytes.Cut(status, []byte("VmHWM:"))
	line, _, _ = bytes.Cut(line, []byte("kB"))
	kib, err := strconv.Atoi(string(bytes.TrimSpace(line)))
	return time.Duration(t.Nano()), float64(kib) / 1024, err
}
