package stack

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/hashicorp/go-version"
	"github.com/hashicorp/hc-install/product"
	"github.com/hashicorp/hc-install/releases"
	"github.com/hashicorp/terraform-exec/tfexec"
)

var (
	supported = version.MustConstraints(version.NewConstraint(">= 1.9.0, < 2.0.0"))
	// locksInS3 are those whose backend locks a state in S3 by a file beside it.
	locksInS3 = version.MustConstraints(version.NewConstraint(">= 1.10.0"))
)

// installer brings Terraform into a folder and returns the program's path.
type installer func(ctx context.Context, dir string) (string, error)

// findTerraform returns a Terraform that the modules work with, and its version: the one on the PATH, one that an
// earlier run installed, or one that is installed now.
func findTerraform(ctx context.Context, dir string, install installer, note func(string)) (string, *version.Version, error) {
	path, err := exec.LookPath("terraform")
	if err == nil {
		found, err := checkVersion(ctx, path)
		return path, found, err
	}
	path = filepath.Join(dir, "terraform")
	if _, err := os.Stat(path); err == nil {
		if found, err := checkVersion(ctx, path); err == nil {
			return path, found, nil
		}
	}
	note("Terraform is not on the PATH: installing it into " + dir)
	if err := os.MkdirAll(dir, dirMode); err != nil {
		return "", nil, fmt.Errorf("make %s: %w", dir, err)
	}
	path, err = install(ctx, dir)
	if err != nil {
		return "", nil, &TerraformError{err: err}
	}
	found, err := checkVersion(ctx, path)
	return path, found, err
}

func checkVersion(ctx context.Context, path string) (*version.Version, error) {
	tf, err := tfexec.NewTerraform(filepath.Dir(path), path)
	if err != nil {
		return nil, fmt.Errorf("prepare %s: %w", path, err)
	}
	if err := tf.SetEnv(environment(os.Environ(), "")); err != nil {
		return nil, fmt.Errorf("prepare %s: %w", path, err)
	}
	found, _, err := tf.Version(ctx, true)
	if err != nil {
		return nil, fmt.Errorf("ask %s for its version: %w", path, err)
	}
	if !supported.Check(found.Core()) {
		return nil, fmt.Errorf("%s is version %s: the modules need %s", path, found, supported)
	}
	return found, nil
}

// installRelease downloads from HashiCorp, checking signature and checksum. It tries once: a machine without that
// network should say so at once.
func installRelease(ctx context.Context, dir string) (string, error) {
	source := &releases.LatestVersion{
		Product: product.Terraform, Constraints: supported, InstallDir: dir,
		Timeout: 5 * time.Minute, HTTPClient: &http.Client{},
	}
	return source.Install(ctx)
}
