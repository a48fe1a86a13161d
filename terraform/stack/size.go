package stack

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"

	"github.com/hashicorp/go-version"
)

// largestEvent is what SQS takes and EventBridge delivers.
const largestEvent = 1 << 20

var (
	chosenProvider = regexp.MustCompile(`(?s)provider "[^"]+/hashicorp/aws" \{\s*version\s*=\s*"([^"]+)"`)
	// takesLargest are the versions of the provider that let a queue take more than 256 KiB.
	takesLargest = version.MustConstraints(version.NewConstraint(">= 6.8.0"))
)

// provider is the version that init chose, nil when it noted none: one that is being developed has none.
func (f folder) provider() (*version.Version, error) {
	text, err := os.ReadFile(filepath.Join(f.modules(), lockFile))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read the provider lock: %w", err)
	}
	found := chosenProvider.FindSubmatch(text)
	if found == nil {
		return nil, nil
	}
	chosen, err := version.NewVersion(string(found[1]))
	if err != nil {
		return nil, fmt.Errorf("read the provider lock: %w", err)
	}
	return chosen, nil
}

// sizeQueues has the queues take the largest events, where the provider lets them. It depends on what init chose on
// this machine, not on what the stack was asked to be: so it is beside the variables, and the same for every verb.
func (f folder) sizeQueues() error {
	chosen, err := f.provider()
	if err != nil || chosen == nil || !takesLargest.Check(chosen.Core()) {
		return err
	}
	return writeJSON(filepath.Join(f.modules(), "size.auto.tfvars.json"), map[string]int{"max_message_size": largestEvent})
}

// warnOfSize says that large events are lost.
func (r *session) warnOfSize() error {
	chosen, err := r.folder.provider()
	if err != nil || chosen == nil || takesLargest.Check(chosen.Core()) {
		return err
	}
	r.Report.Note(fmt.Sprintf("warning: SQS drops events above 256 KiB: the AWS provider %s makes no queue that takes more; with 6.8 or later "+
		"they take 1 MiB: rm %s, and the next run takes the newest there is", chosen, filepath.Join(r.folder.modules(), lockFile)))
	return nil
}
