//go:build unix

package main

import "syscall"

// Only the user can read the files that this program and Terraform write, above all state and plans.
func init() { syscall.Umask(0o077) }
