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
	b := built()
	return b.about(program)
}

// Released is the version and, where it is known, the day of the commit that this was built from.
func Released() (version, day string) {
	b := built()
	day, _, _ = strings.Cut(b.time, "T")
	return b.version, day
}

type build struct {
	version        string
	revision, time string // of the commit, "" where it is not known
	changed        bool   // since that commit
}

func built() build {
	info, _ := debug.ReadBuildInfo()
	return buildOf(Version, info)
}

// buildOf takes the version that was given to the linker, else the one that Go knows of a module that was installed, or
// of the commit.
func buildOf(version string, info *debug.BuildInfo) build {
	b := build{version: version}
	if info == nil {
		return b
	}
	if main := info.Main.Version; version == unknown && main != "" && main != "(devel)" {
		b.version = main
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.revision = s.Value
		case "vcs.time":
			b.time = s.Value
		case "vcs.modified":
			b.changed = s.Value == "true"
		}
	}
	return b
}

func (b build) about(program string) string {
	text := program + " " + b.version + "\n"
	if b.revision != "" {
		text += "commit " + b.revision + " of " + b.time
		if b.changed {
			text += ", with changes"
		}
		text += "\n"
	}
	return text + fmt.Sprintf("%s %s/%s\n", runtime.Version(), runtime.GOOS, runtime.GOARCH)
}
