package examples

import (
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/relay"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/settings"
)

// workload is what an example gives the forwarder, whatever runs it.
type workload struct {
	env    map[string]string
	args   []string
	image  string
	grace  time.Duration // from SIGTERM until it is killed
	memory int64         // bytes that it may use
	paths  []string      // asked for at ADMIN_ADDR
}

// As measured with events of 256 KiB and of 1 MiB. The bodies take MAX_IN_FLIGHT_BYTES at most.
const (
	perMessage = 64 << 10
	atRest     = 40 << 20
)

// check holds a workload against the forwarder: names and values of its settings, its image, its end.
func (w *workload) check(t *testing.T) *relay.Settings {
	t.Helper()
	s := w.settings(t)
	if s.ShutdownTimeout >= w.grace {
		t.Errorf("killed %v after SIGTERM, but SHUTDOWN_TIMEOUT is %v", w.grace, s.ShutdownTimeout)
	}
	if most := int64(s.MaxInFlightBytes+s.MaxInFlight*perMessage) + atRest; w.memory < most {
		t.Errorf("%d MiB of memory: %d messages of the largest size take %d MiB", w.memory>>20, s.MaxInFlight, most>>20)
	}
	for _, name := range []string{"SINK_TOKEN", "AUTH_TOKEN", "AWS_SECRET_ACCESS_KEY"} {
		if w.env[name] != "" {
			t.Errorf("%s is written down", name)
		}
	}
	for _, name := range []string{"GOMEMLIMIT", "GOGC"} {
		if _, set := w.env[name]; set {
			t.Errorf("%s turns the forwarder's own pacing off", name)
		}
	}
	if made := imageName(t); w.image != made {
		t.Errorf("image %s, but make image makes %s", w.image, made)
	}
	return s
}

// settings reads the settings as the forwarder does, from this environment alone.
func (w *workload) settings(t *testing.T) *relay.Settings {
	t.Helper()
	names := settingNames()
	for name := range w.env {
		if !slices.Contains(names, name) && !strings.HasPrefix(name, "AWS_") {
			t.Errorf("%s is no setting of the forwarder", name)
		}
	}
	for _, name := range append(names, "AWS_REGION") {
		t.Setenv(name, "") // puts back what was there when the test ends
		if err := os.Unsetenv(name); err != nil {
			t.Fatal(err)
		}
	}
	for name, value := range w.env {
		t.Setenv(name, value)
	}
	var s relay.Settings
	if err := settings.Load(&s, w.args); err != nil {
		t.Fatal(err)
	}
	return &s
}

// settingNames leaves out those that have no effect.
func settingNames() []string {
	var names, without []string
	for _, f := range reflect.VisibleFields(reflect.TypeFor[relay.RemovedSettings]()) {
		without = append(without, f.Name)
	}
	for _, f := range reflect.VisibleFields(reflect.TypeFor[relay.Settings]()) {
		if name := f.Tag.Get("envconfig"); name != "" && !slices.Contains(without, f.Name) {
			names = append(names, name)
		}
	}
	return names
}

// imageName is the tag that make image gives, with VERSION as the version.
func imageName(t *testing.T) string {
	t.Helper()
	makefile, err := os.ReadFile("../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	tags := regexp.MustCompile(`[a-z./-]+:(\$\(VERSION\)|VERSION\b)`).FindAllString(string(makefile), -1)
	if len(tags) == 0 {
		t.Fatal("make image gives no tag")
	}
	return strings.ReplaceAll(tags[0], "$(VERSION)", "VERSION")
}

// TestSettingNames shows that a name can be wrong.
func TestSettingNames(t *testing.T) {
	names := settingNames()
	for name, known := range map[string]bool{
		"QUEUE_URL":       true,
		"SINK_TOKEN_FILE": true,
		"ADMIN_ADDR":      true,
		"QUEUE_ULR":       false,
		"CLEAN_UP":        false,
	} {
		if slices.Contains(names, name) != known {
			t.Errorf("%s among the settings: %v", name, !known)
		}
	}
}
