package stack

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/gofrs/flock"
)

// acquire locks the folder for this run. If another run holds the lock, acquire notes that and waits at most wait. The
// kernel releases the lock when its holder dies, whatever killed it. The lock file says which run holds the lock.
func (f folder) acquire(
	ctx context.Context, verb string, wait time.Duration, note func(string),
) (release func(), err error) {
	if err := os.MkdirAll(string(f), dirMode); err != nil { //nolint:gosec // the folder is the operator's own choice
		return nil, fmt.Errorf("create the stack's folder: %w", err)
	}
	if err := os.Chmod(string(f), dirMode); err != nil { //nolint:gosec // as above
		note(fmt.Sprintf("warning: other users of this machine may be able to read %s: %v", f, err))
	}
	lock := flock.New(f.lock(), flock.SetPermissions(fileMode))
	locked, err := lock.TryLock()
	if err == nil && !locked {
		holder, _ := os.ReadFile(f.lock()) //nolint:gosec // as above
		note(fmt.Sprintf("waiting at most %s for %s, which is working on this stack", wait, holder))
		waiting, cancel := context.WithTimeout(ctx, wait)
		defer cancel()
		_, err = lock.TryLockContext(waiting, 200*time.Millisecond)
	}
	if errors.Is(err, context.DeadlineExceeded) {
		holder, _ := os.ReadFile(f.lock()) //nolint:gosec // as above
		return nil, &Refusal{Reason: fmt.Sprintf("after %s, the stack is still locked by %s", wait, holder)}
	}
	if err == nil {
		holder := fmt.Sprintf("%q (process %d, since %s)", verb, os.Getpid(), time.Now().Format(time.TimeOnly))
		err = os.WriteFile(f.lock(), []byte(holder), fileMode) //nolint:gosec // as above
	}
	if err != nil {
		return nil, fmt.Errorf("lock the stack's folder: %w", errors.Join(err, lock.Unlock()))
	}
	return func() { _ = lock.Unlock() }, nil
}
