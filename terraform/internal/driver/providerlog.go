package driver

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"regexp"
	"strconv"
	"strings"
)

// usualAttempts is how often the provider tries a call that AWS refuses for a rate or a quota: for about a minute. Its
// own 25 attempts take ten minutes and more.
const usualAttempts = 6

// Attempts are the person's own AWS_MAX_ATTEMPTS, else the usual ones. The provider does not read that variable: it is
// told in its block.
func Attempts() int {
	if n, err := strconv.Atoi(os.Getenv("AWS_MAX_ATTEMPTS")); err == nil && n > 0 {
		return n
	}
	return usualAttempts
}

// retries finds in the provider's log why AWS refuses calls that are being tried again: the program itself says so
// only when the provider gives up.
type retries struct {
	file     *os.File
	rest     []byte            // the beginning of a line
	block    []string          // the lines of an entry that is not whole yet
	refusal  map[string]string // AWS's last answer, by request
	reported map[string]bool
}

// follow has an apply log the provider's calls, unless the person has asked for a log. The log holds requests and
// answers: nobody else may read it, and done removes it.
func (d *Driver) follow() (r *retries, done func(), err error) {
	if d.Log != "" {
		return nil, func() {}, nil
	}
	path := d.Calls
	_ = os.Remove(path)
	file, err := os.OpenFile(path, os.O_RDONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, nil, fmt.Errorf("make the provider's log: %w", err)
	}
	done = func() {
		_ = d.tf.SetLogPath("") // never fails; without a path nothing is logged
		_ = d.tf.SetLogProvider("")
		_ = file.Close()
		_ = os.Remove(path)
	}
	if err := d.tf.SetLogProvider("DEBUG"); err != nil {
		done()
		return nil, nil, fmt.Errorf("ask for the provider's log: %w", err)
	}
	_ = d.tf.SetLogPath(path) // never fails
	return &retries{file: file, refusal: map[string]string{}, reported: map[string]bool{}}, done, nil
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
		if cause := r.entry(strings.Join(r.block, "\n")); cause != "" && !r.reported[cause] {
			r.reported[cause] = true
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

// entry returns why AWS refused a request that is now retried for at least the second time, else nothing. One refusal
// is not reported: the provider waits for resources by asking for them before they exist.
func (r *retries) entry(text string) string {
	id := requestID.FindStringSubmatch(text)
	if id == nil {
		return ""
	}
	if _, body, found := strings.Cut(text, "http.response.body="); found {
		r.refusal[id[1]] = refusalIn(body)
		return ""
	}
	again, cause := retried.FindStringSubmatch(text), r.refusal[id[1]]
	if again == nil {
		return ""
	}
	delete(r.refusal, id[1]) // what is tried again without another answer has no cause that is known
	if again[3] == "2" || cause == "" {
		return ""
	}
	const refused = "%s refuses %s, which is tried again, up to %d times in all: %s"
	return fmt.Sprintf(refused, again[1], again[2], Attempts(), cause)
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
	text := message[2]
	if plain, err := strconv.Unquote(message[1]); err == nil {
		text = plain
	}
	return words + ": " + text
}
