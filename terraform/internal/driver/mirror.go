package driver

import (
	"bytes"
	"cmp"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// registries are the hosts that a provider without a host in its source comes from. A mirror has a folder for each.
var registries = map[string]string{terraformName: "registry.terraform.io", openTofuName: "registry.opentofu.org"}

// FindMirror looks below /opt for a folder that holds the provider, so that a machine without the registry needs no
// setting. What the program finds by itself comes first and yields nothing here, as does a configuration of the
// person's own.
func (p Program) FindMirror() string {
	home, _ := os.UserHomeDir()
	env := environment(os.Environ(), "")
	if p.configuresProviders(home, env) {
		return ""
	}
	return p.findMirror(home, env, "/opt")
}

func (p Program) findMirror(home string, env map[string]string, system string) string {
	if slices.ContainsFunc(p.impliedMirrors(home, env), p.hasProvider) {
		return ""
	}
	entries, _ := os.ReadDir(system)
	for _, e := range entries {
		if dir := filepath.Join(system, e.Name()); p.hasProvider(dir) {
			return dir
		}
	}
	return ""
}

// configuresProviders reports whether the person's own configuration says where providers come from. A mirror that was
// merely found must not overrule that. A file that TF_CLI_CONFIG_FILE names counts, whatever is in it.
func (p Program) configuresProviders(home string, env map[string]string) bool {
	if env["TF_CLI_CONFIG_FILE"] != "" {
		return true
	}
	files := []string{filepath.Join(home, ".terraformrc")}
	if runtime.GOOS == "windows" {
		files = []string{filepath.Join(env["APPDATA"], "terraform.rc"), filepath.Join(env["APPDATA"], "tofu.rc")}
	}
	if p.Name == openTofuName {
		files = append(files, filepath.Join(home, ".tofurc"), filepath.Join(env["XDG_CONFIG_HOME"], "opentofu", "tofurc"))
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err == nil && bytes.Contains(text, []byte("provider_installation")) {
			return true
		}
	}
	return false
}

// impliedMirrors are the directories that both programs search without being told, on systems that have an /opt.
func (p Program) impliedMirrors(home string, env map[string]string) []string {
	data := cmp.Or(env["XDG_DATA_HOME"], filepath.Join(home, ".local", "share"))
	return []string{
		filepath.Join(home, ".terraform.d", "plugins"),
		filepath.Join(data, strings.ToLower(p.Name), "plugins"),
		filepath.Join(data, "terraform", "plugins"),
		"/usr/local/share/terraform/plugins",
		"/usr/share/terraform/plugins",
	}
}

// hasProvider asks for a version for this platform, unpacked or as an archive, below the program's registry.
func (p Program) hasProvider(dir string) bool {
	platform := runtime.GOOS + "_" + runtime.GOARCH
	for _, pattern := range []string{filepath.Join("*", platform), "terraform-provider-aws_*_" + platform + ".zip"} {
		found, _ := filepath.Glob(filepath.Join(dir, registries[p.Name], "hashicorp", "aws", pattern))
		if len(found) > 0 {
			return true
		}
	}
	return false
}
