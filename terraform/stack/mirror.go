package stack

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
)

// providerPath is the provider's folder in a mirror, below that of the host it came from.
const providerPath = "*/hashicorp/aws"

// findMirror looks for a folder that holds the provider, so that a machine without the registry needs no setting. What
// Terraform finds by itself comes first and yields nothing here.
func findMirror(home string, env map[string]string, system string) string {
	for _, dir := range impliedMirrors(home, env) {
		if holdsProvider(dir) {
			return ""
		}
	}
	entries, _ := os.ReadDir(system)
	for _, e := range entries {
		if dir := filepath.Join(system, e.Name()); holdsProvider(dir) {
			return dir
		}
	}
	return ""
}

// configuresProviders tells whether the person's own configuration of Terraform says where providers come from, which a
// mirror that was merely found must not overrule. A file that TF_CLI_CONFIG_FILE names is there for a reason, whatever
// is in it.
func configuresProviders(home string, env map[string]string) bool {
	if env["TF_CLI_CONFIG_FILE"] != "" {
		return true
	}
	file := filepath.Join(home, ".terraformrc")
	if runtime.GOOS == "windows" {
		file = filepath.Join(env["APPDATA"], "terraform.rc")
	}
	text, err := os.ReadFile(file) //nolint:gosec // the folder is the operator's own
	return err == nil && bytes.Contains(text, []byte("provider_installation"))
}

// impliedMirrors are the directories that Terraform searches without being told.
func impliedMirrors(home string, env map[string]string) []string {
	dirs := []string{filepath.Join(home, ".terraform.d", "plugins")}
	switch runtime.GOOS {
	case "darwin":
		return append(dirs, filepath.Join(home, "Library", "Application Support", "io.terraform", "plugins"), "/Library/Application Support/io.terraform/plugins")
	case "windows":
		return append(dirs, filepath.Join(env["APPDATA"], "terraform.d", "plugins"), filepath.Join(env["APPDATA"], "HashiCorp", "Terraform", "plugins"))
	}
	data := env["XDG_DATA_HOME"]
	if data == "" {
		data = filepath.Join(home, ".local", "share")
	}
	return append(dirs, filepath.Join(data, "terraform", "plugins"), "/usr/local/share/terraform/plugins", "/usr/share/terraform/plugins")
}

// holdsProvider asks for a version for this platform, unpacked or as an archive.
func holdsProvider(dir string) bool {
	platform := runtime.GOOS + "_" + runtime.GOARCH
	for _, pattern := range []string{filepath.Join("*", platform), "terraform-provider-aws_*_" + platform + ".zip"} {
		if found, _ := filepath.Glob(filepath.Join(dir, providerPath, pattern)); len(found) > 0 {
			return true
		}
	}
	return false
}
