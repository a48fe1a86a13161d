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

// holder is the run that holds a stack.
type holder struct {
	Verb  string    `json:"verb"`
	PID   int       `json:"pid"`
	Who   string    `json:"who"`
	Since time.Time `json:"since"`
}

func (h holder) String() string {
	if h.PID == 0 {
		return "another run" // it has the lock and has not written its name yet
	}
	return fmt.Sprintf("%q of %s, process %d, since %s", h.Verb, h.Who, h.PID, h.Since.Local().Format("15:04:05"))
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

// acquire locks the folder for this run. Another run is waited for, after a note about it, for at most wait. The kernel
// lets go of the lock when its holder dies, whatever killed it; one that was killed is returned.
func (f folder) acquire(
	ctx context.Context, verb string, wait time.Duration, note func(string),
) (killed holder, release func(), err error) {
	if err := os.MkdirAll(string(f), dirMode); err != nil { //nolint:gosec // the folder is the operator's own choice
		return killed, nil, fmt.Errorf("make the stack's folder: %w", err)
	}
	if err := os.Chmod(string(f), dirMode); err != nil { //nolint:gosec // as above
		note(fmt.Sprintf("warning: others on this machine may read %s: %v", f, err))
	}
	lock := flock.New(f.lock(), flock.SetPermissions(fileMode))
	locked, err := lock.TryLock()
	if err == nil && !locked {
		note(fmt.Sprintf("waiting for %s, which is working on this stack (at most %s)", f.readHolder(), wait))
		waiting, cancel := context.WithTimeout(ctx, wait)
		defer cancel()
		_, err = lock.TryLockContext(waiting, 200*time.Millisecond)
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return killed, nil, &Refusal{Reason: fmt.Sprintf("the stack is held by %s; waited %s", f.readHolder(), wait)}
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
	_ = json.Unmarshal(text, &h)       // there is none, or it is being written
	return h
}

// stateLock is what Terraform writes beside a state in S3 while it is at work.
type stateLock struct {
	ID      string    `json:"ID"`
	Who     string    `json:"Who"`
	Created time.Time `json:"Created"`
}

// leftBy reports whether the lock is one that a run of this machine left when it was killed: the run is known to be
// dead, since the kernel released the lock of its folder, and this lock was made by the same person while it lived.
func (l stateLock) leftBy(killed holder) bool {
	return l.ID != "" && killed.PID != 0 && l.Who == killed.Who && !l.Created.Before(killed.Since)
}

// unlock takes away the lock in S3 that a killed run left. The lock of anybody else is waited for.
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
	r.Report.Note(fmt.Sprintf("removing the lock of the state that %s left when it was killed", r.killed))
	if err := r.terraform.Unlock(ctx, lock.ID); err != nil {
		return fmt.Errorf("unlock %s: %w", r.state, err)
	}
	return nil
}
