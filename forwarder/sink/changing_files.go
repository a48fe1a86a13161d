package sink

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"

	"go.uber.org/zap"
)

// fileValue is a value made of the contents of files that may be replaced while they are in use, such as secrets and
// certificates. While a file cannot be read, or its content is not valid (one of a pair is replaced before the other),
// the last good value stays in use.
type fileValue[T any] struct {
	files []string
	parse func(contents [][]byte) (T, error)
	log   *zap.Logger

	mu      sync.Mutex
	last    T
	seen    [][]byte // the contents of which last was made
	checked time.Time
	logged  string // the last error
}

// rereadAfter is how long a value is used before its files are read again.
const rereadAfter = time.Second

// newFileValue reads a value. If no file is named, it is the zero value.
func newFileValue[T any](
	log *zap.Logger, parse func(contents [][]byte) (T, error), files ...string,
) (*fileValue[T], error) {
	r := &fileValue[T]{parse: parse, log: log, checked: time.Now()}
	if strings.Join(files, "") == "" {
		return r, nil
	}
	r.files = files
	return r, r.reload()
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
	err := r.reload()
	if err != nil && err.Error() != r.logged {
		r.log.Warn("cannot read a changed file, using its earlier content", zap.Strings("files", r.files), zap.Error(err))
	}
	r.logged = fmt.Sprint(err)
	return r.last
}

// reload makes the value anew only if the files have changed. Otherwise memory would hold many copies of the same
// certificates, because each connection keeps those that it was made with.
func (r *fileValue[T]) reload() error {
	var contents [][]byte
	for _, file := range r.files {
		content, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		contents = append(contents, content)
	}
	if slices.EqualFunc(contents, r.seen, bytes.Equal) {
		return nil
	}
	value, err := r.parse(contents)
	if err != nil {
		return fmt.Errorf("%s: %w", strings.Join(r.files, ", "), err)
	}
	r.last, r.seen = value, contents
	return nil
}

func parseToken(content []byte) (string, error) {
	token := strings.TrimSpace(string(content))
	if token == "" || strings.ContainsFunc(token, unicode.IsControl) {
		return "", errors.New("the file must contain a token without control characters, such as line breaks")
	}
	return token, nil
}
