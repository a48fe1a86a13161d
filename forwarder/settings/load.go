// Package settings reads the settings of this project's programs. A setting has one name: QUEUE_NAME in the environment
// is --queue-name on the command line, and the argument wins. A program declares its settings as a struct. envconfig
// fills it from the environment, arguments replace the settings that they name, and the help texts and the tables in
// the READMEs are made from the fields' tags.
//
// The tags envconfig, split_words and default are envconfig's own. desc, unit, min, max, accept (values separated by |)
// and defaultdesc describe what is accepted. A field with the tag secret takes no argument, which other processes could
// read. An empty variable is ignored, unless its field has the tag empty, whose text tells readers of the code what an
// empty value leads to. The tag lines allows a value of several lines. The tag file says whether the value names a file
// or a folder. The tag group is the heading in the help for this field and those that follow. A field has the type
// string, bool, int or time.Duration.
//
// The package is under forwarder/ because the forwarder's own settings need it. Packages under forwarder/ and under
// terraform/ never import each other; those in cmd/ and examples/ may import both, and those under terraform/ have no
// settings.
package settings

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"reflect"
	"slices"
	"strings"

	"github.com/kelseyhightower/envconfig"
	"github.com/spf13/pflag"
	"go.yaml.in/yaml/v3"
)

// Error lists everything that is wrong with a program's settings, so that one run shows it all.
type Error struct{ Problems []string }

func (e *Error) Error() string { return strings.Join(e.Problems, "\n") }

// IsUsage reports whether err means that the program was used wrongly: exit code 2.
func IsUsage(err error) bool {
	var e *Error
	return errors.As(err, &e)
}

// Checker is a struct of settings that depend on each other. Check is called once, after all have been read. It may
// fill in settings that follow from others, and returns one sentence for each contradiction.
type Checker interface{ Check() []string }

// Describer is a struct that has descriptions too long for the tag desc. Describe returns them by the name of the
// setting.
type Describer interface{ Describe() map[string]string }

// Descriptions reads descriptions from YAML that is part of a program.
func Descriptions(file []byte) (texts map[string]string) {
	if err := yaml.Unmarshal(file, &texts); err != nil {
		panic(err)
	}
	return texts
}

// Set is the settings of one program, or of one of its commands.
type Set struct {
	Flags    *pflag.FlagSet
	Settings []*Setting

	prefix string   // of the variables
	into   any      // the struct of the settings
	others []string // variables of settings of other commands
}

// New binds flags to the settings of the struct that into points to. Those in without are settings of other commands:
// they get no flag, and their variables are ignored.
// With a prefix the variable of the field QueueName is PREFIX_QUEUE_NAME (split_words); a field with the tag envconfig
// is read without the prefix, too.
func New(prefix string, into any, without ...string) *Set {
	s := &Set{Flags: pflag.NewFlagSet("", pflag.ContinueOnError), prefix: prefix, into: into}
	s.Flags.SortFlags = false
	s.Flags.SetOutput(io.Discard)
	group := "Settings"
	for _, f := range settingsOf(reflect.ValueOf(into).Elem(), prefix, nil) {
		group = cmp.Or(f.Group, group)
		f.Group = group
		if slices.Contains(without, f.Name) {
			s.others = append(s.others, f.Variable, f.prefixed)
			continue
		}
		s.Settings = append(s.Settings, f)
		flag := s.Flags.VarPF(f, f.Flag, "", f.usage())
		if f.Bool() {
			flag.NoOptDefVal = "true"
		}
	}
	return s
}

// Load fills the struct that into points to, from the environment and from args. It returns *Error when anything is
// wrong and flag.ErrHelp when args ask for help.
func Load(into any, args []string) error {
	s := New("", into)
	err := s.Flags.Parse(args)
	switch {
	case errors.Is(err, pflag.ErrHelp):
		return flag.ErrHelp
	case err != nil:
		return UsageError(err)
	case s.Flags.NArg() > 0:
		return Unknown(s.Flags.Arg(0))
	}
	return s.Read()
}

// Read fills the struct with defaults, with what the environment holds, and with the arguments that Flags has parsed.
func (s *Set) Read() error {
	for _, variable := range s.others {
		_ = os.Unsetenv(variable) // envconfig would read it
	}
	var problems []string
	for _, f := range s.Settings {
		if problem := f.prepare(); problem != "" {
			problems = append(problems, problem)
		}
	}
	if err := envconfig.Process(s.prefix, s.into); err != nil {
		return fmt.Errorf("read settings: %w", err)
	}
	for _, f := range s.Settings {
		if f.argument != nil {
			value, _ := f.parse(*f.argument) // it has been checked above
			f.field.Set(value)
		}
	}
	if c, ok := s.into.(Checker); ok {
		problems = append(problems, c.Check()...)
	}
	if len(problems) > 0 {
		return &Error{Problems: problems}
	}
	return nil
}

// UsageError turns err, an error from parsing arguments, into an Error with this package's wording.
func UsageError(err error) error {
	var missing *pflag.ValueRequiredError
	var unknown *pflag.NotExistError
	var malformed *pflag.InvalidSyntaxError
	switch {
	case errors.As(err, &missing):
		if f, ok := missing.GetFlag().Value.(*Setting); ok {
			return &Error{Problems: []string{"--" + f.Flag + " needs a value: " + f.acceptedText()}}
		}
	case errors.As(err, &unknown) && unknown.GetSpecifiedShortnames() != "":
		return Unknown("-" + unknown.GetSpecifiedShortnames())
	case errors.As(err, &unknown):
		return Unknown("--" + unknown.GetSpecifiedName())
	case errors.As(err, &malformed):
		return Unknown(malformed.GetSpecifiedFlag())
	}
	return &Error{Problems: []string{err.Error()}}
}

// Unknown returns the error for an argument that no setting has.
func Unknown(argument string) error {
	return &Error{Problems: []string{"unknown argument " + argument + ": -h lists what is accepted"}}
}
