package relay

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"
)

// Version is set when the program is linked.
var Version = unknown

const unknown = "dev"

// About is what --version prints of a program: its version, what it was built from and with.
func About(program string) string {
	info, _ := debug.ReadBuildInfo()
	return about(program, Version, info)
}

// about takes the version that was given to the linker, else the one that Go knows of a module that was installed, or of the commit.
func about(program, version string, info *debug.BuildInfo) string {
	built := map[string]string{}
	if info != nil {
		for _, s := range info.Settings {
			built[s.Key] = s.Value
		}
		if main := info.Main.Version; version == unknown && main != "" && main != "(devel)" {
			version = main
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s\n", program, version)
	if revision := built["vcs.revision"]; revision != "" {
		changed := ""
		if built["vcs.modified"] == "true" {
			changed = ", with changes"
		}
		fmt.Fprintf(&b, "commit %s of %s%s\n", revision, built["vcs.time"], changed)
	}
	fmt.Fprintf(&b, "%s %s/%s\n", runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return b.String()
}
