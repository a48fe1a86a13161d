//go:build !linux

package main

import (
	"errors"
	"syscall"
	"time"
)

var errLinux = errors.New("processes are measured on Linux only")

func processAttributes() *syscall.SysProcAttr { return nil }
func cpuTime(int) (time.Duration, error)      { return 0, errLinux }
func peakMemory(int) (figure, error)          { return missing, errLinux }
