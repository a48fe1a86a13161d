package localaws

import (
	"os"
	"path/filepath"
)

// installFolder is where moto goes when Python has none: a folder of the clone that this runs in, else of the user's
// cache.
func installFolder() string {
	if dir, err := os.Getwd(); err == nil {
		for ; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
			if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
				return filepath.Join(dir, ".local-aws")
			}
		}
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = os.TempDir()
	}
	return filepath.Join(cache, "dispatch-events-aws", "local-aws")
}
