package driver

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"

	"github.com/hashicorp/go-version"
)

// The version numbers of the two programs are similar enough to use the same constraints for both.
var (
	supported = version.MustConstraints(version.NewConstraint(">= 1.9.0, < 2.0.0"))
	locksInS3 = version.MustConstraints(version.NewConstraint(">= 1.10.0"))
)

// Program is an installed Terraform or OpenTofu, in a version that the modules support.
type Program struct {
	Path    string
	Name    string // Terraform or OpenTofu
	Version *version.Version
}

func (p Program) String() string { return fmt.Sprintf("%s %s", p.Name, p.Version) }

// LocksInS3 reports whether the program can lock a state in S3 with a file next to it.
func (p Program) LocksInS3() bool { return locksInS3.Check(p.Version.Core()) }

// Find returns the program that is chosen by its name or its path. An empty choice stands for the first of the two that
// is found on the PATH.
func Find(ctx context.Context, choice string) (Program, error) {
	candidates := []string{"terraform", "tofu"}
	if choice != "" {
		candidates = []string{choice}
	}
	var missing []error
	for _, candidate := range candidates {
		path, err := exec.LookPath(candidate)
		if err == nil {
			return identify(ctx, path)
		}
		missing = append(missing, err)
	}
	return Program{}, &MissingError{errors.Join(missing...)}
}

var versionLine = regexp.MustCompile(`(?m)^(Terraform|OpenTofu) v(\S+)$`)

// identify asks a program for its name, because its path does not show that, and for its version.
func identify(ctx context.Context, path string) (Program, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return Program{}, fmt.Errorf("look for %s: %w", path, err)
	}
	cmd := exec.CommandContext(ctx, path, "version")
	cmd.Dir = filepath.Dir(path) // in a folder with modules, it would also list their providers
	for name, value := range environment(os.Environ(), "") {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	text, err := cmd.CombinedOutput()
	if err != nil {
		return Program{}, fmt.Errorf("ask %s for its version: %w: %s", path, err, bytes.TrimSpace(text))
	}
	found := versionLine.FindSubmatch(text)
	if found == nil {
		return Program{}, fmt.Errorf("%s is neither Terraform nor OpenTofu", path)
	}
	v, err := version.NewVersion(string(found[2]))
	if err != nil || !supported.Check(v.Core()) {
		return Program{}, fmt.Errorf("%s is version %s: the modules need %s", path, found[2], supported)
	}
	return Program{Path: path, Name: string(found[1]), Version: v}, nil
}

// MissingError is returned if the chosen program does not exist, or cannot be executed.
type MissingError struct{ error }

// Hint returns where to get the program.
func (*MissingError) Hint() string {
	return "install Terraform (https://developer.hashicorp.com/terraform/install) " +
		"or OpenTofu (https://opentofu.org/docs/intro/install)"
}

// registries are the hosts of providers whose source names no host. A mirror has a folder for each host.
var registries = map[string]string{"Terraform": "registry.terraform.io", "OpenTofu": "registry.opentofu.org"}

// FindMirror looks below /opt for a folder that holds the provider, so that a machine that cannot reach the registry
// needs no setting. It does not override the user's own configuration of providers.
func (p Program) FindMirror() string {
	if configuresProviders() {
		return ""
	}
	return p.findMirror("/opt")
}

// findMirror returns a folder in system that has, below the folder of the program's registry, a version of the provider
// for this platform, unpacked or as an archive.
func (p Program) findMirror(system string) string {
	platform, provider := runtime.GOOS+"_"+runtime.GOARCH, filepath.Join(registries[p.Name], "hashicorp", "aws")
	for _, release := range []string{filepath.Join("*", platform), "terraform-provider-aws_*_" + platform + ".zip"} {
		found, _ := filepath.Glob(filepath.Join(system, "*", provider, release)) // the pattern is well formed
		if len(found) > 0 {
			mirror, _, _ := strings.Cut(found[0], string(filepath.Separator)+provider)
			return mirror
		}
	}
	return ""
}

// configuresProviders reports whether a configuration file of one of the two programs contains provider_installation.
func configuresProviders() bool {
	home, _ := os.UserHomeDir()
	for _, file := range []string{
		os.Getenv("TF_CLI_CONFIG_FILE"), filepath.Join(home, ".terraformrc"), filepath.Join(home, ".tofurc"),
		filepath.Join(os.Getenv("XDG_CONFIG_HOME"), "opentofu", "tofurc"),
	} {
		text, err := os.ReadFile(file) //nolint:gosec // the user's own environment says where it is
		if err == nil && bytes.Contains(text, []byte("provider_installation")) {
			return true
		}
	}
	return false
}
