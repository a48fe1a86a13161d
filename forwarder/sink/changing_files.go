package sink

import (
	"os"
	"slices"
	"sync"
	"time"

	"go.uber.org/zap"
)

// fileValue is a value read from files that may be replaced while they are in use, such as secrets and certificates.
// While a file cannot be read, or its content is not valid (one of a pair is replaced before the other), the last good
// value stays in use.
type fileValue[T any] struct {
	files []string
	read  func() (T, error)
	log   *zap.Logger

	mu      sync.Mutex
	last    T
	checked time.Time
	of      []os.FileInfo // the files from which last was read
	logged  string
}

// rereadAfter is how long a value is used before its files are checked again.
const rereadAfter = time.Second

// newFileValue reads files. Names may be empty; if all are, the value is the zero value.
func newFileValue[T any](log *zap.Logger, read func() (T, error), files ...string) (*fileValue[T], error) {
	isEmpty := func(file string) bool { return file == "" }
	r := &fileValue[T]{files: slices.DeleteFunc(files, isEmpty), read: read, log: log}
	if len(r.files) == 0 {
		return r, nil
	}
	return r, r.reload()
}

// value returns the value that the files contain now.
func (r *fileValue[T]) value() T {
	if len(r.files) == 0 {
		return r.last
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if time.Since(r.checked) > rereadAfter {
		err := r.reload()
		if err != nil && r.log != nil && err.Error() != r.logged {
			r.log.Warn("cannot read a changed file, using its earlier content", zap.Strings("files", r.files), zap.Error(err))
			r.logged = err.Error()
		}
	}
	return r.last
}

func (r *fileValue[T]) reload() error {
	r.checked = time.Now()
	found := make([]os.FileInfo, len(r.files))
	changed := r.of == nil
	for i, file := range r.files {
		info, err := os.Stat(file)
		if err != nil {
			return err
		}
		found[i] = info
		changed = changed || !sameFile(info, r.of[i])
	}
	if !changed {
		return nil
	}
	value, err := r.read()
	if err == nil {
		r.last, r.of, r.logged = value, found, ""
	}
	return err
}

func sameFile(a, b os.FileInfo) bool {
	return os.SameFile(a, b) && a.ModTime().Equal(b.ModTime()) && a.Size() == b.Size()
}
