//go:build unix

package httpclient

import "syscall"

// quiet reports whether nothing has come on an idle connection, neither its end nor bytes that nobody asked for: the
// next request would take those for its own answer.
func quiet(raw syscall.RawConn) bool {
	nothing := false
	err := raw.Read(func(fd uintptr) bool {
		var one [1]byte
		_, _, err := syscall.Recvfrom(int(fd), one[:], syscall.MSG_PEEK)
		nothing = err == syscall.EAGAIN || err == syscall.EWOULDBLOCK
		return true
	})
	return err == nil && nothing
}
