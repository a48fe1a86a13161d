package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"strings"
)

// receive starts the receiver: Dispatch Solo, with a token that nobody else knows.
func (d *demo) receive(ctx context.Context) (err error) {
	out, in := io.Pipe()
	ready := make(chan string, 1)
	go d.deliveries(out, ready)
	args := []string{"--addr=127.0.0.1:0", "--dialect=solo", "--json"}
	d.receiver, err = d.children.start("receiver", filepath.Join(d.folder, "receiver"), args, childEnv("TOKEN="+d.token), in)
	if err != nil {
		return err
	}
	go func() { <-d.receiver.ended; _ = in.Close() }()
	select {
	case d.page = <-ready:
		d.show.say("the receiver answers as Dispatch Solo; watch its page: %s", d.page)
		return nil
	case <-d.receiver.ended:
		return d.receiver.failure()
	case <-ctx.Done():
		return ctx.Err()
	}
}

// deliveries shows what the receiver says, and writes it down.
func (d *demo) deliveries(out io.Reader, ready chan<- string) {
	in := bufio.NewScanner(out)
	in.Buffer(nil, 4<<20)
	for in.Scan() {
		var line delivery
		if json.Unmarshal(in.Bytes(), &line) != nil {
			continue
		}
		if line.Kind == "ready" {
			ready <- line.URL
			continue
		}
		d.show.say("%s", line.words())
		d.ledger.deliver(line)
	}
}

func (l delivery) words() string {
	if l.Kind == "rejected" {
		return fmt.Sprintf("REFUSED %d %s", l.Status, l.Reason)
	}
	return fmt.Sprintf("EVENT  %-16s %s  %s", l.Type, l.Subject, l.ID)
}

// forward starts the forwarder with the arguments and variables that Dispatch passes.
func (d *demo) forward(context.Context) (err error) {
	args := []string{
		"--queue-name=" + d.Name, "--region=" + d.Region, "--dead-letter-queue-url=" + d.queueURL("-dead-letters"),
		"--dispatch-api-endpoint=" + strings.TrimPrefix(d.page, "http://"),
	}
	env := childEnv(append(d.local.Env(), "AUTH_TOKEN="+d.token, "ADMIN_ADDR=")...)
	d.forwarder, err = d.children.start("forwarder", filepath.Join(d.folder, "forwarder"), args, env, nil)
	if err == nil {
		d.show.say("the forwarder relays queue %s", d.Name)
	}
	return err
}

func (d *demo) queueURL(suffix string) string {
	return d.local.URL + "/123456789012/" + d.Name + suffix
}
