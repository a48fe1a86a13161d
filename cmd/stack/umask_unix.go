//go:build unix

package main

import "syscall"

// What this program and Terraform write, above all state and plans, is readable by nobody else.
func init() { syscall.Umask(0o077) }
