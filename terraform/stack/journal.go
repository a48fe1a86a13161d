package stack

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
)

// place is where a stack is: a region of an account of AWS or of what stands in for AWS, and where its state is kept.
type place struct {
	Region   string `json:"region,omitempty"`
	Account  string `json:"account,omitempty"`
	Endpoint string `json:"endpoint,omitempty"`
	State    string `json:"state,omitempty"`
}

// journal is what a stack's folder remembers between runs, beside Terraform's state: where the stack is, and whether
// the last run came to its end. A run that was killed cannot report it; the next one reads it from here.
type journal struct {
	place
	// Program is the path of the Terraform or OpenTofu that made the stack.
	Program string `json:"program,omitempty"`
	// Unfinished names the verb that began to change things and has not ended well since.
	Unfinished string `json:"unfinished,omitempty"`
	// Failed says that the run ended by itself: then Terraform has recorded whatever it created.
	Failed bool `json:"failed,omitempty"`

	path string
}

func readJournal(path string) (*journal, error) {
	j := &journal{path: path}
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return j, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the journal: %w", err)
	}
	if err := json.Unmarshal(text, j); err != nil {
		return nil, fmt.Errorf("read the journal %s: %w", path, err)
	}
	return j, nil
}

func (j *journal) save() error { return writeJSON(j.path, j) }

// begin notes that verb is about to change things at this place.
func (j *journal) begin(verb string, p place) error {
	j.Unfinished, j.Failed, j.place = verb, false, p
	return j.save()
}

// fail notes that what was begun has ended, though not well.
func (j *journal) fail() error {
	j.Failed = true
	return j.save()
}

// cutOff reports whether the last up was killed or interrupted, perhaps between a change and its record.
func (j *journal) cutOff() bool { return j.Unfinished == "up" && !j.Failed }

// end notes that everything which was begun has been done.
func (j *journal) end() error {
	j.Unfinished, j.Failed = "", false
	return j.save()
}

// program is the program that made the stack, if it is still there.
func (j *journal) program() string {
	path, err := exec.LookPath(j.Program)
	if err != nil {
		return ""
	}
	return path
}

// known reports whether this machine has begun a stack of this name.
func (j *journal) known() bool { return j.Region != "" }

// agrees refuses to go on at another place than the one the stack is at: Terraform would find nothing of it there, and
// forget what still exists here.
func (j *journal) agrees(p place) error {
	if !j.known() {
		return nil
	}
	folder := filepath.Dir(j.path)
	for _, c := range []struct {
		what, here, now string
		mayBeGone       bool // for good, so that the folder is all that is left of the stack
	}{
		{"its state in", cmp.Or(j.State, folder), p.State, false},
		{"its resources at", cmp.Or(j.Endpoint, "AWS"), cmp.Or(p.Endpoint, "AWS"), j.Endpoint != ""},
		{"its resources in the account", j.Account, p.Account, false},
		{"its resources in the region", j.Region, p.Region, false},
	} {
		if c.here == c.now || c.now == "" {
			continue
		}
		e := &Refusal{
			Reason: fmt.Sprintf("this stack has %s %s, and this run would look for it in %s", c.what, c.here, c.now),
			Remedy: "run it as it was made, or take another NAME",
		}
		if c.mayBeGone || j.State != "" {
			e.Remedy += "; if what it was made in is gone for good: rm -r " + folder
		}
		return e
	}
	return nil
}
