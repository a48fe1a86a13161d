package relay

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// Version is set when the program is linked.
var Version = unknown

const unknown = "dev"

// About returns what --version prints: the version, the commit that was built, the version of Go, and the platform.
func About(program string) string {
	info, _ := debug.ReadBuildInfo()
	return about(program, Version, info)
}

func about(program, version string, info *debug.BuildInfo) string {
	version, commit := built(version, info)
	text := program + " " + version + "\n"
	if revision := commit["vcs.revision"]; revision != "" {
		text += "commit " + revision + " of " + commit["vcs.time"]
		if commit["vcs.modified"] == "true" {
			text += ", with changes"
		}
		text += "\n"
	}
	return text + fmt.Sprintf("%s %s/%s\n", runtime.Version(), runtime.GOOS, runtime.GOARCH)
}

// built returns the version set by the linker or, if there is none, the module version that Go recorded; and the build
// settings that Go recorded, among them the commit.
func built(version string, info *debug.BuildInfo) (string, map[string]string) {
	commit := map[string]string{}
	if info == nil {
		return version, commit
	}
	if main := info.Main.Version; version == unknown && main != "" && main != "(devel)" {
		version = main
	}
	for _, s := range info.Settings {
		commit[s.Key] = s.Value
	}
	return version, commit
}
