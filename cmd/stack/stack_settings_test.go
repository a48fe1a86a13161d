package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestBadInputIsRefused(t *testing.T) {
	file := filepath.Join(t.TempDir(), "patterns.json")
	check(t, os.WriteFile(file, []byte("[\n  {\"source\": [\"aws.ec2\"]},\n  {\"source\": \"aws.s3\"}\n]\n"), 0o600))
	const some = "--schedule=rate(1 minute)"
	for name, c := range map[string]struct {
		args []string
		want string // all words, separated by |, must be in the message
	}{
		"nothing":            {nil, "nothing to relay: at least one of PATTERNS, SCHEDULE and BUCKET"},
		"unknown argument":   {[]string{some, "--pattern=x"}, "unknown argument --pattern"},
		"a word":             {[]string{some, "now"}, "unknown argument now"},
		"no value":           {[]string{"--schedule"}, "--schedule needs a value"},
		"name":               {[]string{some, "--name=My Stack"}, `NAME: "My Stack"`},
		"empty name":         {[]string{some, "--name="}, "NAME: is empty"},
		"region":             {[]string{some, "--region=oregon"}, "REGION: |us-west-2"},
		"no file":            {[]string{"--patterns=none.json"}, "PATTERNS: |none.json|inline JSON"},
		"not JSON":           {[]string{`--patterns=[{"source": [}]`}, "PATTERNS:1:14|^"},
		"scalar":             {[]string{"--patterns=" + file}, file + ":3:|^"},
		"operator":           {[]string{`--patterns=[{"source":[{"prefx":"aws"}]}]`}, `prefx|did you mean "prefix"`},
		"empty array":        {[]string{`--patterns=[{"source":[]}]`}, "^"},
		"empty pattern":      {[]string{`--patterns=[{}]`}, "^"},
		"no patterns":        {[]string{`--patterns=[]`}, "^"},
		"too long":           {[]string{`--patterns=[{"source":["` + strings.Repeat("x", 2048) + `"]}]`}, "2048"},
		"rate":               {[]string{"--schedule=rate(1 minutes)"}, "SCHEDULE: |rate(1 minute)|^"},
		"cron":               {[]string{"--schedule=cron(0 12 * * *)"}, "SCHEDULE: |six|^"},
		"FIFO":               {[]string{some, "--queue-name=a.fifo"}, "FIFO=true"},
		"boolean":            {[]string{some, "--fifo=perhaps"}, "FIFO|true or false"},
		"decomposed":         {[]string{`--patterns={"a":["e\u0301"]}`}, `PATTERNS:1:7: "e\u0301" is not in|^`},
		"decomposed prefix":  {[]string{"--bucket=abc", "--prefix=a/,e\u0301/"}, `PREFIX: "a/,e\u0301/" is not in`},
		"object events":      {[]string{"--bucket=abc", "--object-events=all"}, "OBJECT_EVENTS|notification, trail, both"},
		"adopt none":         {[]string{some, "--adopt-bucket"}, "ADOPT_BUCKET=true needs BUCKET"},
		"tags":               {[]string{some, "--tags=x"}, "TAGS: |key=value"},
		"receives":           {[]string{some, "--max-receive-count=0"}, "MAX_RECEIVE_COUNT|(1–1000)"},
		"visibility":         {[]string{some, "--visibility-timeout=43201"}, "VISIBILITY_TIMEOUT|(seconds, 0–43200)"},
		"retention":          {[]string{some, "--retention=59"}, "RETENTION|(seconds, 60–1209600)"},
		"number":             {[]string{some, "--retention=long"}, "RETENTION|a whole number"},
		"state":              {[]string{some, "--state=s3://bucket"}, "STATE: |s3://bucket/key"},
		"lock timeout":       {[]string{some, "--lock-timeout=1"}, "LOCK_TIMEOUT|a duration"},
		"lock timeout range": {[]string{some, "--lock-timeout=2h"}, "LOCK_TIMEOUT|1h"},
	} {
		t.Run(name, func(t *testing.T) {
			_, errs, code := try(t, append([]string{"up"}, c.args...)...)
			if code != exitUsage {
				t.Errorf("exit code %d", code)
			}
			hasAll(t, errs, c.want)
		})
	}
}

// TestModulesRefuseTheRest checks that the plan refuses, all at once, the values that the command does not check
// itself.
func TestModulesRefuseTheRest(t *testing.T) {
	t.Parallel()
	g := newGround(t)
	_, errs, code := g.run("up", "--name=wrong", "--schedule=rate(1 day)", "--kms-key=alias/aws/sqs",
		"--grantees=123456789012", "--alarm-endpoints=ops@receiver.example", "--event-bus-name=orders",
		"--queue-name=a b", "--tags=aws:x=y",
		`--patterns={"schedule":{"source":["aws.ec2"]}}`)
	if code != exitFailed {
		t.Errorf("exit code %d", code)
	}
	hasAll(t, errs, "kms_key must be|grantees need a bucket|alarm_endpoints need alarms|only on the default bus|"+
		"tags: keys that|The queue's name must|the stack's own rules")
	if left := g.left(); len(left) > 0 {
		t.Errorf("created are %v", left)
	}
}

