package inventory

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/smithy-go/encoding/cbor"
)

// measures returns a client whose CloudWatch has these sums.
func measures(t *testing.T, sums ...float64) *Client {
	t.Helper()
	var points cbor.List
	for _, sum := range sums {
		points = append(points, cbor.Map{"Sum": cbor.Float64(sum)})
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Smithy-Protocol", "rpc-v2-cbor")
		_, _ = w.Write(cbor.Encode(cbor.Map{"Datapoints": points}))
	}))
	t.Cleanup(server.Close)
	c := newWorld(t).client()
	c.metrics = cloudwatch.New(c.metrics.Options(), func(o *cloudwatch.Options) { o.BaseEndpoint = &server.URL })
	return c
}

func TestSums(t *testing.T) {
	for _, c := range []struct {
		sums     []float64
		endpoint string
		rule     int // -1 is unknown
		queue    int
	}{
		{[]float64{2, 3}, "", 5, 5},
		{nil, "", 0, -1}, // EventBridge measures what happens
		{nil, "http://elsewhere", -1, -1},
	} {
		client := measures(t, c.sums...)
		client.Endpoint = c.endpoint
		for name, sum := range map[string]struct {
			got  *int
			want int
		}{
			"rule":  {client.RuleSum(t.Context(), "MatchedEvents", "r"), c.rule},
			"queue": {client.QueueSum(t.Context(), "NumberOfMessagesSent", "q"), c.queue},
		} {
			if (sum.got == nil) != (sum.want < 0) || sum.got != nil && *sum.got != sum.want {
				t.Errorf("%s, %+v: %v", name, c, sum.got)
			}
		}
	}
	if n := newWorld(t).client().RuleSum(t.Context(), "MatchedEvents", "r"); n != nil {
		t.Errorf("what CloudWatch refuses to tell is unknown, not %d", *n)
	}
}
