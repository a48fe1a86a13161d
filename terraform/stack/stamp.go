package stack

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

func (f folder) stamp() string { return filepath.Join(f.data(), "stamp") }

// fingerprint changes with everything that init looks at: the modules with their backend, Terraform itself and the
// mirror.
func (f folder) fingerprint(more ...string) (string, error) {
	sum := sha256.New()
	err := fs.WalkDir(os.DirFS(f.modules()), ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || entry.Name() == lockFile {
			return err
		}
		text, err := os.ReadFile(filepath.Join(f.modules(), path))
		_, _ = fmt.Fprintf(sum, "%s %d\n%s", path, len(text), text)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("read the modules: %w", err)
	}
	_, _ = fmt.Fprintf(sum, "%q", more)
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// initialised tells whether the last init was for the same, so that another would change nothing. Whoever removes the
// lock file wants another choice.
func (f folder) initialised(fingerprint string) bool {
	text, err := os.ReadFile(f.stamp())
	_, unlocked := os.Stat(filepath.Join(f.modules(), lockFile))
	return err == nil && unlocked == nil && string(text) == fingerprint
}
