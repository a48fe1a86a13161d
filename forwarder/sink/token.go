package sink

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"unicode"

	"go.uber.org/zap"
)

// newToken returns a token that is text, or is read from a file.
func newToken(text, file string, log *zap.Logger) (*fileValue[string], error) {
	token, err := newFileValue(log, func() (string, error) { return readToken(file) }, file)
	if err != nil {
		return nil, fmt.Errorf("read the receiver's token: %w", err)
	}
	if file == "" {
		token.last = text
	}
	return token, nil
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
