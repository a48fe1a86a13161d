package settings

import (
	"bytes"
	"slices"
	"strings"
	"testing"
)

type withOperands struct {
	Common
	Shell []string `operands:"SHELL" min:"1" max:"1" accept:"bash|zsh" desc:"the shell"`
	Dry   bool     `envconfig:"T_DRY_RUN" desc:"show only"`
}

type withFiles struct {
	Files []string `operands:"FILE" desc:"events, or - for standard input"`
	Dry   bool     `envconfig:"T_DRY_RUN" desc:"show only"`
}

func TestOperands(t *testing.T) {
	t.Setenv("FILES", "c,d") // is no setting
	for _, test := range []struct {
		args []string
		want []string
		dry  bool
	}{
		{},
		{args: []string{"a", "-"}, want: []string{"a", "-"}},
		{args: []string{"a", "--t-dry-run", "b"}, want: []string{"a", "b"}, dry: true},
		{args: []string{"--t-dry-run", "--", "--t-dry-run=no", "-h"}, want: []string{"--t-dry-run=no", "-h"}, dry: true},
	} {
		var got withFiles
		if err := Load(&got, test.args); err != nil || !slices.Equal(got.Files, test.want) || got.Dry != test.dry {
			t.Errorf("%v: %+v, %v", test.args, got, err)
		}
	}
}

func TestOperandsAreRefused(t *testing.T) {
	for args, want := range map[string]string{
		"":              "SHELL is missing: the shell (bash, zsh)",
		"fish":          `SHELL is "fish": accepted are bash, zsh`,
		"bash zsh":      "unknown argument zsh: -h lists what is accepted",
		"bash --shell":  "unknown argument --shell: -h lists what is accepted",
		"bash -t-dry=1": "unknown argument -t-dry: -h lists what is accepted",
	} {
		err := Load(&withOperands{}, strings.Fields(args))
		if err == nil || err.Error() != want || !IsUsage(err) {
			t.Errorf("%s: got %v, want %s", args, err, want)
		}
	}
}

func TestHelpShowsOperands(t *testing.T) {
	for want, of := range map[string]any{"\nSHELL  ": &withOperands{}, "\n[FILE…]  ": &withFiles{}} {
		var b bytes.Buffer
		Help(&b, "header", of)
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
}
