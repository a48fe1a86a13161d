package main

import (
	"flag"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/settings"
)

var update = flag.Bool("update", false, "write the README's table anew")

func TestReadme(t *testing.T) {
	const file = "README.md"
	all := settings.New(prefix, &Config{})
	const begin, end = "<!-- settings of cmd/stack -->\n", "<!-- end -->"
	was, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	want := regexp.MustCompile("(?s)"+begin+".*?"+end).ReplaceAllLiteralString(string(was), begin+all.Table()+end)
	if *update {
		err = os.WriteFile(file, []byte(want), 0o600)
	} else if string(was) != want || !strings.Contains(want, begin) {
		t.Error("the README's table of settings is not what -h says: go test ./cmd/stack -update")
	}
	if err != nil {
		t.Error(err)
	}
}
