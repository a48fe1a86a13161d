package settings

import (
	"bytes"
	"errors"
	"flag"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

type Common struct {
	Region string `envconfig:"T_REGION" default:"us-west-2" desc:"AWS region"`
}

type Sample struct {
	Common
	Wait   int           `envconfig:"T_WAIT" default:"20" unit:"seconds" min:"0" max:"20" desc:"long poll"`
	Try    time.Duration `envconfig:"T_TRY" default:"5s" min:"1ms" desc:"one try"`
	Format string        `envconfig:"T_FORMAT" accept:"binary|batch" desc:"encoding"`
	Dry    bool          `envconfig:"T_DRY_RUN" desc:"show only"`
	Token  string        `envconfig:"T_TOKEN" secret:"true" desc:"token"`
	Addr   string        `envconfig:"T_ADDR" default:":9090" empty:"off" desc:"admin"`

	Pattern string `envconfig:"T_PATTERN" lines:"true" desc:"JSON"`
}

func (s *Sample) Check() []string {
	if s.Dry && s.Token != "" {
		return []string{"T_DRY_RUN needs no T_TOKEN"}
	}
	return nil
}

func TestLoad(t *testing.T) {
	defaults := Sample{Common: Common{"us-west-2"}, Wait: 20, Try: 5 * time.Second, Addr: ":9090"}
	with := func(change func(*Sample)) Sample { s := defaults; change(&s); return s }
	for _, test := range []struct {
		name string
		env  map[string]string
		args []string
		want Sample
	}{
		{name: "defaults", want: defaults},
		{name: "variable", env: map[string]string{"T_WAIT": "7"}, want: with(func(s *Sample) { s.Wait = 7 })},
		{
			name: "argument wins",
			env:  map[string]string{"T_WAIT": "7"},
			args: []string{"--t-wait=8"},
			want: with(func(s *Sample) { s.Wait = 8 }),
		},
		{name: "argument apart", args: []string{"--t-try", "2m"}, want: with(func(s *Sample) { s.Try = 2 * time.Minute })},
		{name: "flag", args: []string{"--t-dry-run"}, want: with(func(s *Sample) { s.Dry = true })},
		{name: "flag with value", args: []string{"--t-dry-run=false"}, want: defaults},
		{name: "empty variable is unset", env: map[string]string{"T_WAIT": "", "T_REGION": ""}, want: defaults},
		{name: "empty means off", env: map[string]string{"T_ADDR": ""}, want: with(func(s *Sample) { s.Addr = "" })},
		{
			name: "argument replaces a bad variable",
			env:  map[string]string{"T_WAIT": "x"},
			args: []string{"--t-wait=1"},
			want: with(func(s *Sample) { s.Wait = 1 }),
		},
		{
			name: "line break at the end", env: map[string]string{"T_WAIT": "7\n", "T_REGION": " x\r\n", "T_TOKEN": "hush\n"},
			args: []string{"--t-try", "2m\n"},
			want: with(func(s *Sample) { s.Wait, s.Region, s.Token, s.Try = 7, "x", "hush", 2*time.Minute }),
		},
		{name: "only blanks", env: map[string]string{"T_WAIT": "\n", "T_REGION": " "}, want: defaults},
		{
			name: "several lines where they may be",
			args: []string{"--t-pattern={\n}\n"},
			want: with(func(s *Sample) { s.Pattern = "{\n}" }),
		},
		{
			name: "empty argument",
			args: []string{"--t-region=", "--t-addr="},
			want: with(func(s *Sample) { s.Region, s.Addr = "", "" }),
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got, err := loadWith(t, test.env, test.args); err != nil || got != test.want {
				t.Fatalf("got %+v, %v\nwant %+v", got, err, test.want)
			}
		})
	}
}

// seconds ends the error of a value that T_WAIT does not accept.
const seconds = ": it must be a whole number (seconds, 0–20)"

