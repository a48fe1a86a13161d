package driver

import (
	"strings"
	"testing"

	tfjson "github.com/hashicorp/terraform-json"
)

func TestLinesAreCut(t *testing.T) {
	var got []string
	s := &lines{handle: func(m Message) { got = append(got, m.Type) }}
	huge := `{"type":"outputs","@message":"` + strings.Repeat("x", 1<<20) + `"}`
	text := "\nSuccessfully configured the backend!\n" + `{"type":"version"}` + "\n[1,2]\n" + huge + "\n" +
		`{"type":"log"}` + "\n" + `{"type":"unfinished`
	for len(text) > 0 {
		n := min(len(text), 700)
		if wrote, err := s.Write([]byte(text[:n])); wrote != n || err != nil {
			t.Fatal(wrote, err)
		}
		text = text[n:]
	}
	if strings.Join(got, " ") != "version outputs log" {
		t.Errorf("messages %q", got)
	}
}

func TestDiagnosticIsWhatAWSAnswers(t *testing.T) {
	for _, c := range []struct {
		d    tfjson.Diagnostic
		want string
	}{
		{
			tfjson.Diagnostic{Summary: "creating SQS Queue (q): operation error SQS: CreateQueue, https response error " +
				"StatusCode: 403, RequestID: 5f-1, api error AccessDenied: User: arn:aws:iam::1:user/u is not authorized to " +
				"perform: sqs:CreateQueue"},
			"creating SQS Queue (q): AWS says AccessDenied: User: arn:aws:iam::1:user/u is not authorized to perform: " +
				"sqs:CreateQueue",
		},
		{
			tfjson.Diagnostic{Summary: "creating S3 Bucket (b): operation error S3: CreateBucket, https response error " +
				"StatusCode: 409, RequestID: R, HostID: H+/=, BucketAlreadyExists: "},
			"creating S3 Bucket (b): AWS says BucketAlreadyExists",
		},
		{
			in("variables.tf", tfjson.Diagnostic{Summary: "Invalid value", Detail: "one\n  line"}),
			"Invalid value: one line (variables.tf)",
		},
		{in("main.tf", tfjson.Diagnostic{Summary: "Error", Address: "a.b"}), "Error"},
		{
			in("main.tf", tfjson.Diagnostic{Summary: "Invalid value", Detail: "kms_key must be null.\n\nThis was checked by " +
				"the validation rule at modules/queue/variables.tf:94,3-13."}),
			"Invalid value: kms_key must be null.",
		},
	} {
		if got := Describe(&c.d); got != c.want {
			t.Errorf("got  %s\nwant %s", got, c.want)
		}
	}
}

// in returns a diagnostic that refers to a file.
func in(file string, d tfjson.Diagnostic) tfjson.Diagnostic {
	d.Range = &tfjson.Range{Filename: file}
	return d
}
