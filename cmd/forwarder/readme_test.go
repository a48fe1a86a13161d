package main

import (
	"flag"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/relay"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/settings"
)

var update = flag.Bool("update", false, "write the README's table again")

func TestReadme(t *testing.T) {
	const file = "../../forwarder/README.md"
	const begin, end = "<!-- settings of cmd/forwarder -->\n", "<!-- end -->"
	was, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	table := begin + settings.New("", &relay.Settings{}).Table() + end
	want := regexp.MustCompile("(?s)"+begin+".*?"+end).ReplaceAllLiteralString(string(was), table)
	if *update {
		err = os.WriteFile(file, []byte(want), 0o600)
	} else if string(was) != want || !strings.Contains(want, begin) {
		t.Error("the README's table of settings is not what -h says: go test ./cmd/forwarder -update")
	}
	if err != nil {
		t.Error(err)
	}
}
