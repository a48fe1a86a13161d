package stack

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// place says where a stack is: its region, its account, the endpoint if an emulator is used instead of AWS, and where
// its state is kept.
type place struct {
	Region   string `json:"region,omitempty"`
	Account  string `json:"account,omitempty"`
	Endpoint string `json:"endpoint,omitempty"`
	State    string `json:"state,omitempty"`
}

func (p place) String() string {
	return fmt.Sprintf("in the region %s of the account %s at %s, with its state in %s",
		p.Region, p.Account, cmp.Or(p.Endpoint, "AWS"), cmp.Or(p.State, "its own folder"))
}

// journal is what is kept about a stack between runs, in addition to Terraform's state: where the stack is, and whether
// the last run finished. A run that is killed cannot report that; the next run finds it in the journal.
type journal struct {
	place
	// Program is the path of the Terraform or OpenTofu program that the last up used.
	Program string `json:"program,omitempty"`
	// Unfinished is the command, up or down, that started to make changes and has not succeeded since.
	Unfinished string `json:"unfinished,omitempty"`
	// Failed is true if that command ended with an error and was neither interrupted nor killed. What it created and did
	// not record has the stack's tag then.
	Failed bool `json:"failed,omitempty"`

	path string
	// cutOff is true if, when this run began, the last up had been killed or interrupted: it may have created resources
	// that the state does not contain.
	cutOff bool
}

func readJournal(path string) (*journal, error) {
	j := &journal{path: path}
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return j, nil
	}
	if err != nil {
		return j, fmt.Errorf("read the journal: %w", err)
	}
	if err := json.Unmarshal(text, j); err != nil {
		return j, fmt.Errorf("read the journal %s: %w", path, err)
	}
	j.cutOff = j.Unfinished == "up" && !j.Failed
	return j, nil
}

func (j *journal) save() error { return writeJSON(j.path, j) }

// begin records that the command verb is about to make changes in this place.
func (j *journal) begin(verb string, p place) error {
	j.Unfinished, j.Failed, j.place = verb, false, p
	return j.save()
}

// fail records that the command has ended with an error. If the last up was cut off, this run may have failed before it
// imported or deleted what that up did not record, so the journal must still say that up was cut off.
func (j *journal) fail() error {
	j.Failed = !j.cutOff
	return j.save()
}

// end records that the command has succeeded.
func (j *journal) end() error {
	j.Unfinished, j.Failed = "", false
	return j.save()
}

// agrees returns an error if p is not the place in the journal: in another place, Terraform would find none of the
// stack's resources, and would drop them from the state although they still exist. An unknown account is not compared.
func (j *journal) agrees(p place) error {
	if p.Account == "" || j.Account == "" {
		p.Account = j.Account
	}
	if j.Region == "" || p == j.place { // without a region, this machine does not know the stack
		return nil
	}
	e := &Refusal{
		Reason: fmt.Sprintf("this stack is %s, but this run would look for it %s", j.place, p),
		Remedy: "run this command with the STATE, endpoint, credentials and region that the stack was created with, " +
			"or choose another NAME",
	}
	if j.Endpoint != "" || j.State != "" { // they may have been removed; then only the folder is left of the stack
		e.Remedy += "; if the emulator or the state that it was created with no longer exists: rm -r " + filepath.Dir(j.path)
	}
	return e
}
