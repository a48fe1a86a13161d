//go:build unix

package main

import "syscall"

// keepPrivate has what this program and Terraform write, state and plans before all, be readable by nobody else.
func keepPrivate() { syscall.Umask(0o077) }
