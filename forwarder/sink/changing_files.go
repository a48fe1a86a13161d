package sink

import (
	"errors"
	"os"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"

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
	seen    []os.FileInfo // of the files, when last was read
	checked time.Time
	logged  string
}

// rereadAfter is how long a value is used before its files are looked at again.
const rereadAfter = time.Second

// newFileValue reads a value. Names of files may be empty; if all are, the value is not read again.
func newFileValue[T any](log *zap.Logger, read func() (T, error), files ...string) (*fileValue[T], error) {
	first, err := read()
	files = slices.DeleteFunc(files, func(file string) bool { return file == "" })
	return &fileValue[T]{files: files, read: read, log: log, checked: time.Now(), last: first}, err
}

// value returns the value that the files had at most rereadAfter ago.
func (r *fileValue[T]) value() T {
	if len(r.files) == 0 {
		return r.last
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if time.Since(r.checked) <= rereadAfter {
		return r.last
	}
	r.checked = time.Now()
	if err := r.reload(); err != nil && r.log != nil && err.Error() != r.logged {
		r.log.Warn("cannot read a changed file, using its earlier content", zap.Strings("files", r.files), zap.Error(err))
		r.logged = err.Error()
	}
	return r.last
}

// reload reads the files if they have changed: connections keep the certificates that they were made with, so a new
// copy of the same ones would only take memory.
func (r *fileValue[T]) reload() error {
	now := make([]os.FileInfo, len(r.files))
	for i, file := range r.files {
		info, err := os.Stat(file)
		if err != nil {
			return err
		}
		now[i] = info
	}
	if slices.EqualFunc(now, r.seen, isSameFile) {
		return nil
	}
	value, err := r.read()
	if err == nil {
		r.last, r.seen, r.logged = value, now, ""
	}
	return err
}

func isSameFile(a, b os.FileInfo) bool {
	return os.SameFile(a, b) && a.ModTime().Equal(b.ModTime()) && a.Size() == b.Size()
}

func readToken(file string) (string, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	trimmed := strings.TrimSpace(string(text))
	if trimmed == "" {
		return "", errors.New(file + " is empty")
	}
	if strings.ContainsFunc(trimmed, unicode.IsControl) {
		return "", errors.New(file + " contains a control character, such as a line break, which is not allowed in a request")
	}
	return trimmed, nil
}
