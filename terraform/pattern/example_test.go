package pattern_test

import (
	"errors"
	"fmt"

	"github.com/dispatchframework/dispatch-events-aws/terraform/pattern"
)

func ExampleParseSet() {
	_, err := pattern.ParseSet("patterns.json", []byte(`{
  "ec2": {"source": ["aws.ec2"], "detail": {"state": [{"prefx": "stop"}]}}
}`), pattern.DefaultLimit)
	var mistake *pattern.Error
	if errors.As(err, &mistake) {
		fmt.Println(mistake)
		fmt.Println(mistake.Caret())
	}
	// Output:
	// patterns.json:2:56: unknown operator "prefx"; did you mean "prefix"?
	// 2 |   "ec2": {"source": ["aws.ec2"], "detail": {"state": [{"prefx": "stop"}]}}
	//   |                                                        ^^^^^^^
}

func ExamplePattern_Explain() {
	p, err := pattern.Parse([]byte(`{"source": ["aws.ec2"], "detail": {"state": ["stopped", {"prefix": "term"}]}}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	mismatches, err := p.Explain([]byte(`{"source": "aws.ec2", "detail": {"state": "running"}}`))
	fmt.Println(mismatches, err)
	// Output:
	// [detail.state: wants "stopped" or a string that begins with "term", the event has "running"] <nil>
}
