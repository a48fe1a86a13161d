package relay

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"
)

// Version is set when the program is linked.
var Version = "dev"

// About returns what --version prints: the version, the tag or commit of the source (if Go recorded it in the program),
// the version of Go, and the platform.
func About(program string) string {
	text := program + " " + Version + "\n"
	if info, ok := debug.ReadBuildInfo(); ok && strings.HasPrefix(info.Main.Version, "v") {
		text += "built from " + info.Main.Version + "\n"
	}
	return text + fmt.Sprintf("%s %s/%s\n", runtime.Version(), runtime.GOOS, runtime.GOARCH)
}
