package settings

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/pflag"
)

// Width is how many columns wide the help is.
const Width = 100

// Help writes the settings of the struct that settings points to: argument, meaning, variable and default.
func Help(w io.Writer, header string, settings any) {
	_, _ = fmt.Fprintf(w, "%s\n\n%s\n", header, New("", settings).Usage())
}

// Usage lists the settings, each once, under the headings of their groups.
func (s *Set) Usage() string {
	var b strings.Builder
	for i := 0; i < len(s.Settings); {
		group := s.Settings[i].Group
		var flags pflag.FlagSet
		flags.SortFlags = false
		for ; i < len(s.Settings) && s.Settings[i].Group == group; i++ {
			flags.AddFlag(s.Flags.Lookup(s.Settings[i].Flag))
		}
		fmt.Fprintf(&b, "%s:\n%s\n", group, flags.FlagUsagesWrapped(Width))
	}
	text := strings.TrimRight(b.String(), "\n")
	for _, f := range s.Settings {
		if f.Secret { // it is no argument
			argument := "--" + f.Flag + " " + f.Type()
			text = strings.Replace(text, argument, fmt.Sprintf("%-*s", len(argument), f.Variable), 1)
		}
	}
	return text
}

// usage returns the meaning with the variable and the default.
func (f *Setting) usage() string {
	source := f.Variable
	if f.Secret {
		source = "environment variable " + source + "; not accepted as an argument"
	}
	if f.Default != "–" {
		source += "; default: " + f.Default
	}
	return f.Meaning + ". [" + source + "]"
}

// Table returns the settings as a table in Markdown. Tests of the programs compare it with their READMEs.
func (s *Set) Table() string {
	text := "| setting | default | meaning |\n|---|---|---|\n"
	for _, f := range s.Settings {
		fallback := f.Default
		if fallback != "–" && f.tag.Get("defaultdesc") == "" {
			fallback = "`" + fallback + "`"
		}
		text += fmt.Sprintf("| `%s` | %s | %s |\n", f.Name, fallback, strings.ReplaceAll(f.Meaning, "|", "\\|"))
	}
	return text
}
