package driver

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/hashicorp/go-version"
	"github.com/hashicorp/hc-install/fs"
	"github.com/hashicorp/hc-install/product"
	"github.com/hashicorp/hc-install/releases"
	"github.com/hashicorp/hc-install/src"
)

// The names of the two programs, as their version command writes them.
const (
	terraformName = "Terraform"
	openTofuName  = "OpenTofu"
)

// Choices of a program, beside a path. None of them is the first one on the PATH.
const (
	Terraform = "terraform"
	OpenTofu  = "tofu"
	Install   = "install" // Terraform, downloaded unless a version that fits is there
)

// The versions of the two programs follow each other closely enough for one rule.
var (
	supported = version.MustConstraints(version.NewConstraint(">= 1.9.0, < 2.0.0"))
	locksInS3 = version.MustConstraints(version.NewConstraint(">= 1.10.0"))
)

// Program is a Terraform or an OpenTofu that the modules work with.
type Program struct {
	Path    string
	Name    string
	Version *version.Version
}

func (p Program) String() string { return fmt.Sprintf("%s %s", p.Name, p.Version) }

// LocksInS3 reports whether the program can lock a state in S3 by a file beside it.
func (p Program) LocksInS3() bool { return locksInS3.Check(p.Version.Core()) }

// CheckChoice returns an error if a choice of a program cannot be used.
func CheckChoice(choice string) error {
	switch {
	case choice == "", choice == Terraform, choice == OpenTofu, choice == Install:
		return nil
	case strings.ContainsRune(choice, filepath.Separator):
		return nil
	}
	return fmt.Errorf("%q is not accepted: terraform, tofu, install, or the path of one of the two programs", choice)
}

// Find returns the program that is chosen. dir is where Install puts what it downloads, and where it is found again.
func Find(ctx context.Context, choice, dir string, note func(string)) (Program, error) {
	if choice == Install {
		return ensure(ctx, dir, downloads(dir), note)
	}
	candidates := []string{choice}
	if choice == "" {
		candidates = []string{Terraform, OpenTofu, filepath.Join(dir, Terraform)}
	}
	for _, candidate := range candidates {
		path, err := exec.LookPath(candidate)
		if errors.Is(err, exec.ErrNotFound) || errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err == nil {
			path, err = filepath.Abs(path)
		}
		if err != nil {
			return Program{}, fmt.Errorf("look for %s: %w", candidate, err)
		}
		return identify(ctx, path)
	}
	return Program{}, &MissingError{Choice: choice}
}

// downloads is where Terraform comes from: HashiCorp, with signature and checksum checked. It is tried once: a machine
// without that network should say so at once.
func downloads(dir string) src.Installable {
	return &releases.LatestVersion{
		Product: product.Terraform, Constraints: supported, InstallDir: dir,
		Timeout: 5 * time.Minute, HTTPClient: &http.Client{},
	}
}

// ensure takes a Terraform that is on the PATH or in dir, else has it downloaded into dir.
func ensure(ctx context.Context, dir string, from src.Installable, note func(string)) (Program, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return Program{}, fmt.Errorf("make %s: %w", dir, err)
	}
	there := &fs.Version{Product: product.Terraform, Constraints: supported, ExtraPaths: []string{dir}}
	path, err := there.Find(ctx)
	if err != nil {
		note(fmt.Sprintf("downloading Terraform %s into %s", supported, dir))
		path, err = from.Install(ctx)
	}
	if err != nil {
		return Program{}, &MissingError{Choice: Install, err: err}
	}
	return identify(ctx, path)
}

var versionLine = regexp.MustCompile(`(?m)^(Terraform|OpenTofu) v(\S+)$`)

// identify asks a program for its name, which its path does not tell, and for its version.
func identify(ctx context.Context, path string) (Program, error) {
	cmd := exec.CommandContext(ctx, path, "version")
	cmd.Dir = filepath.Dir(path) // beside no modules, whose providers it would list
	for name, value := range environment(os.Environ(), "") {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	text, err := cmd.Output()
	if failed := new(exec.ExitError); errors.As(err, &failed) {
		return Program{}, fmt.Errorf("ask %s for its version: %w: %s", path, err, bytes.TrimSpace(failed.Stderr))
	}
	if err != nil {
		return Program{}, fmt.Errorf("ask %s for its version: %w", path, err)
	}
	found := versionLine.FindSubmatch(text)
	if found == nil {
		return Program{}, fmt.Errorf("%s is neither Terraform nor OpenTofu", path)
	}
	v, err := version.NewVersion(string(found[2]))
	if err != nil {
		return Program{}, fmt.Errorf("ask %s for its version: %w", path, err)
	}
	if !supported.Check(v.Core()) {
		return Program{}, fmt.Errorf("%s is version %s: the modules need %s", path, v, supported)
	}
	return Program{Path: path, Name: string(found[1]), Version: v}, nil
}

// MissingError is returned when the program that is chosen is not there, or cannot be installed.
type MissingError struct {
	Choice string
	err    error
}

func (e *MissingError) Error() string {
	switch {
	case e.err != nil:
		return fmt.Sprintf("Terraform %s is not on the PATH and cannot be installed: %s", supported, oneLine(e.err))
	case e.Choice == "":
		return "neither terraform nor tofu is on the PATH"
	case strings.ContainsRune(e.Choice, filepath.Separator):
		return e.Choice + " is not there"
	}
	return e.Choice + " is not on the PATH"
}

func (e *MissingError) Unwrap() error { return e.err }

// Hint says where to get it.
func (e *MissingError) Hint() string {
	hint := "install Terraform (https://developer.hashicorp.com/terraform/install) " +
		"or OpenTofu (https://opentofu.org/docs/intro/install)"
	if e.Choice == Install {
		return hint + " and run this again"
	}
	return hint + "; TERRAFORM=install (--terraform=install) downloads Terraform"
}

// oneLine is an error in one line: hc-install writes a list of them.
func oneLine(err error) string { return strings.Join(strings.Fields(err.Error()), " ") }
