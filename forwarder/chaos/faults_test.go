package chaos

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/sink/sinktest"
)

// The statuses of each class, as in the README's table of outcomes.
var (
	refusals = []int{400, 406, 411, 412, 413, 414, 415, 416, 417, 418, 422, 428, 431, 451, 499}
	mistakes = []int{300, 301, 302, 303, 304, 305, 307, 308, 401, 402, 403, 404, 405, 407, 410, 421, 426}
	passing  = []int{408, 409, 423, 424, 425, 429, 500, 501, 502, 503, 504, 505, 507, 511, 599}
)

func isRefusal(status int) bool { return slices.Contains(refusals, status) }

// faultsWanted is how many requests go wrong in one world, whatever its size: more would only make it slow.
const faultsWanted = 250

// fault returns what goes wrong with a request, if nothing else does.
func (d *dice) fault(share float64, timeout time.Duration) sinktest.Fault {
	if !d.chance(share) {
		return sinktest.Fault{}
	}
	status := func(statuses []int) sinktest.Fault {
		return sinktest.Fault{
			Kind: sinktest.Status, Status: one(d, statuses...), Body: "chaos",
			Delay: d.time(0, 20*time.Millisecond),
		}
	}
	short := d.time(0, 50*time.Millisecond)
	switch n := d.number(100); {
	case n < 30:
		return status(passing)
	case n < 35:
		return status(mistakes)
	case n < 40:
		return status(refusals)
	case n < 41:
		return d.patience()
	case n < 53:
		return sinktest.Fault{Kind: sinktest.Reset}
	case n < 65:
		return sinktest.Fault{Kind: sinktest.ResetAfter, Delay: short}
	case n < 75:
		return sinktest.Fault{Kind: sinktest.Half, Delay: short}
	case n < 80:
		return sinktest.Fault{Kind: sinktest.Slow, Delay: d.time(0, timeout*5/4)}
	case n < 86:
		return sinktest.Fault{Kind: sinktest.BrokerDown, After: d.number(10)}
	case n < 89:
		return sinktest.Fault{Kind: sinktest.Stall}
	default:
		return sinktest.Fault{Delay: d.time(0, timeout*11/10)}
	}
}

// patience returns a Retry-After of one second, in either of its forms.
func (d *dice) patience() sinktest.Fault {
	f := sinktest.Fault{Kind: sinktest.Status, Status: one(d, 429, 503), RetryAfter: strconv.Itoa(1)}
	if d.chance(0.5) {
		f.RetryAfter = time.Now().Add(time.Second).UTC().Format(http.TimeFormat)
	}
	return f
}

// faultOf returns what an unavailable receiver does to every request.
func (a action) fault() sinktest.Fault {
	switch a {
	case cutAll:
		return sinktest.Fault{Kind: sinktest.Reset}
	case stallAll:
		return sinktest.Fault{Kind: sinktest.Stall}
	case say401:
		return sinktest.Fault{Kind: sinktest.Status, Status: http.StatusUnauthorized}
	case say429:
		return sinktest.Fault{Kind: sinktest.Status, Status: http.StatusTooManyRequests}
	case say500:
		return sinktest.Fault{Kind: sinktest.Status, Status: http.StatusInternalServerError}
	}
	return sinktest.Fault{Kind: sinktest.Status, Status: http.StatusServiceUnavailable}
}
