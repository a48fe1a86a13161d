package stack

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-exec/tfexec"
	tfjson "github.com/hashicorp/terraform-json"
)

// recorder is a Reporter that remembers.
type recorder struct {
	notes []string
	plans []Plan
	steps []Step
}

func (r *recorder) Note(text string) { r.notes = append(r.notes, text) }
func (r *recorder) Planned(p Plan)   { r.plans = append(r.plans, p) }
func (r *recorder) Step(s Step)      { r.steps = append(r.steps, s) }

func (r *recorder) lines() (list []string) {
	for _, s := range r.steps {
		list = append(list, fmt.Sprintf("%d/%d %s %s %s", s.Finished, s.Total, s.What, s.Action, s.Phase))
	}
	return list
}

// replay has a run handle what Terraform said once, and then fail.
func replay(ctx context.Context, t *testing.T, report Reporter, plan Plan, cause error) error {
	t.Helper()
	r := &session{Stack: &Stack{Report: report}, terraform: &tfexec.Terraform{}}
	return r.run(ctx, "up", plan, func(out io.Writer) error {
		_, err := io.WriteString(out, read(t, "testdata/failed.jsonl"))
		return errors.Join(err, cause)
	})
}

func TestProgressOfAFailure(t *testing.T) {
	var report recorder
	plan := Plan{steps: 2, labels: map[string]string{
		"aws_s3_bucket.b": "bucket t3-bkt", `aws_cloudwatch_event_rule.this["861f57528fc7"]`: "rule r",
	}}
	cause := errors.New("exit status 1")
	err := replay(t.Context(), t, &report, plan, cause)
	want := []string{
		"0/2 rule r create started", "0/2 bucket t3-bkt create started", "0/2 bucket t3-bkt create failed",
		"1/2 rule r create done",
	}
	if !slices.Equal(report.lines(), want) {
		t.Errorf("steps %q", report.lines())
	}
	var failed *RunError
	if !errors.As(err, &failed) || !errors.Is(err, cause) || len(failed.Done) != 1 || failed.Done[0].What != "rule r" {
		t.Fatalf("got %+v", failed)
	}
	if err.Error() != "up: bucket t3-bkt: creating S3 Bucket (t3-bkt): AWS says BucketAlreadyOwnedByYou" {
		t.Error(err)
	}
}

func TestProgressThatIsCutOff(t *testing.T) {
	var report recorder
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := replay(ctx, t, &report, Plan{}, ctx.Err()); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if got := report.steps[2].Phase; got != CutOff {
		t.Errorf("the phase is %q", got)
	}
}

func TestProgressSaysThatItWaitsForTheStateOnce(t *testing.T) {
	var report recorder
	p := &progress{report: &report}
	p.handle(message{Type: "state_lock_acquire"})
	p.handle(message{Type: "state_lock_acquire"})
	p.handle(message{Type: "apply_start", Hook: hook{Action: "read"}})
	bookkept := message{Type: "apply_start", Hook: hook{Action: "create"}}
	bookkept.Hook.Resource.Type = "terraform_data"
	p.handle(bookkept)
	if len(report.notes) != 1 || len(report.steps) != 0 {
		t.Errorf("notes %q, steps %v", report.notes, report.steps)
	}
}

func TestSlowSteps(t *testing.T) {
	for _, c := range []struct {
		kind, action string
		atLeast      time.Duration
		says         string
	}{
		{"aws_sqs_queue", "create", 25 * time.Second, "SQS"},
		{"aws_sqs_queue", "delete", 0, ""},
		{"aws_s3_bucket_lifecycle_configuration", "create", 50 * time.Second, "S3"},
		{"aws_s3_bucket_lifecycle_configuration", "delete", 0, ""},
		{"aws_kms_key", "create", 5 * time.Second, "KMS"},
		{"aws_s3_bucket", "create", 0, ""},
	} {
		h := hook{Action: c.action}
		h.Resource.Type = c.kind
		var report recorder
		(&progress{report: &report}).step(h, Started)
		s := report.steps[0]
		if s.Usual < c.atLeast || !strings.HasPrefix(s.Reason, c.says) || c.says == "" && s.Reason != "" {
			t.Errorf("%s %s: %+v", c.action, c.kind, s)
		}
	}
}

func TestLinesAreCut(t *testing.T) {
	var got []string
	s := &lines{handle: func(m message) { got = append(got, m.Type) }}
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
		if got := diagnosis(&c.d); got != c.want {
			t.Errorf("got  %s\nwant %s", got, c.want)
		}
	}
}

// in returns a diagnostic that refers to a file.
func in(file string, d tfjson.Diagnostic) tfjson.Diagnostic {
	d.Range = &tfjson.Range{Filename: file}
	return d
}
