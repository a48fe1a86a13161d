package stack

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/user"
	"time"

	"github.com/gofrs/flock"
)

// holder is the run that holds the lock of a stack.
type holder struct {
	Verb  string    `json:"verb"`
	PID   int       `json:"pid"`
	Who   string    `json:"who"`
	Since time.Time `json:"since"`
}

func (h holder) String() string {
	if h.PID == 0 {
		return "another run" // it holds the lock, but has not written lock.json yet
	}
	return fmt.Sprintf("%q by %s (process %d, since %s)", h.Verb, h.Who, h.PID, h.Since.Local().Format("15:04:05"))
}

func self(verb string, now time.Time) holder {
	who, host := "somebody", "this machine"
	if u, err := user.Current(); err == nil {
		who = u.Username
	}
	if h, err := os.Hostname(); err == nil {
		host = h
	}
	return holder{Verb: verb, PID: os.Getpid(), Who: who + "@" + host, Since: now}
}

// acquire locks the folder for this run. If another run holds the lock, acquire notes that and waits at most wait. The
// kernel releases the lock when its holder dies, whatever killed it. If the last holder was killed, acquire returns it.
func (f folder) acquire(
	ctx context.Context, verb string, wait time.Duration, note func(string),
) (killed holder, release func(), err error) {
	if err := os.MkdirAll(string(f), dirMode); err != nil { //nolint:gosec // the folder is the operator's own choice
		return killed, nil, fmt.Errorf("create the stack's folder: %w", err)
	}
	if err := os.Chmod(string(f), dirMode); err != nil { //nolint:gosec // as above
		note(fmt.Sprintf("warning: other users of this machine may be able to read %s: %v", f, err))
	}
	lock := flock.New(f.lock(), flock.SetPermissions(fileMode))
	locked, err := lock.TryLock()
	if err == nil && !locked {
		note(fmt.Sprintf("waiting at most %s for %s, which is working on this stack", wait, f.readHolder()))
		waiting, cancel := context.WithTimeout(ctx, wait)
		defer cancel()
		_, err = lock.TryLockContext(waiting, 200*time.Millisecond)
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return killed, nil, &Refusal{Reason: fmt.Sprintf("after %s, the stack is still locked by %s", wait, f.readHolder())}
	}
	if err != nil {
		return killed, nil, fmt.Errorf("lock the stack's folder: %w", err)
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

func (f folder) readHolder() (h holder) {
	text, _ := os.ReadFile(f.holder()) //nolint:gosec // the folder is the operator's own choice
	_ = json.Unmarshal(text, &h)       // the file does not exist, or is being written
	return h
}

// stateLock is the lock file that Terraform writes next to a state in S3 while it works.
type stateLock struct {
	ID      string    `json:"ID"`
	Who     string    `json:"Who"`
	Created time.Time `json:"Created"`
}

// leftBy reports whether the lock was left by a run on this machine that was killed. That run is known to be dead, as
// the kernel released the lock of its folder, and this lock was created by the same user after that run had begun.
func (l stateLock) leftBy(killed holder) bool {
	return l.ID != "" && killed.PID != 0 && l.Who == killed.Who && !l.Created.Before(killed.Since)
}

// unlock removes the lock in S3 that a killed run left. It keeps any other lock: Terraform waits for that.
func (r *session) unlock(ctx context.Context) error {
	if !r.state.remote() || r.killed.PID == 0 {
		return nil
	}
	text, err := r.aws.ReadObject(ctx, r.state.region, r.state.bucket, r.state.key+".tflock")
	if err != nil {
		return fmt.Errorf("look at the lock of %s: %w", r.state, err)
	}
	var lock stateLock
	if len(text) == 0 {
		return nil
	}
	if err := json.Unmarshal(text, &lock); err != nil {
		return fmt.Errorf("read the lock of %s: %w", r.state, err)
	}
	if !lock.leftBy(r.killed) {
		return nil
	}
	r.Report.Note(fmt.Sprintf("removing the lock of the state; it was left by a run that was killed: %s", r.killed))
	if err := r.terraform.Unlock(ctx, lock.ID); err != nil {
		return fmt.Errorf("unlock %s: %w", r.state, err)
	}
	return nil
}
