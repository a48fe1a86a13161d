package relay

import (
	"runtime"
	"runtime/debug"
	"testing"
)

func TestAbout(t *testing.T) {
	machine := runtime.Version() + " " + runtime.GOOS + "/" + runtime.GOARCH + "\n"
	commit := []debug.BuildSetting{
		{Key: "vcs.revision", Value: "c0ffee"},
		{Key: "vcs.time", Value: "2026-11-22T06:00:00Z"},
		{Key: "vcs.modified", Value: "false"},
	}
	changed := []debug.BuildSetting{commit[0], commit[1], {Key: "vcs.modified", Value: "true"}}
	for _, c := range []struct {
		version string
		info    *debug.BuildInfo
		want    string
	}{
		{"1.2.3", nil, "p 1.2.3\n"},
		{
			"1.2.3",
			&debug.BuildInfo{Main: debug.Module{Version: "v9.9.9"}, Settings: commit},
			"p 1.2.3\ncommit c0ffee of 2026-11-22T06:00:00Z\n",
		},
		{"dev", &debug.BuildInfo{Main: debug.Module{Version: "v9.9.9"}}, "p v9.9.9\n"},
		{
			"dev",
			&debug.BuildInfo{Main: debug.Module{Version: "(devel)"}, Settings: changed},
			"p dev\ncommit c0ffee of 2026-11-22T06:00:00Z, with changes\n",
		},
	} {
		if got := about("p", c.version, c.info); got != c.want+machine {
			t.Errorf("got %swant %s", got, c.want+machine)
		}
	}
}
