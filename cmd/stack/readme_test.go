package main

import (
	"flag"
	"os"
	"testing"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/settings"
)

var update = flag.Bool("update", false, "write the README's table anew")

func TestReadme(t *testing.T) {
	const file = "README.md"
	all := settings.New(prefix, &Config{}).Add(prefix, &Forwarder{}).Add(prefix, &Types{}).Add(prefix, &Selection{})
	was, want, err := all.Readme(file, "cmd/stack")
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		err = os.WriteFile(file, []byte(want), 0o600)
	} else if was != want {
		t.Error("the README's table of settings is not what -h says: go test ./cmd/stack -update")
	}
	if err != nil {
		t.Error(err)
	}
}
