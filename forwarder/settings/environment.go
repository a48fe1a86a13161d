package settings

import (
	"errors"
	"os"
	"strings"

	"github.com/kelseyhightower/envconfig"
)

// lookUp finds the variable that sets the field. Compose and Kubernetes hand on variables that nobody filled: an empty
// one counts only where empty is a value.
func (f *field) lookUp(prefix string) {
	f.from = f.Variable
	for _, name := range []string{prefix + f.Name, f.Variable} {
		text, set := os.LookupEnv(name)
		if text = strings.TrimSpace(text); set && (text != "" || f.tag.Get("empty") != "") {
			f.from, f.text = name, &text
			return
		}
	}
}

// fill has envconfig fill the struct, and notes what it refuses. envconfig reads the environment of this process alone,
// takes an empty text and blanks around one for a value, and stops at the first that it cannot read. So while it works
// the environment holds the texts of the fields instead, without those that it refused, and afterwards what it held
// before. A child that is started meanwhile could have them: programs read their settings first.
func fill(into any, fields []*field) error {
	was := map[string]*string{}
	for _, f := range fields {
		if _, again := was[f.Variable]; again {
			continue // what the first field of a variable found is for all of them
		}
		was[f.Variable] = nil
		if text, set := os.LookupEnv(f.Variable); set {
			was[f.Variable] = &text
		}
		put(f.Variable, f.oneLine())
	}
	defer func() {
		for name, text := range was {
			put(name, text)
		}
	}()
	for range len(fields) + 1 {
		err := envconfig.Process("", into)
		var refused *envconfig.ParseError
		if !errors.As(err, &refused) {
			return err
		}
		put(refused.KeyName, nil)
		for _, f := range fields {
			if f.Variable == refused.KeyName {
				f.problem = f.refuse(f.from, refused.Value)
			}
		}
	}
	return nil
}

func put(name string, text *string) {
	if text == nil {
		_ = os.Unsetenv(name)
		return
	}
	_ = os.Setenv(name, *text)
}