func TestEverythingWrongIsSaidAtOnce(t *testing.T) {
	_, errs, code := try(t, "plan",
		"--name=X",
		"--schedule=rate(1 minutes)",
		"--retention=1",
		`--patterns=[{"source":"a"},{"detail":[]}]`,
	)
	if got := strings.Count(errs, "error: "); code != exitUsage || got != 5 {
		t.Errorf("exit code %d, %d problems\n%s", code, got, errs)
	}
}

func TestVerbsThatNeedOnlyTheName(t *testing.T) {
	for verb, want := range map[string]string{
		"down": "nothing to remove", "outputs": "no record of such a stack", "status": "no record of such a stack",
	} {
		out, errs, code := try(t, verb, "--name=mine", "--schedule=nonsense")
		if !strings.Contains(out+errs, want) || (code == exitDone) != (verb == "down") {
			t.Errorf("%s: %d\n%s%s", verb, code, out, errs)
		}
		if _, errs, code = try(t, verb, "--name=MINE"); code != exitUsage || !strings.Contains(errs, "NAME: ") {
			t.Errorf("%s: %d\n%s", verb, code, errs)
		}
	}
}

func TestStackOfAnotherMachineNeedsItsSettings(t *testing.T) {
	_, errs, code := try(t, "down", "--state=s3://bucket/key")
	if code != exitFailed || !strings.Contains(errs, "give the settings that it was created with") {
		t.Errorf("%d\n%s", code, errs)
	}
}

// TestLineBreaksInKeys checks that a key with a line break is refused, which Terraform and the SDK could not send in a
// header.
func TestLineBreaksInKeys(t *testing.T) {
	t.Setenv("AWS_SECRET_ACCESS_KEY", "hush\n")
	for _, verb := range [][]string{
		{"plan", "--schedule=rate(1 minute)"},
		{"down", "--name=x"},
		{"status", "--name=x"},
	} {
		_, stderr, code := try(t, verb...)
		if code != exitUsage || strings.Count(stderr, "AWS_SECRET_ACCESS_KEY") != 1 || strings.Contains(stderr, "hush") {
			t.Errorf("%v: exit code %d: %s", verb, code, stderr)
		}
	}
}

// TestVariablesOfOtherCommands checks that a setting that a command does not have refuses nothing, whatever its value.
func TestVariablesOfOtherCommands(t *testing.T) {
	for command, others := range map[string]string{
		"up --schedule=rate(1day)": "FROM TYPE REASON STATUS RATE",
		"down":                     "FROM TYPE REASON STATUS RATE",
		"status":                   "TYPE REASON STATUS RATE",
		"tail":                     "REASON STATUS RATE",
		"dead-letters":             "FROM TYPE",
	} {
		t.Run(command, func(t *testing.T) {
			for _, name := range strings.Fields(others) {
				t.Setenv("STACK_"+name, "a\nb")
			}
			if _, errs, _ := try(t, strings.Fields(command)...); strings.Contains(errs, "STACK_") {
				t.Error(errs)
			}
		})
	}
}

// TestEnvironmentOfOthers checks that variables of other programs have no effect: WSL sets NAME to the host's name.
func TestEnvironmentOfOthers(t *testing.T) {
	for _, name := range []string{"NAME", "TYPE", "STATUS", "TAGS", "FROM", "STATE", "RATE", "JSON"} {
		t.Setenv(name, "DESKTOP 7")
	}
	for _, args := range [][]string{
		{"down"},
		{"status"},
		{"tail"},
		{"dead-letters"},
		{"up", "--schedule=rate(1 day)"},
	} {
		if _, errs, code := try(t, args...); code == exitUsage || strings.Contains(errs, "DESKTOP") {
			t.Errorf("%v: %d, %s", args, code, errs)
		}
	}
	for variable, want := range map[string]string{
		"STACK_NAME":   "NAME: ",
		"STACK_TAGS":   "TAGS: ",
		"STACK_STATUS": "STACK_STATUS is ",
		"STACK_FROM":   "FROM: ",
		"STACK_TYPE":   "",
		"PATTERNS":     "PATTERNS: ",
		"SCHEDULE":     "SCHEDULE: ",
	} {
		t.Run(variable, func(t *testing.T) {
			said := ""
			for _, verb := range []string{"up", "status", "dead-letters"} {
				t.Setenv(variable, "DESKTOP 7")
				_, errs, _ := try(t, verb)
				said += errs
			}
			if !strings.Contains(said, want) {
				t.Errorf("%q is not said: %s", want, said)
			}
		})
	}
	t.Setenv("STACK_NAME", "")
	if _, errs, code := try(t, "down"); code != exitUsage || !strings.Contains(errs, "NAME: is empty") {
		t.Errorf("an empty STACK_NAME: %d, %s", code, errs)
	}
}
