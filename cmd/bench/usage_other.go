//go:build !linux

package main

import (
	"errors"
	"time"
)

var errLinux = errors.New("processes can be measured on Linux only")

func cpuTime(int) (time.Duration, error) { return 0, errLinux }
func peakMemory(int) (float64, error)    { return missing, errLinux }
