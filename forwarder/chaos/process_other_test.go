//go:build !linux

package chaos

import "syscall"

// attributes keep a Ctrl-C at the terminal from the forwarders: the test ends them.
func attributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
