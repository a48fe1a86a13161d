package stack

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
)

// journal is what a stack's folder remembers between runs, beside Terraform's state: where the stack is, and whether
// the last run came to its end. A run that was killed cannot report it; the next one reads it from here.
type journal struct {
	Region   string `json:"region,omitempty"`
	Account  string `json:"account,omitempty"`
	Endpoint string `json:"endpoint,omitempty"`
	State    string `json:"state,omitempty"`
	// Program is the path of the Terraform or OpenTofu that made the stack.
	Program string `json:"program,omitempty"`
	// QueueSuffix is the random end of the queue's name, kept while the stack lives.
	QueueSuffix string `json:"queueSuffix,omitempty"`
	// Unfinished names the verb that began to change things and has not ended well since.
	Unfinished string `json:"unfinished,omitempty"`
	// Failed tells that it ended by itself: then Terraform has recorded whatever it created.
	Failed bool `json:"failed,omitempty"`
	// HalfMade are the addresses of what an up is creating, or was when it ended: Terraform has tainted what it has
	// recorded of them.
	HalfMade []string `json:"halfMade,omitempty"`
	// Deleted are the queues that the last down deleted, whose names AWS refuses for a minute.
	Deleted   []string  `json:"deleted,omitempty"`
	DeletedAt time.Time `json:"deletedAt,omitzero"`

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
	j.Unfinished, j.Failed = verb, false
	j.Region, j.Account, j.Endpoint, j.State = p.region, p.account, p.endpoint, p.state
	return j.save()
}

// fail notes that what was begun has ended, though not well.
func (j *journal) fail() error {
	j.Failed = true
	return j.save()
}

// creating notes what is being created, while it is: a run that is killed could not.
func (j *journal) creating(addresses []string) error {
	j.HalfMade = addresses
	return j.save()
}

// cutOff tells that the last up was killed or interrupted, perhaps between a change and its record.
func (j *journal) cutOff() bool { return j.Unfinished == "up" && !j.Failed }

// end notes that everything which was begun has been done.
func (j *journal) end() error {
	j.Unfinished, j.Failed, j.HalfMade = "", false, nil
	return j.save()
}

// forget leaves of a stack that is gone only the names that AWS still refuses.
func (j *journal) forget(queues []string, now time.Time) error {
	*j = journal{path: j.path, Deleted: queues, DeletedAt: now}
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

// place is where a stack is: a region of an account of AWS or of what stands in for AWS, and where its state is kept.
type place struct{ region, account, endpoint, state string }

// known tells whether a stack has been begun here.
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
		{"its state in", cmp.Or(j.State, folder), p.state, false},
		{"its resources at", cmp.Or(j.Endpoint, "AWS"), cmp.Or(p.endpoint, "AWS"), j.Endpoint != ""},
		{"its resources in the account", j.Account, p.account, false},
		{"its resources in the region", j.Region, p.region, false},
	} {
		if c.here != c.now && c.now != "" {
			e := &PlaceError{What: c.what, Here: c.here, Now: c.now}
			if c.mayBeGone || j.State != "" {
				e.Folder = folder
			}
			return e
		}
	}
	return nil
}

// Holder is the run that holds a stack.
type Holder struct {
	Verb  string    `json:"verb"`
	PID   int       `json:"pid"`
	Who   string    `json:"who"`
	Since time.Time `json:"since"`
}

func (h Holder) String() string {
	if h.PID == 0 {
		return "another run" // it has the lock and has not written its name yet
	}
	return fmt.Sprintf("%q of %s, process %d, since %s", h.Verb, h.Who, h.PID, h.Since.Local().Format("15:04:05"))
}

func self(verb string, now time.Time) Holder {
	who, host := "somebody", "this machine"
	if u, err := user.Current(); err == nil {
		who = u.Username
	}
	if h, err := os.Hostname(); err == nil {
		host = h
	}
	return Holder{Verb: verb, PID: os.Getpid(), Who: who + "@" + host, Since: now}
}

// acquire locks the folder for this run. Another run is waited for, after a note about it, for at most wait. The kernel
// lets go of the lock when its holder dies, whatever killed it; one that was killed is returned.
func (f folder) acquire(
	ctx context.Context, verb string, wait time.Duration, note func(string),
) (killed Holder, release func(), err error) {
	if err := os.MkdirAll(string(f), dirMode); err != nil { //nolint:gosec // the folder is the operator's own choice
		return killed, nil, fmt.Errorf("make the stack's folder: %w", err)
	}
	if err := os.Chmod(string(f), dirMode); err != nil { //nolint:gosec // as above
		note(fmt.Sprintf("warning: others on this machine may read %s: %v", f, err))
	}
	lock := flock.New(f.lock(), flock.SetPermissions(fileMode))
	locked, err := lock.TryLock()
	if err != nil {
		return killed, nil, fmt.Errorf("lock the stack's folder: %w", err)
	}
	if !locked {
		note(fmt.Sprintf("waiting for %s, which is working on this stack (at most %s)", f.readHolder(), wait))
		if err := f.await(ctx, lock, wait); err != nil {
			return killed, nil, err
		}
	}
	killed = f.readHolder()
	if err := writeJSON(f.holder(), self(verb, time.Now())); err != nil {
		_ = lock.Unlock()
		return killed, nil, err
	}
	return killed, func() {
		_ = os.Remove(f.holder()) //nolint:gosec // as above
		_ = lock.Unlock()
	}, nil
}

func (f folder) await(ctx context.Context, lock *flock.Flock, wait time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	if _, err := lock.TryLockContext(ctx, 200*time.Millisecond); err != nil {
		if errors.Is(err, context.DeadlineExceeded) {
			return &LockedError{Holder: f.readHolder(), Waited: wait}
		}
		return fmt.Errorf("wait for the stack's folder: %w", err)
	}
	return nil
}

func (f folder) readHolder() Holder {
	var h Holder
	if text, err := os.ReadFile(f.holder()); err == nil { //nolint:gosec // the folder is the operator's own choice
		_ = json.Unmarshal(text, &h)
	}
	return h
}
