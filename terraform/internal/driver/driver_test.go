package driver

import (
	"path/filepath"
	"testing"
)

func TestEnvironment(t *testing.T) {
	there := filepath.Join(t.TempDir(), "rc")
	put(t, there, "")
	got := environment([]string{
		"AWS_PROFILE=p", "TF_VAR_name=x", "TF_CLI_ARGS=-x", "TF_CLI_ARGS_plan=-x", "TF_WORKSPACE=w", "TF_LOG=TRACE",
		"TF_CLI_CONFIG_FILE=/no/such/file", "EQUALS=a=b",
	}, "/data")
	want := map[string]string{"AWS_PROFILE": "p", "EQUALS": "a=b", "TF_DATA_DIR": "/data", "CHECKPOINT_DISABLE": "1"}
	if len(got) != len(want) {
		t.Errorf("environment %v", got)
	}
	for name, value := range want {
		if got[name] != value {
			t.Errorf("%s is %q, want %q", name, got[name], value)
		}
	}
	if got := environment([]string{"TF_CLI_CONFIG_FILE=" + there}, ""); got["TF_CLI_CONFIG_FILE"] != there {
		t.Error("a configuration that is there is left out")
	}
}
