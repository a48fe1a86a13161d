//go:build !unix

package httpclient

import "syscall"

// quiet cannot tell here, so an end shows when the next request gets no answer.
func quiet(syscall.RawConn) bool { return true }
