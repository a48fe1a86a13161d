package inventory

import (
	"strings"
	"testing"
)

func TestCausesOfDeadLetters(t *testing.T) {
	attribute := func(pairs ...string) string {
		var list []string
		for i := 0; i < len(pairs); i += 2 {
			list = append(list, `"`+pairs[i]+`":{"DataType":"String","StringValue":"`+pairs[i+1]+`"}`)
		}
		return `{"MessageAttributes":{` + strings.Join(list, ",") + `},"ReceiptHandle":"h"}`
	}
	w := newWorld(t)
	w.has["ReceiveMessage"] = `200 {"Messages":[` + strings.Join([]string{
		attribute("ERROR_CODE", "NO_PERMISSIONS", "ERROR_MESSAGE", "denied"),
		attribute("status", "422", "reason", "422 no", "event-type", "aws.ec2"),
		attribute(),
		attribute("status", "422", "reason", "422 no", "event-type", "aws.s3"),
		attribute("ERROR_CODE", "SDK_CLIENT_ERROR"),
	}, ",") + `]}`
	w.has["ChangeMessageVisibilityBatch"] = `200 {"Successful":[]}`
	got, err := w.client().deadLetterCauses(t.Context(), "http://q")
	if err != nil {
		t.Fatal(err)
	}
	want := []Cause{
		{Count: 2, By: ByReceiver, Status: 422, Reason: "422 no", EventType: "aws.ec2"},
		{Count: 1, By: ByEventBridge, Reason: "NO_PERMISSIONS: denied"},
		{Count: 1, By: ByRedrive},
		{Count: 1, By: ByEventBridge, Reason: "SDK_CLIENT_ERROR"},
	}
	if len(got) != len(want) {
		t.Fatalf("got %+v", got)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("got %+v, want %+v", got[i], want[i])
		}
	}
	asked := strings.Join(w.calls, "\n")
	if !strings.Contains(asked, `"VisibilityTimeout":5`) ||
		strings.Count(asked, `"ReceiptHandle":"h","VisibilityTimeout":0`) != len(want)+1 {
		t.Errorf("asked\n%s", asked)
	}
}

func TestDeadLettersThatMayNotBeLookedAt(t *testing.T) {
	w := newWorld(t)
	if got, err := w.client().deadLetterCauses(t.Context(), "http://q"); err == nil {
		t.Errorf("got %+v", got)
	}
	w.has["ReceiveMessage"] = `200 {"Messages":[{"ReceiptHandle":"h"}]}`
	if _, err := w.client().deadLetterCauses(t.Context(), "http://q"); err == nil ||
		!strings.Contains(err.Error(), "hidden for 5 s") {
		t.Errorf("got %v", err)
	}
	w.has["ReceiveMessage"] = `200 {}`
	if got, err := w.client().deadLetterCauses(t.Context(), "http://q"); err != nil || got != nil {
		t.Errorf("got %+v, %v", got, err)
	}
	d := Queue{URL: "http://q"}
	w.has["ReceiveMessage"] = `403 {"__type":"AccessDenied","message":"no"}`
	if w.client().Explain(t.Context(), &d); !strings.Contains(d.Unread, "AccessDenied") {
		t.Errorf("%+v", d)
	}
}
