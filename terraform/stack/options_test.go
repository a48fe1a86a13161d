package stack

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"
)

func valid() Options {
	return Options{
		Region: "us-west-2", Schedule: "rate(1 minute)", MaxReceiveCount: 10, Visibility: 60,
		Retention: 1209600,
	}
}

func TestCheckAcceptsWhatIsValid(t *testing.T) {
	if problems := valid().Check("dispatch"); len(problems) > 0 {
		t.Error(problems)
	}
}

func TestCheckNamesEverythingAtOnce(t *testing.T) {
	o := Options{
		Region: "nowhere", Schedule: "rate(1 minutes)", QueueName: "a.fifo", AdoptBucket: true,
	}
	got := strings.Join(o.Check("Bad Name"), "\n")
	for _, want := range []string{
		"NAME: ", "REGION: ", "SCHEDULE: ", "QUEUE_NAME: ", "ADOPT_BUCKET=true needs",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in\n%s", want, got)
		}
	}
}

func TestEmptyNameIsRefusedOnce(t *testing.T) {
	o := valid()
	o.NamedPatterns = map[string]string{"ec2": "{}"}
	if problems := o.Check(""); len(problems) != 1 || !strings.HasPrefix(problems[0], "NAME: is empty") {
		t.Errorf("%q", problems)
	}
}

func TestCheckRefuses(t *testing.T) {
	for want, change := range map[string]func(*Options){
		"nothing to relay":        func(o *Options) { o.Schedule = "" },
		"ADOPT_BUCKET=true needs": func(o *Options) { o.AdoptBucket = true },
		"BUCKET: ":                func(o *Options) { o.AdoptBucket, o.Bucket = true, "arn:aws:s3:::pics" },
		"QUEUE_NAME: .fifo":       func(o *Options) { o.FIFO, o.QueueName = true, ".fifo" },
		`PREFIX: "a/,e\u0301/"`:   func(o *Options) { o.Prefixes = []string{"a/", "e\u0301/"} },
		"TAGS: at most 48": func(o *Options) {
			o.Tags = map[string]string{}
			for i := range 49 {
				o.Tags[strconv.Itoa(i)] = ""
			}
		},
	} {
		o := valid()
		change(&o)
		if got := strings.Join(o.Check("dispatch"), "\n"); !strings.Contains(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestVariables(t *testing.T) {
	o := valid()
	o.Patterns, o.FIFO, o.QueueName = []string{`{"source":["a"]}`}, true, "q.fifo"
	o.Bucket, o.Prefixes, o.DeleteObjects = "pics", []string{""}, true
	o.EventBus = "orders"
	o.Alarms, o.AlarmEndpoints = true, []string{"ops@receiver.example"}
	got, err := json.Marshal(o.variables("dispatch", true, "/states/a b*"))
	if err != nil {
		t.Fatal(err)
	}
	var sorted map[string]any // as the text of a map is
	if err := json.Unmarshal(got, &sorted); err != nil {
		t.Fatal(err)
	}
	if got, err = json.Marshal(sorted); err != nil {
		t.Fatal(err)
	}
	want := `{"adopt_bucket":true,"adopt_notifications":false,"alarm_endpoints":["ops@receiver.example"],` +
		`"alarms":true,"bucket":"pics",` +
		`"event_bus_name":"orders","fifo":true,"force_destroy":true,"max_receive_count":10,"name":"dispatch",` +
		`"patterns":["{\"source\":[\"a\"]}"],"prefixes":[""],"queue_name":"q","region":"us-west-2","retention":1209600,` +
		`"schedule":"rate(1 minute)","tags":{"dispatch-events-aws:state":"/states/a b_"},"visibility_timeout":60}`
	if string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
