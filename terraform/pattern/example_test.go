package pattern_test

import (
	"fmt"
	"strings"

	"github.com/dispatchframework/dispatch-events-aws/terraform/pattern"
)

func ExampleParseSet() {
	_, mistakes := pattern.ParseSet("patterns.json", []byte(`{
  "ec2": {"source": ["aws.ec2"], "detail": {"state": [{"prefx": "stop"}]}}
}`), 2048)
	for _, mistake := range mistakes {
		fmt.Println(mistake)
		fmt.Println(mistake.Caret())
	}
	// Output:
	// patterns.json:2:56: unknown operator "prefx"; did you mean "prefix"?
	// 2 |   "ec2": {"source": ["aws.ec2"], "detail": {"state": [{"prefx": "stop"}]}}
	//   |                                                        ^^^^^^^
}

func ExamplePattern_Explain() {
	const text = `{"source": ["aws.ec2"], "detail": {"state": ["stopped", {"prefix": "term"}]}}`
	set, mistakes := pattern.ParseSet("pattern.json", []byte(text), 2048)
	if len(mistakes) > 0 {
		fmt.Println(mistakes)
		return
	}
	events := strings.NewReader(`{"id": "1", "source": "aws.ec2", "detail-type": "EC2 Instance State-change Notification",
		"account": "123456789012", "region": "us-west-2", "time": "2026-11-22T05:30:00Z", "detail": {"state": "running"}}`)
	for event, err := range pattern.ReadEvents("events.json", events) {
		fmt.Println(set[0].Explain(event), err)
	}
	// Output:
	// [detail.state: wants "stopped" or a string that begins with "term", the event has "running"] <nil>
}