// badValues are refused, each with its error.
var badValues = []struct {
	name string
	env  map[string]string
	args []string
	err  string
}{
	{
		name: "line break within", env: map[string]string{"T_TOKEN": "hu\nsh", "T_REGION": "a\u009bb"},
		err: "T_REGION contains a control character, such as a line break: it must be one line of text\n" +
			"T_TOKEN contains a control character, such as a line break: it must be one line of text",
	},
	{
		name: "zero byte", args: []string{"--t-pattern={\x00}", "--t-wait=\x00"},
		err: "T_WAIT contains a control character, such as a line break: it must be one line of text\n" +
			"T_PATTERN contains a control character, such as a line break: it must be one line of text",
	},
	{
		name: "all variables at once",
		env:  map[string]string{"T_WAIT": "x", "T_TRY": "5", "T_FORMAT": "xml", "T_DRY_RUN": "maybe"},
		err: `T_WAIT is "x"` + seconds + "\n" +
			`T_TRY is "5": it must be a duration like 500ms or 2m (at least 1ms)` + "\n" +
			`T_FORMAT is "xml": it must be text (one of binary, batch)` + "\n" +
			`T_DRY_RUN is "maybe": it must be true or false`,
	},
	{
		name: "octal number", env: map[string]string{"T_WAIT": "010"},
		err: `T_WAIT is "010"` + seconds,
	},
	{
		name: "hexadecimal number", args: []string{"--t-wait=0x10"},
		err: `T_WAIT is "0x10"` + seconds,
	},
	{name: "number", env: map[string]string{"T_WAIT": "x"}, err: `T_WAIT is "x"` + seconds},
	{name: "empty number", args: []string{"--t-wait="}, err: `T_WAIT is ""` + seconds},
	{name: "range", args: []string{"--t-wait=21"}, err: `T_WAIT is "21"` + seconds},
	{
		name: "duration",
		args: []string{"--t-try=5"},
		err:  `T_TRY is "5": it must be a duration like 500ms or 2m (at least 1ms)`,
	},
	{name: "choice", args: []string{"--t-format=xml"}, err: `T_FORMAT is "xml": it must be text (one of binary, batch)`},
	{name: "bool", args: []string{"--t-dry-run=maybe"}, err: `T_DRY_RUN is "maybe": it must be true or false`},
	{
		name: "unknown",
		args: []string{"--nope=hush", "--t-wait=1"},
		err:  "unknown argument --nope: -h lists what is accepted",
	},
	{name: "position", args: []string{"up"}, err: "unknown argument up: -h lists what is accepted"},
	{name: "no value", args: []string{"--t-wait"}, err: "--t-wait needs a value" + seconds},
	{
		name: "secret",
		args: []string{"--t-token", "hush"},
		err: "--t-token: secrets are not accepted as arguments, which other processes can read: " +
			"set the variable T_TOKEN",
	},
	{
		name: "contradiction",
		env:  map[string]string{"T_TOKEN": "hush"},
		args: []string{"--t-dry-run"},
		err:  "T_DRY_RUN needs no T_TOKEN",
	},
	{name: "one dash", args: []string{"-t-region=x"}, err: "unknown argument -t-region=x: -h lists what is accepted"},
	{
		name: "all at once", env: map[string]string{"T_TRY": "x"}, args: []string{"--t-wait=99", "--t-dry-run=2"},
		err: `T_WAIT is "99"` + seconds + "\n" +
			`T_TRY is "x": it must be a duration like 500ms or 2m (at least 1ms)` + "\n" +
			`T_DRY_RUN is "2": it must be true or false`,
	},
}

func TestLoadRefuses(t *testing.T) {
	for _, test := range badValues {
		t.Run(test.name, func(t *testing.T) {
			_, err := loadWith(t, test.env, test.args)
			if err == nil || err.Error() != test.err || !IsUsage(err) {
				t.Fatalf("got error\n%v\nwant\n%s", err, test.err)
			}
			if strings.Contains(err.Error(), "hush") {
				t.Fatal("the message holds a secret")
			}
		})
	}
}

func loadWith(t *testing.T, env map[string]string, args []string) (Sample, error) {
	t.Helper()
	for name, value := range env {
		t.Setenv(name, value)
	}
	var got Sample
	err := Load(&got, args)
	return got, err
}

