package pipeline

import (
	"bufio"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/child"
)

// Delivery is an event that the receiver has accepted, or a request that it has refused.
type Delivery struct {
	Kind    string    `json:"kind"` // event or rejected
	URL     string    `json:"url"`
	ID      string    `json:"id"`
	Type    string    `json:"type"`
	Source  string    `json:"source"`
	Subject string    `json:"subject"`
	Time    time.Time `json:"time"`
	Copy    int       `json:"copy"` // how many of this ID came before
	Data    string    `json:"data"`
	Status  int       `json:"status"` // of a refusal
	Reason  string    `json:"reason"` // of a refusal
}

// String is the delivery as a line to read.
func (d Delivery) String() string {
	if d.Kind == "rejected" {
		return fmt.Sprintf("REFUSED %d %s", d.Status, d.Reason)
	}
	return fmt.Sprintf("EVENT  %-16s %s  %s", d.Type, d.Subject, d.ID)
}

// token is what the forwarder and the receiver know and nobody else does.
var token = rand.Text()

// startReceiver starts the example's receiver, which answers as Dispatch Solo.
func (p *Pipeline) startReceiver(ctx context.Context, o StackOptions) (err error) {
	out, in := io.Pipe()
	ready := make(chan struct{})
	go p.readDeliveries(out, ready, o.OnDelivery)
	p.receiver, err = p.Run(
		child.Options{Name: "receiver", Env: environment("TOKEN=" + token), Stdout: in},
		filepath.Join(p.Folder, "receiver"), append(o.Receiver, "--addr=127.0.0.1:0", "--dialect=solo", "--json")...)
	if err != nil {
		return err
	}
	go func() {
		<-p.receiver.Ended
		_ = in.Close() // never fails
	}()
	select {
	case <-ready:
		p.Print("the receiver answers as Dispatch Solo; watch its page: %s", p.PageURL)
		return nil
	case <-p.receiver.Ended:
		return p.receiver.Failure()
	case <-ctx.Done():
		return ctx.Err()
	}
}

// readDeliveries reads the receiver's output to its end.
func (p *Pipeline) readDeliveries(out io.Reader, ready chan<- struct{}, onDelivery func(Delivery)) {
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 4<<20)
	for lines.Scan() {
		var d Delivery
		switch {
		case json.Unmarshal(lines.Bytes(), &d) != nil:
		case d.Kind == "ready":
			p.PageURL = d.URL
			close(ready)
		default:
			p.Print("%s", d)
			onDelivery(d)
		}
	}
}
