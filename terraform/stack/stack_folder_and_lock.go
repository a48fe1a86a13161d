package stack

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gofrs/flock"
)

const (
	dirMode  = 0o700
	fileMode = 0o600 // variables and state can hold what only the operator should read
)

// folder is the directory with the files of one stack on this machine.
type folder string

// home returns the stack's folder, in the user's state directory.
func (s *Stack) home() (folder, error) {
	base := os.Getenv("XDG_STATE_HOME")
	if !filepath.IsAbs(base) { // the XDG specification says that relative paths are ignored
		home, err := os.UserHomeDir()
		if err != nil {
			return "", fmt.Errorf("find the user's state directory: %w", err)
		}
		base = filepath.Join(home, ".local", "state")
	}
	return folder(filepath.Join(base, "dispatch-events-aws", s.Name)), nil
}

func (f folder) modulesPath() string   { return filepath.Join(string(f), "modules") }
func (f folder) dataPath() string      { return filepath.Join(string(f), "data") }
func (f folder) variablesPath() string { return filepath.Join(string(f), "terraform.tfvars.json") }
func (f folder) proposedPath() string  { return filepath.Join(string(f), "proposed.tfvars.json") }
func (f folder) planPath() string      { return filepath.Join(string(f), "plan") }
func (f folder) journalPath() string   { return filepath.Join(string(f), "journal.json") }
func (f folder) lockPath() string      { return filepath.Join(string(f), "lock") }
func (f folder) logPath() string       { return filepath.Join(string(f), "terraform.log") }

// providerLockPath is the file in which Terraform records the version of the provider that it has chosen.
func (f folder) providerLockPath() string { return filepath.Join(f.modulesPath(), lockFile) }

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
	lock := flock.New(f.lockPath(), flock.SetPermissions(fileMode))
	locked, err := lock.TryLock()
	if err == nil && !locked {
		holder, _ := os.ReadFile(f.lockPath()) //nolint:gosec // as above
		note(fmt.Sprintf("waiting at most %s for %s, which is working on this stack", wait, holder))
		waiting, cancel := context.WithTimeout(ctx, wait)
		defer cancel()
		_, err = lock.TryLockContext(waiting, 200*time.Millisecond)
		if errors.Is(err, context.DeadlineExceeded) {
			holder, _ = os.ReadFile(f.lockPath()) //nolint:gosec // as above
			return nil, &Refusal{Reason: fmt.Sprintf("after %s, the stack is still locked by %s", wait, holder)}
		}
	}
	if err == nil {
		holder := fmt.Sprintf("%q (process %d, since %s)", verb, os.Getpid(), time.Now().Format(time.TimeOnly))
		err = os.WriteFile(f.lockPath(), []byte(holder), fileMode) //nolint:gosec // as above
	}
	if err != nil {
		return nil, fmt.Errorf("lock the stack's folder: %w", errors.Join(err, lock.Unlock()))
	}
	return func() { _ = lock.Unlock() }, nil
}

// bus returns the event bus of the stack's rules, according to its variables.
func (f folder) bus() string {
	var o Options
	text, _ := os.ReadFile(f.variablesPath())
	_ = json.Unmarshal(text, &o) // without variables there is no stack
	return o.bus()
}

const lockFile = ".terraform.lock.hcl"

// writeModules replaces all of the modules. It leaves a state that could not be saved, and the provider lock file, so
// that a later run uses the same version of the provider, even if this run is killed.
func (f folder) writeModules(modules fs.FS, callerBlocks map[string]any) error {
	old, _ := os.ReadDir(f.modulesPath()) // which does not exist before the first run
	for _, entry := range old {
		if entry.Name() == lockFile || entry.Name() == unsavedState {
			continue
		}
		if err := os.RemoveAll(filepath.Join(f.modulesPath(), entry.Name())); err != nil {
			return fmt.Errorf("remove the old modules: %w", err)
		}
	}
	if err := os.CopyFS(f.modulesPath(), modules); err != nil {
		return fmt.Errorf("write the modules: %w", err)
	}
	return writeJSON(filepath.Join(f.modulesPath(), "caller.tf.json"), callerBlocks)
}

// acceptProposed replaces the stack's variables with the proposed ones before anything is created, so that the next run
// can find what this run creates, even if this run is killed.
func (f folder) acceptProposed() error {
	if err := os.Rename(f.proposedPath(), f.variablesPath()); err != nil {
		return fmt.Errorf("remember the variables: %w", err)
	}
	return nil
}

// writeImports writes import blocks, so that the next plan imports these existing resources into the state.
func (f folder) writeImports(list []existing) error {
	var b strings.Builder
	for _, a := range list {
		fmt.Fprintf(&b, "import {\n  to = %s\n  id = %q\n}\n", a.address, a.ID)
	}
	return replaceFile(filepath.Join(f.modulesPath(), "adopt.tf"), []byte(b.String()))
}

// clear removes the files of a stack that has been deleted, except the lock and the log. It removes the journal last,
// so that until then a run that looks for the stack somewhere else is refused.
func (f folder) clear(s state) error {
	gone := []string{f.modulesPath(), f.dataPath(), f.variablesPath(), f.proposedPath(), f.planPath()}
	if !s.remote() {
		gone = append(gone, s.path, s.path+".backup")
	}
	for _, path := range append(gone, f.journalPath()) {
		if err := os.RemoveAll(path); err != nil {
			return fmt.Errorf("clear the stack's folder: %w", err)
		}
	}
	return nil
}

// writeJSON writes v so that a reader sees the old file or the new one, never half of it.
func writeJSON(path string, v any) error {
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		return fmt.Errorf("encode %s: %w", filepath.Base(path), err)
	}
	return replaceFile(path, text.Bytes())
}

func replaceFile(path string, text []byte) error {
	err := os.WriteFile(path+".new", text, fileMode) //nolint:gosec // the folder is the operator's own choice
	if err == nil {
		err = os.Rename(path+".new", path)
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", filepath.Base(path), err)
	}
	return nil
}
