package stack

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"regexp"
	"strconv"
	"strings"
)

// retries finds in the provider's log why AWS refuses calls that are being tried again: Terraform itself says so only
// when the provider gives up.
type retries struct {
	file    *os.File
	rest    []byte            // the beginning of a line
	block   []string          // the lines of an entry that is not whole yet
	refusal map[string]string // AWS's last words, by request
	said    map[string]bool
}

// follow has an apply log the provider's calls, unless the person has asked for a log. The log holds requests and
// answers: nobody else may read it, and done removes it.
func (t *terraform) follow() (r *retries, done func(), err error) {
	if t.log != "" {
		return nil, func() {}, nil
	}
	path := t.folder.calls()
	_ = os.Remove(path)
	file, err := os.OpenFile(path, os.O_RDONLY|os.O_CREATE|os.O_EXCL, fileMode)
	if err != nil {
		return nil, nil, fmt.Errorf("make the provider's log: %w", err)
	}
	done = func() {
		_ = t.stream.SetLogPath("") // never fails; without a path nothing is logged
		_ = t.stream.SetLogProvider("")
		_ = file.Close()
		_ = os.Remove(path)
	}
	if err := t.stream.SetLogProvider("DEBUG"); err != nil {
		done()
		return nil, nil, fmt.Errorf("ask for the provider's log: %w", err)
	}
	_ = t.stream.SetLogPath(path) // never fails
	return &retries{file: file, refusal: map[string]string{}, said: map[string]bool{}}, done, nil
}

// news are the causes that have appeared for the second time since the last look, each once.
func (r *retries) news() (causes []string) {
	if r == nil {
		return nil
	}
	more, _ := io.ReadAll(r.file) // from where the last look ended
	r.rest = append(r.rest, more...)
	for {
		line, rest, found := bytes.Cut(r.rest, []byte("\n"))
		if !found {
			return causes
		}
		r.rest = rest
		r.block = append(r.block, string(line))
		if bytes.HasPrefix(line, []byte("  | ")) || !bytes.Contains(line, []byte(" timestamp=")) {
			continue // an entry ends with its time; a body's lines are set in
		}
		if cause := r.entry(strings.Join(r.block, "\n")); cause != "" && !r.said[cause] {
			r.said[cause] = true
			causes = append(causes, cause)
		}
		r.block = nil
	}
}

var (
	requestID = regexp.MustCompile(`(?m)^[^|\n]* tf_req_id=(\S+)`)
	retried   = regexp.MustCompile(`: retrying request (\w+)/(\w+), attempt (\d+):`)
	errorCode = regexp.MustCompile(`"(?:__type|code|Code)"\s*:\s*"(?:[^"]*#)?([\w.]+)|<Code>([^<]+)</Code>`)
	errorText = regexp.MustCompile(`"[mM]essage"\s*:\s*("(?:[^"\\]|\\.)*")|<Message>([^<]+)</Message>`)
)

// entry is the cause of a retry, if that is the second of the same request or a later one. A refusal in itself is none:
// the provider waits for things by asking for what is not there.
func (r *retries) entry(text string) string {
	id := requestID.FindStringSubmatch(text)
	if id == nil {
		return ""
	}
	if _, body, found := strings.Cut(text, "http.response.body="); found {
		r.refusal[id[1]] = refusalIn(body)
		return ""
	}
	again, why := retried.FindStringSubmatch(text), r.refusal[id[1]]
	if again == nil {
		return ""
	}
	delete(r.refusal, id[1]) // what is tried again without another answer has no cause that is known
	if again[3] == "2" || why == "" {
		return ""
	}
	return fmt.Sprintf("%s refuses %s, which is tried again, up to %d times in all: %s", again[1], again[2], attempts(), why)
}

// refusalIn are the code and the message in an error that AWS answered, JSON or XML.
func refusalIn(body string) string {
	code, message := errorCode.FindStringSubmatch(body), errorText.FindStringSubmatch(body)
	if code == nil {
		return ""
	}
	words := code[1] + code[2]
	if message == nil {
		return words
	}
	said := message[2]
	if plain, err := strconv.Unquote(message[1]); err == nil {
		said = plain
	}
	return words + ": " + said
}
