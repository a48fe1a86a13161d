package driver

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
)

// registries are the hosts that a provider without a host in its source comes from. A mirror has a folder for each.
var registries = map[string]string{terraformName: "registry.terraform.io", openTofuName: "registry.opentofu.org"}

// FindMirror looks below /opt for a folder that holds the provider, so that a machine without the registry needs no
// setting. Where the person's own configuration says where providers come from, what was merely found does not overrule
// it.
func (p Program) FindMirror() string {
	if configuresProviders() {
		return ""
	}
	return p.findMirror("/opt")
}

// findMirror asks for a version for this platform, unpacked or as an archive, below the program's registry.
func (p Program) findMirror(system string) string {
	platform := runtime.GOOS + "_" + runtime.GOARCH
	for _, release := range []string{filepath.Join("*", platform), "terraform-provider-aws_*_" + platform + ".zip"} {
		mirrors, _ := filepath.Glob(filepath.Join(system, "*")) // the patterns are well formed
		for _, mirror := range mirrors {
			found, _ := filepath.Glob(filepath.Join(mirror, registries[p.Name], "hashicorp", "aws", release))
			if len(found) > 0 {
				return mirror
			}
		}
	}
	return ""
}

// configuresProviders reports whether a file that TF_CLI_CONFIG_FILE names is there, whatever is in it, or whether one
// of the two programs' own files has something on the installation of providers.
func configuresProviders() bool {
	if environment(os.Environ(), "")["TF_CLI_CONFIG_FILE"] != "" {
		return true
	}
	home, _ := os.UserHomeDir()
	for _, file := range []string{
		filepath.Join(home, ".terraformrc"), filepath.Join(home, ".tofurc"),
		filepath.Join(os.Getenv("XDG_CONFIG_HOME"), "opentofu", "tofurc"),
	} {
		text, err := os.ReadFile(file) //nolint:gosec // the person's own environment says where it is
		if err == nil && bytes.Contains(text, []byte("provider_installation")) {
			return true
		}
	}
	return false
}
