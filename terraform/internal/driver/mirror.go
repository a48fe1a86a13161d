package driver

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

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

// configuresProviders reports whether the file that TF_CLI_CONFIG_FILE names exists, whatever it contains, or whether a
// configuration file of one of the two programs contains provider_installation.
func configuresProviders() bool {
	if environment(os.Environ(), "")["TF_CLI_CONFIG_FILE"] != "" {
		return true
	}
	home, _ := os.UserHomeDir()
	for _, file := range []string{
		filepath.Join(home, ".terraformrc"), filepath.Join(home, ".tofurc"),
		filepath.Join(os.Getenv("XDG_CONFIG_HOME"), "opentofu", "tofurc"),
	} {
		text, err := os.ReadFile(file) //nolint:gosec // the user's own environment says where it is
		if err == nil && bytes.Contains(text, []byte("provider_installation")) {
			return true
		}
	}
	return false
}
