package inventory

import (
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/smithy-go/encoding/cbor"
)

// measures returns a client whose CloudWatch has these sums, and keeps the last request in asked.
func measures(t *testing.T, asked *[]byte, sums ...float64) *Client {
	t.Helper()
	var points cbor.List
	for _, sum := range sums {
		points = append(points, cbor.Map{"Sum": cbor.Float64(sum)})
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		*asked, _ = io.ReadAll(r.Body)
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
		client := measures(t, new([]byte), c.sums...)
		client.Endpoint = c.endpoint
		for name, sum := range map[string]struct {
			got  *int
			want int
		}{
			"rule":  {client.RuleSum(t.Context(), "MatchedEvents", DefaultBus, "r"), c.rule},
			"queue": {client.QueueSum(t.Context(), "NumberOfMessagesSent", "q"), c.queue},
		} {
			if (sum.got == nil) != (sum.want < 0) || sum.got != nil && *sum.got != sum.want {
				t.Errorf("%s, %+v: %v", name, c, sum.got)
			}
		}
	}
	if n := newWorld(t).client().RuleSum(t.Context(), "MatchedEvents", DefaultBus, "r"); n != nil {
		t.Errorf("what CloudWatch refuses to tell is unknown, not %d", *n)
	}
}

// TestDimensions checks that the metrics of a rule have those dimensions under which EventBridge reports them.
func TestDimensions(t *testing.T) {
	for bus, want := range map[string][]string{
		DefaultBus: {"RuleName=r"},
		"orders":   {"EventBusName=orders", "RuleName=r"},
	} {
		var asked []byte
		measures(t, &asked).RuleSum(t.Context(), "MatchedEvents", bus, "r")
		in, err := cbor.Decode(asked)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, d := range in.(cbor.Map)["Dimensions"].(cbor.List) {
			d := d.(cbor.Map)
			got = append(got, string(d["Name"].(cbor.String)+"="+d["Value"].(cbor.String)))
		}
		if slices.Sort(got); !slices.Equal(got, want) {
			t.Errorf("on the bus %s: %v", bus, got)
		}
	}
}
