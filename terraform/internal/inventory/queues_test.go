package inventory

import (
	"strings"
	"testing"
)

func TestQueueThatIsGone(t *testing.T) {
	w := newWorld(t)
	w.has["GetQueueAttributes"] = nothingThere["GetQueueUrl"]
	if got, err := w.client().Count(t.Context(), "q", "http://q"); err != nil || got.URL != "" {
		t.Errorf("%+v, %v", got, err)
	}
	w.has["GetQueueAttributes"] = `403 {"__type":"AccessDenied","message":"no"}`
	if _, err := w.client().Count(t.Context(), "q", "http://q"); err == nil ||
		!strings.HasPrefix(err.Error(), "count the messages in the queue q: ") {
		t.Errorf("got %v", err)
	}
}

func TestKeyTrouble(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct{ key, says, want string }{
		{"", "", ""},
		{"alias/aws/sqs", "", "EventBridge cannot use"},
		{"arn", `403 {"__type":"AccessDeniedException"}`, ""},
		{"arn", `200 {"KeyMetadata":{"KeyId":"k","KeyState":"Enabled"}}`, ""},
		{"arn", `200 {"KeyMetadata":{"KeyId":"k","KeyState":"PendingDeletion"}}`, "PendingDeletion"},
	} {
		w.has["DescribeKey"] = c.says
		if got := w.client().KeyTrouble(t.Context(), c.key); got != c.want &&
			(c.want == "" || !strings.Contains(got, c.want)) {
			t.Errorf("%s %s: %q", c.key, c.says, got)
		}
	}
}
