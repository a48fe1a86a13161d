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
	built := map[string]string{} // what Go recorded, such as the commit
	if info != nil {
		for _, s := range info.Settings {
			built[s.Key] = s.Value
		}
		if main := info.Main.Version; version == unknown && main != "" && main != "(devel)" {
			version = main
		}
	}
	text := program + " " + version + "\n"
	if revision := built["vcs.revision"]; revision != "" {
		text += "commit " + revision + " of " + built["vcs.time"]
		if built["vcs.modified"] == "true" {
			text += ", with changes"
		}
		text += "\n"
	}
	return text + fmt.Sprintf("%s %s/%s\n", runtime.Version(), runtime.GOOS, runtime.GOARCH)
}
