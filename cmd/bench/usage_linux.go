package main

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// cpuTime returns the CPU time of a process so far, to the nanosecond; /proc/PID/stat has only hundredths of a second.
func cpuTime(pid int) (time.Duration, error) {
	const schedulerClock = 2 // of the per-process clocks, CPUCLOCK_SCHED
	var t unix.Timespec
	if err := unix.ClockGettime(int32(^pid<<3|schedulerClock), &t); err != nil {
		return 0, fmt.Errorf("read CPU time of process %d: %w", pid, err)
	}
	return time.Duration(t.Nano()), nil
}

// peakMemory returns the peak resident memory of a process, in MiB.
func peakMemory(pid int) (float64, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return missing, fmt.Errorf("read peak memory: %w", err)
	}
	_, line, _ := bytes.Cut(status, []byte("VmHWM:"))
	line, _, _ = bytes.Cut(line, []byte("kB"))
	kib, err := strconv.Atoi(string(bytes.TrimSpace(line)))
	if err != nil {
		return missing, fmt.Errorf("read peak memory: %w", err)
	}
	return float64(kib) / 1024, nil
}