func TestHelp(t *testing.T) {
	if err := Load(&Sample{}, []string{"--help"}); !errors.Is(err, flag.ErrHelp) {
		t.Fatalf("got %v", err)
	}
	var b bytes.Buffer
	Help(&b, "header", &Sample{})
	for _, want := range []string{
		"header\n\nSettings:\n      --t-region string ",
		"--t-wait int         long poll (seconds, 0–20). [T_WAIT; default: 20]",
		"\n      T_TOKEN              token. [environment variable T_TOKEN; not accepted as an argument]",
		"encoding (one of binary, batch)",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
	for line := range strings.Lines(b.String()) {
		if n := utf8.RuneCountInString(line); n > Width+1 {
			t.Errorf("%d columns: %s", n, line)
		}
	}
	if got := New("", &Sample{}).Table(); !strings.Contains(got, "| `T_WAIT` | `20` | long poll (seconds, 0–20) |\n") {
		t.Errorf("got\n%s", got)
	}
}

func TestAWSVariables(t *testing.T) {
	for _, name := range []string{"AWS_REGION", "AWS_ENDPOINT_URL", "HTTPS_PROXY"} {
		t.Setenv(name, "")
	}
	if problems := CheckAWS(); problems != nil {
		t.Errorf("of empty variables: %v", problems)
	}
	for _, bad := range []string{"hush\n", " hush", "hu\tsh", "hush\u0085"} {
		t.Setenv("AWS_SECRET_ACCESS_KEY", bad)
		t.Setenv("AWS_REGION", "eu-west-1")
		const want = "AWS_SECRET_ACCESS_KEY begins or ends with white space, or contains a control character: " +
			"remove that"
		if problems := strings.Join(CheckAWS(), "\n"); problems != want {
			t.Errorf("%q: %s", bad, problems)
		}
	}
	t.Setenv("AWS_SECRET_ACCESS_KEY", "hush")
	t.Setenv("AWS_REGION", "eu-west-1\n")
	t.Setenv("AWS_PROFILE", "two words")
	if problems := CheckAWS(); len(problems) != 1 || !strings.HasPrefix(problems[0], "AWS_REGION ") {
		t.Errorf("%v", problems)
	}
}

// TestEndpointsWithPasswords has addresses that the SDK would repeat in its errors, password included.
func TestEndpointsWithPasswords(t *testing.T) {
	for value, accepted := range map[string]bool{
		"": true, "http://127.0.0.1:4566": true, "https://sqs.example/": true,
		"http://user:hush@h/": false, "http://user:hu%zzsh@h/": false, "user:hush@h": false, "nowhere": false,
	} {
		t.Setenv("AWS_ENDPOINT_URL_CLOUDTRAIL", value)
		problems := CheckAWS()
		if (problems == nil) != accepted || strings.Contains(strings.Join(problems, ""), "sh@") {
			t.Errorf("%q: %q", value, problems)
		}
	}
}

// OfItsOwn reads variables that no other program's are taken for.
type OfItsOwn struct {
	Name   string `split_words:"true" default:"dispatch" empty:"refused" group:"Place" desc:"this stack"`
	Region string `envconfig:"T_REGION" default:"us-west-2" desc:"AWS region"`
	KMSKey string `split_words:"true" group:"Looks" desc:"key"`
	Count  int    `split_words:"true" default:"3" max:"9" min:"1" desc:"count"`
}

func TestVariablesWithAPrefix(t *testing.T) {
	for name, test := range map[string]struct {
		env  map[string]string
		want OfItsOwn
	}{
		"others": {
			map[string]string{"NAME": "host", "KMS_KEY": "x", "KMSKEY": "x"},
			OfItsOwn{"dispatch", "us-west-2", "", 3},
		},
		"own": {
			map[string]string{"OWN_NAME": "mine", "OWN_KMS_KEY": "k"},
			OfItsOwn{"mine", "us-west-2", "k", 3},
		},
		"plain": {map[string]string{"T_REGION": "eu-west-1"}, OfItsOwn{"dispatch", "eu-west-1", "", 3}},
		"own before plain": {
			map[string]string{"T_REGION": "eu-west-1", "OWN_T_REGION": "eu-west-2"},
			OfItsOwn{"dispatch", "eu-west-2", "", 3},
		},
		"empty own": {
			map[string]string{"T_REGION": "eu-west-1", "OWN_T_REGION": ""},
			OfItsOwn{"dispatch", "eu-west-1", "", 3},
		},
		"empty counts": {map[string]string{"OWN_NAME": ""}, OfItsOwn{"", "us-west-2", "", 3}},
	} {
		t.Run(name, func(t *testing.T) {
			for variable, value := range test.env {
				t.Setenv(variable, value)
			}
			var got OfItsOwn
			if err := New("OWN", &got).Read(); err != nil || got != test.want {
				t.Errorf("got %+v, %v", got, err)
			}
		})
	}
	help := New("OWN", &OfItsOwn{}).Usage()
	for _, want := range []string{
		"Place:\n      --name string ",
		"[OWN_NAME; default: dispatch]",
		"[T_REGION; ",
		"\nLooks:\n      --kms-key string ",
	} {
		if !strings.Contains(help, want) {
			t.Errorf("no %q in\n%s", want, help)
		}
	}
	t.Setenv("OWN_COUNT", "x")
	err := New("OWN", &OfItsOwn{}).Read()
	if err == nil || err.Error() != `OWN_COUNT is "x": it must be a whole number (1–9)` {
		t.Errorf("got %v", err)
	}
	t.Setenv("OWN_COUNT", "10")
	err = New("OWN", &OfItsOwn{}).Read()
	if err == nil || err.Error() != `OWN_COUNT is "10": it must be a whole number (1–9)` {
		t.Errorf("got %v", err)
	}
}

// TestSettingsOfOtherCommands ignores what other commands read: even a wrong value refuses nothing here.
func TestSettingsOfOtherCommands(t *testing.T) {
	for _, value := range []string{"7", "x"} {
		t.Setenv("T_WAIT", value)
		var got Sample
		set := New("", &got, "T_WAIT")
		if err := set.Read(); err != nil || got.Wait != 20 {
			t.Errorf("got %+v, %v", got, err)
		}
		if set.Flags.Lookup("t-wait") != nil || strings.Contains(set.Usage(), "T_WAIT") {
			t.Error(set.Usage())
		}
	}
}
