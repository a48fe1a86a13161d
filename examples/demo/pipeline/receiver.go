package pipeline

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
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
	Copy    int       `json:"copy"` // how many events with this ID came before
	Data    string    `json:"data"`
	Status  int       `json:"status"` // of a refusal
	Reason  string    `json:"reason"` // of a refusal
}

// String returns the delivery as a line for people.
func (d Delivery) String() string {
	if d.Kind == "rejected" {
		return fmt.Sprintf("REFUSED %d %s", d.Status, d.Reason)
	}
	return fmt.Sprintf("EVENT  %-16s %s  %s", d.Type, d.Subject, d.ID)
}

// token is a secret that only the forwarder and the receiver have.
var token = rand.Text()

// StartReceiver starts examples/receiver, which answers as Dispatch Solo.
func (p *Pipeline) StartReceiver(args ...string) error {
	out, in := io.Pipe()
	receiver, err := p.StartProgram(
		child.Options{Env: []string{"TOKEN=" + token}, Stdout: in},
		"receiver", append(args, "--addr=127.0.0.1:0", "--dialect=solo", "--json")...)
	if err != nil {
		return err
	}
	go func() {
		<-receiver.Ended
		_ = in.Close() // never fails
	}()
	lines := json.NewDecoder(out)
	var ready Delivery
	if lines.Decode(&ready) != nil {
		return receiver.Failure()
	}
	p.PageURL = ready.URL
	p.Say("the receiver answers as Dispatch Solo; watch its page: %s", p.PageURL)
	p.Deliveries = make(chan Delivery, 1000) // nobody takes them while Terraform runs
	go p.readDeliveries(lines)
	return nil
}

// readDeliveries reads the receiver's output to its end.
func (p *Pipeline) readDeliveries(lines *json.Decoder) {
	defer close(p.Deliveries)
	for {
		var d Delivery
		if lines.Decode(&d) != nil {
			return
		}
		p.Say("%s", d)
		p.Deliveries <- d
	}
}
