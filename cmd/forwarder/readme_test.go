package main

import (
	"flag"
	"os"
	"testing"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/relay"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/settings"
)

var update = flag.Bool("update", false, "write the README's table again")

func TestReadme(t *testing.T) {
	const file = "../../forwarder/README.md"
	was, want, err := settings.New("", &relay.Settings{}).Readme(file, "cmd/forwarder")
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		err = os.WriteFile(file, []byte(want), 0o600)
	} else if was != want {
		t.Error("the README's table of settings is not what -h says: go test ./cmd/forwarder -update")
	}
	if err != nil {
		t.Error(err)
	}
}
